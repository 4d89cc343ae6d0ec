from __future__ import annotations

from django.urls import path

from insights import views

urlpatterns = [
    path("w/<slug:workspace>/", views.home, name="home"),
    path("w/<slug:workspace>/help/<slug:name>/", views.guide, name="guide"),
]
