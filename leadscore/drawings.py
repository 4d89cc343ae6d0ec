"""Small SVG drawings made on the server: sizes are attributes and colours are classes, so a strict Content-Security-Policy holds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Number = int | float | Decimal


class Columns(Protocol):
    """One range of a distribution: how many there are (None: not known) and would be."""

    @property
    def label(self) -> str: ...
    @property
    def now(self) -> int | None: ...
    @property
    def then(self) -> int: ...


# The colour of each rung, by the number of stages; more than five share the nearest of five.
STAGE_COLOURS: Final = {1: (5,), 2: (1, 5), 3: (1, 3, 5), 4: (1, 2, 3, 5), 5: (1, 2, 3, 4, 5)}
MOST_BARS: Final = 5


def stage_class(rank: int, count: int) -> str:
    """`s0` (no stage) to `s5` for the stage of this rank: 0 is none, 1 the lowest, `count` the highest.

    A stage that is on record may be higher than the highest of today, and looks like that.
    """
    rank = min(rank, count)
    if rank < 1:
        return "s0"
    if count in STAGE_COLOURS:
        return f"s{STAGE_COLOURS[count][rank - 1]}"
    return f"s{_nearest(rank, count, MOST_BARS)}"


def signal_bars(rank: int, count: int) -> SafeString:
    """One bar a stage, at most five, filled up to the rung reached."""
    bars, rank = max(1, min(count, MOST_BARS)), min(rank, count)
    reached = 0 if rank < 1 else rank if count <= MOST_BARS else _nearest(rank, count, MOST_BARS)
    return _svg(bars * 4 - 1, 12, _bars(bars, reached))


def meter(value: Number, maximum: Number, kind: str = "mute", *, of: Number | None = None, width: int = 96) -> SafeString:
    """A bar as long as |value| is of `maximum`. `of`: what it was before it faded, drawn faintly behind. kind: mute, neg, cut, stage, acc."""
    behind = _bar("line", _share(of, maximum) * width) if of is not None else SafeString()
    return _svg(width, 6, behind + _bar(kind, _share(value, maximum) * width))


def gauge(value: Number, maximum: Number, kind: str = "stage") -> SafeString:
    """As `meter`, over the whole width of its place, on a track."""
    filled = format_html('<rect class="f-{}" width="{}%" height="6" rx="2"/>', kind, _round(_share(value, maximum) * 100))
    track = '<svg width="100%" height="6" aria-hidden="true"><rect class="f-line" width="100%" height="6" rx="2"/>{}</svg>'
    return format_html(track, filled)


def pair(before: Number | None, after: Number, maximum: Number) -> SafeString:
    """Two bars over the whole width of their place, what is (None: nothing) above what would be, in a stage's colour."""
    rows = [("soft", before, 0)] if before is not None else []
    rows.append(("stage", after, 8 if rows else 0))
    bars = format_html_join(
        "", '<rect class="f-{}" width="{}%" y="{}" height="6" rx="2"/>', [(kind, _round(_share(value, maximum) * 100), y) for kind, value, y in rows]
    )
    return format_html('<svg width="100%" height="{}" aria-hidden="true">{}</svg>', 14 if before is not None else 6, bars)


def columns(bars: Sequence[Columns], *, height: int = 96) -> SafeString:
    """Two columns a range, what is beside what would be, on one line; the first and the last range are named."""
    most = max([1, *(max(bar.now or 0, bar.then) for bar in bars)])
    wide = 100 / len(bars)
    rows = []
    for place, bar in enumerate(bars):
        for kind, value, left in (("mute", bar.now, 0.08), ("deep", bar.then, 0.5)):
            tall = _round((value or 0) / most * (height - 4))
            rows.append((kind, _round((place + left) * wide), _round(0.4 * wide), _round(height - tall), tall))
    drawn = format_html_join("", '<rect class="f-{}" x="{}%" width="{}%" y="{}" height="{}"/>', rows)
    axis = format_html('<line class="ax" x1="0" x2="100%" y1="{0}" y2="{0}"/>', height)
    drawing = '<svg class="columns" width="100%" height="{}" role="img" aria-label="Contacts by points">{}{}</svg>'
    ends = '<div class="row-x xs soft tn"><span>{}</span><span class="end">{}</span></div>'
    return format_html(drawing + ends, height, drawn, axis, bars[0].label, bars[-1].label)


def sparkline(values: Sequence[Number], *, width: int = 64, height: int = 18) -> SafeString:
    """The shape of a series from its lowest to its highest value, with a dot on the last. Nothing for no values."""
    if not values:
        return SafeString()
    points = _points([float(value) for value in values], width, height)
    path = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return _svg(width, height, format_html('<polyline class="sp" points="{}"/><circle class="dot" cx="{}" cy="{}" r="1.75"/>', path, x, y))


def _nearest(rank: int, count: int, steps: int) -> int:
    return 1 + round((rank - 1) * (steps - 1) / (count - 1))


def _bars(bars: int, reached: int) -> SafeString:
    sizes = ((index, 4 + 8 * (index + 1) / bars) for index in range(bars))
    rows = [("on" if index < reached else "off", index * 4, _round(12 - tall), _round(tall)) for index, tall in sizes]
    return format_html_join("", '<rect class="{}" x="{}" y="{}" width="3" height="{}" rx=".75"/>', rows)


def _bar(kind: str, width: float) -> SafeString:
    return format_html('<rect class="f-{}" width="{}" height="6" rx="2"/>', kind, _round(width))


def _share(value: Number, maximum: Number) -> float:
    return min(1.0, abs(float(value)) / float(maximum)) if maximum else 0.0


def _points(values: list[float], width: int, height: int) -> list[tuple[float, float]]:
    low, span = min(values), max(values) - min(values)
    step = (width - 4) / max(1, len(values) - 1)
    left = 2.0 if len(values) > 1 else width - 2.0
    return [
        (_round(left + step * index), _round(height - 3 - (height - 6) * ((value - low) / span if span else 0))) for index, value in enumerate(values)
    ]


def _round(value: float) -> float:
    return float(round(value, 1))


def _svg(width: int, height: int, content: SafeString) -> SafeString:
    return format_html('<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-hidden="true">{2}</svg>', width, height, content)
