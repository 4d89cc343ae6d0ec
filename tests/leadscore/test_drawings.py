"""Stage colours, signal bars, meters and sparklines."""

from __future__ import annotations

import re

import pytest

from leadscore import drawings


@pytest.mark.parametrize(
    ("count", "classes"),
    [
        (1, ["s5"]),
        (2, ["s1", "s5"]),
        (3, ["s1", "s3", "s5"]),
        (4, ["s1", "s2", "s3", "s5"]),
        (5, ["s1", "s2", "s3", "s4", "s5"]),
        (7, ["s1", "s2", "s2", "s3", "s4", "s4", "s5"]),
    ],
)
def test_stages_take_colours_from_the_lowest_to_the_highest(count: int, classes: list[str]) -> None:
    assert [drawings.stage_class(rank, count) for rank in range(1, count + 1)] == classes


def test_no_stage_has_the_neutral_colour() -> None:
    assert drawings.stage_class(0, 3) == "s0"
    assert [drawings.stage_class(3, count) for count in (0, 1, 2)] == ["s0", "s5", "s5"]  # on record, and more than there are now
    assert drawings.signal_bars(3, 1) == drawings.signal_bars(1, 1)


@pytest.mark.parametrize(("rank", "count", "lit", "dark"), [(0, 3, 0, 3), (1, 2, 1, 1), (3, 3, 3, 0), (1, 7, 1, 4), (7, 7, 5, 0)])
def test_signal_bars_are_lit_up_to_the_rung(rank: int, count: int, lit: int, dark: int) -> None:
    svg = drawings.signal_bars(rank, count)
    assert (svg.count('class="on"'), svg.count('class="off"')) == (lit, dark)


def widths(svg: str) -> list[tuple[str, str]]:
    return re.findall(r'class="f-([a-z]+)" width="([^"]+)"', svg)


def test_a_meter_is_as_long_as_its_share() -> None:
    assert widths(drawings.meter(12, 20)) == [("mute", "57.6")]


def test_a_meter_of_a_loss_is_drawn_by_its_size() -> None:
    assert widths(drawings.meter(-5, 20, "neg")) == [("neg", "24.0")]


def test_a_meter_never_leaves_its_place() -> None:
    assert widths(drawings.meter(30, 20)) == [("mute", "96.0")]


def test_what_faded_is_drawn_behind_what_is_left() -> None:
    assert widths(drawings.meter(6, 20, of=10)) == [("line", "48.0"), ("mute", "28.8")]


def test_a_meter_of_nothing_is_empty() -> None:
    assert widths(drawings.meter(0, 0)) == [("mute", "0.0")]


def test_a_gauge_fills_its_track_in_percent() -> None:
    assert widths(drawings.gauge(31, 50)) == [("line", "100%"), ("stage", "62.0%")]


def test_a_sparkline_spans_its_values() -> None:
    assert 'points="2.0,15.0 32.0,9.0 62.0,3.0"' in drawings.sparkline([0, 5, 10])


def test_a_sparkline_of_equal_values_is_flat() -> None:
    assert 'points="2.0,15.0 62.0,15.0"' in drawings.sparkline([7, 7])


def test_a_sparkline_of_one_value_is_a_dot_at_its_end() -> None:
    assert 'cx="62.0" cy="15.0"' in drawings.sparkline([7])


def test_a_sparkline_of_nothing_is_nothing() -> None:
    assert drawings.sparkline([]) == ""
