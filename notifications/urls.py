from __future__ import annotations

from django.urls import path

from notifications.views import addresses, log

app_name = "notifications"
urlpatterns = [
    path("addresses/<str:token>/", addresses.answer, name="address"),
    path("w/<slug:workspace>/settings/addresses/", addresses.addresses, name="addresses"),
    path("w/<slug:workspace>/settings/addresses/<int:address_id>/ask/", addresses.ask, name="ask_address"),
    path("w/<slug:workspace>/settings/addresses/<int:address_id>/remove/", addresses.remove, name="remove_address"),
    path("w/<slug:workspace>/messages/", log.log, name="log"),
    path("w/<slug:workspace>/messages/<int:message_id>/", log.message, name="message"),
    path("w/<slug:workspace>/messages/<int:message_id>/body/", log.body, name="body"),
    path("w/<slug:workspace>/messages/<int:message_id>/retry/", log.retry, name="retry"),
]
