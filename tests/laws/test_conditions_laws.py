"""Conditions against the letter of the semantics, with random trees and facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contacts import conditions
from tests.laws import conditions_by_the_letter
from tests.laws.scoring_documents import BASE, dates, nodes

MICROSECOND = timedelta(microseconds=1)
SCALARS = (
    st.none() | st.booleans() | dates | st.integers(-3, 3) | st.decimals(-3, 3, places=1)
    | st.sampled_from((
        "a", "B", "ab", "é", "E\u0301", "ß", "SS", "42", "-0.0", Decimal("-0.0"), Decimal("1E+2"), "+1", "1.0", "true", "YES", "no", "",
        " \u2003", " a ", "/pricing",
        "2026-10-20", "2026-10-20T00:00", "2026-10-20 02:00+02:00", "2026-10-20T00:00:00.0000001Z", "2026-10-20T00", "20.10.2026",
    ))
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2), max_leaves=8
)
FACTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
INSTANTS = st.builds(
    lambda days, beside: BASE + timedelta(days=days) + beside, st.integers(-40, 80), st.sampled_from((-MICROSECOND, timedelta(0), MICROSECOND))
)


@settings(max_examples=600)
@given(nodes("contact", "company", levels=3) | nodes("contact", levels=1), FACTS, FACTS, INSTANTS)
def test_conditions_hold_by_the_letter(node: dict[str, Any], contact: dict[str, Any], company: dict[str, Any], t: datetime) -> None:
    facts = {"contact": contact, "company": company}
    assert conditions.compile(node)(facts, t) is conditions_by_the_letter.holds(node, facts, t)
