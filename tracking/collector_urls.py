"""The paths of the tracking protocol, long and short, without a slash at the end."""

from __future__ import annotations

from django.urls import path

from tracking import payload
from tracking.views import collector

urlpatterns = [
    *(path(f"v1/{name}", collector.collect, {"kind": kind}) for name, kind in payload.KINDS.items()),
    path("v1/m", collector.metrics),
    path("v1/projects/<str:write_key>/settings", collector.site_settings),
]
