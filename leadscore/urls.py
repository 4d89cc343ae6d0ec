"""Which app answers which path."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from leadscore import health, icons, metrics
from tracking import snippet, web_sdk

handler404 = "leadscore.refusals.not_found"

urlpatterns = [
    path("favicon.ico", icons.favicon, name="favicon"),
    path("js/leadscore.js", snippet.serve, name="snippet"),
    path("analytics.js/v1/<str:write_key>/analytics.min.js", web_sdk.serve, name="web_sdk"),
    path("analytics-next/bundles/<str:name>", web_sdk.serve_part, name="web_sdk_part"),
    path("status", health.status, name="status"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/", include("allauth.account.urls")),
    path("operator/", admin.site.urls),
    path("api/v1/", include("leadscore.api.urls")),
    path("", include("accounts.urls")),
    path("", include("insights.urls")),
    path("", include("contacts.urls")),
    path("", include("notifications.urls")),
    path("", include("scoring.urls")),
    path("", include("tracking.urls")),
    path("", include("demo.urls")),
]
