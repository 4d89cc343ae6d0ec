from __future__ import annotations

from django.urls import path

from tracking.views.catalogue import names
from tracking.views.rejected import drop, drop_all, rejected, repeat
from tracking.views.stream import stream

app_name = "tracking"
urlpatterns = [
    path("w/<slug:workspace>/stream/", stream, name="stream"),
    path("w/<slug:workspace>/names/", names, name="names"),
    path("w/<slug:workspace>/rejected/", rejected, name="rejected"),
    path("w/<slug:workspace>/rejected/drop/", drop_all, name="drop_all"),
    path("w/<slug:workspace>/rejected/<int:rejected_id>/repeat/", repeat, name="repeat"),
    path("w/<slug:workspace>/rejected/<int:rejected_id>/drop/", drop, name="drop"),
]
