"""/metrics in Prometheus' text form, for whoever has the token."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django_prometheus.exports import ExportToDjangoView


def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no token is set, and for a wrong one: whether there are metrics is nobody's business."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN or scheme.lower() != "bearer" or not constant_time_compare(token, settings.METRICS_TOKEN):
        raise Http404
    answer: HttpResponse = ExportToDjangoView(request)
    return answer
