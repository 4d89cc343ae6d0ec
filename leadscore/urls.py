"""Which app answers which path."""
from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from leadscore import health, metrics

urlpatterns = [
    path("status", health.status, name="status"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/", include("allauth.account.urls")),
    path("operator/", admin.site.urls),
]
