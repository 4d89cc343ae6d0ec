"""What addresses and forms say, read."""

from __future__ import annotations

import pytest

from leadscore.query_text import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("0042", 42),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        (" 1", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_a_whole_number_has_digits_alone_and_fits_a_row(text: str, number: int | None) -> None:
    assert whole_number(text) == number
