"""The components of the design language that need a little computing. docs/design.md shows each in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, HiddenInput, RadioSelect, Select
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadscore import clock, drawings, formats

register = template.Library()

register.simple_tag(drawings.meter, name="meter")
register.simple_tag(drawings.gauge, name="gauge")
register.simple_tag(drawings.pair, name="pair")
register.simple_tag(drawings.columns, name="columns")
register.filter("stage_class", drawings.stage_class)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon beside words. `label` speaks for one that stands alone."""
    if label:
        return format_html('<i class="ti ti-{}" role="img" aria-label="{}"></i>', name, label)
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def stage(name: str, rank: int = 0, count: int = 1) -> SafeString:
    """A stage's badge. `rank`: 0 for none, 1 for the lowest of `count`. An empty name says that there is no stage."""
    return format_html(
        '<span class="stage {}">{}{}</span>',
        drawings.stage_class(rank, count),
        drawings.signal_bars(rank, count),
        name or "No stage yet",
    )


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """A circle with initials; `?` for someone unknown. `size`: "" (24 px) or "l" (48 px)."""
    return format_html('<span class="avatar {}" aria-hidden="true">{}</span>', size, formats.initials(str(name or "")))


@register.simple_tag
def points(value: Decimal | int | None, *, signed: bool = False, tone: str = "", rough: bool = False) -> SafeString:
    """Points, or any number, with a ~ where it is rough. `tone`: "change" colours gains and losses, "loss" only losses."""
    if value is None:
        return SafeString('<span class="faint">–</span>')
    text = formats.number(value, signed=signed)
    if rough:
        text = f"~\N{NO-BREAK SPACE}{text}" if signed else f"~{text}"  # beside a minus it would look like another
    colour = _tone(Decimal(value), tone)
    return format_html('<span class="tn {}">{}</span>', colour, text) if colour else format_html('<span class="tn">{}</span>', text)


@register.simple_tag
def thousandths(value: int | None, *, signed: bool = False, tone: str = "") -> SafeString:
    """As `points`, for the whole thousandths in which the ledger is kept."""
    return points(None if value is None else formats.thousandths(value), signed=signed, tone=tone)


@register.simple_tag(takes_context=True)
def when(context: Context, instant: datetime | None, style: str = "relative", empty: str = "never") -> SafeString:
    """A `<time>` in the workspace's zone; the full date is its title. `style`: relative, clock, second, day or full."""
    if instant is None:
        return format_html('<span class="faint">{}</span>', empty)
    zone = _zone(context)
    words = {
        "relative": lambda: formats.relative(instant, _now(context), zone),
        "day": lambda: formats.day(instant, _now(context), zone),
        "second": lambda: formats.clock_seconds(instant, zone),
        "clock": lambda: formats.clock_time(instant, zone),
        "full": lambda: formats.full(instant, zone),
    }[style]()
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.isoformat(), formats.full(instant, zone), words)


@register.simple_tag(takes_context=True)
def same_day(context: Context, one: datetime, other: datetime) -> bool:
    """Whether both fall on one day in the workspace's zone, so that a range of days would say it twice."""
    zone = _zone(context)
    return one.astimezone(zone).date() == other.astimezone(zone).date()


@register.simple_tag
def sparkline(values: Sequence[drawings.Number], width: int = 64, height: int = 18) -> SafeString:
    return drawings.sparkline(values, width=width, height=height)


CONTROL_CLASSES: Final = (
    ((CheckboxSelectMultiple, RadioSelect, HiddenInput), ""),
    (CheckboxInput, "form-check-input"),
    (Select, "form-select"),
)


@register.filter
def number(value: int) -> str:
    """A number as text alone, for attributes: the tags that show numbers make elements."""
    return formats.number(value)


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with the class its kind needs."""
    widget = field.field.widget
    kind = next((css for kinds, css in CONTROL_CLASSES if isinstance(widget, kinds)), "form-control")
    classes = " ".join(filter(None, [kind, widget.attrs.get("class", "")]))
    return field.as_widget(attrs={"class": classes} if classes else None)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag(takes_context=True)
def current(context: Context, *names: str) -> SafeString:
    """`aria-current="page"` where the page's route is one of `names` or, with a trailing colon, of that app."""
    match = context["request"].resolver_match if "request" in context else None
    route = match.view_name if match else ""
    here = any(route == name or (name.endswith(":") and route.startswith(name)) for name in names)
    return SafeString(' aria-current="page"') if here else SafeString()


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> SafeString:
    """The page's query string with some parameters changed; None or "" removes one. The place in a list (`after`, `before`) is dropped."""
    parameters = context["request"].GET.copy()
    for name in ("after", "before"):
        parameters.pop(name, None)
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    return format_html("?{}", SafeString(parameters.urlencode().replace("&", "&amp;")))


def _tone(value: Decimal, tone: str) -> str:
    if value < 0 and tone in ("change", "loss"):
        return "down"
    return "up" if value > 0 and tone == "change" else ""


def _zone(context: Context) -> Any:
    request = context.get("request")
    workspace = getattr(request, "workspace", None)
    return ZoneInfo(workspace.time_zone) if workspace else timezone.get_current_timezone()


def _now(context: Context) -> datetime:
    """One reading of the clock a page, kept at the bottom of the context for the tags that follow."""
    now = context.get("now")
    if not isinstance(now, datetime):
        now = context.dicts[0]["now"] = clock.now()
    return now
