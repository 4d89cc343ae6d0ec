from __future__ import annotations

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("w/<slug:workspace>/messages/", views.log, name="log"),
    path("w/<slug:workspace>/messages/<int:message_id>/", views.message, name="message"),
    path("w/<slug:workspace>/messages/<int:message_id>/body/", views.body, name="body"),
    path("w/<slug:workspace>/messages/<int:message_id>/retry/", views.retry, name="retry"),
]
