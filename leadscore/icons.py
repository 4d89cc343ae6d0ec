"""The site's icon where browsers ask for it without being told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Pages name the icon themselves; this is for those that are not HTML, such as a JSON answer looked at in a browser."""
    return HttpResponseRedirect(static("img/favicon.svg"))
