"""A small pretend shop that carries the real snippet, so that whoever clicks through it becomes a lead of the demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from demo import loading
from demo.forms import BookingForm

FILES = Path(__file__).parent / "files"


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"demo/{name}.html", {**the_shop(), "here": name})


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Checks what was typed and says thank you. The snippet has told leadscore of it by then; nothing else is done with it."""
    shop = the_shop()
    form = BookingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("demo:thanks")
    return render(request, "demo/book.html", {**shop, "form": form, "here": "book"}, status=422 if form.errors else 200)


@require_safe
def white_paper(request: HttpRequest) -> FileResponse:
    the_shop()
    return FileResponse((FILES / "payback-of-picking-robots.pdf").open("rb"), as_attachment=True)


def the_shop() -> dict[str, Any]:
    """What every page of the shop needs. There is a shop in demo mode alone, once the demo workspace is there."""
    workspace = loading.find() if settings.DEMO_MODE else None
    if workspace is None:
        raise Http404("The demo is not loaded.")
    return {"workspace_slug": workspace.slug, "write_key": loading.write_key(workspace)}
