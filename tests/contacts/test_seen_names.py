"""What calls name, and which values may be shown as examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contacts import seen_names
from contacts.seen_names import Said, example, examples, fits, named, tally

AT = datetime(2026, 3, 1, tzinfo=UTC)


def said(properties: dict[str, Any], *, kind: str = "track", name: str = "Seen", contact: int = 1, **more: Any) -> Said:
    return Said(contact, kind, name, more.get("at", AT), more.get("by_server", False), properties, more.get("context", {}))


def keys(call: Said) -> list[tuple[str, str, str]]:
    return [key for key, _ in named(call)]


def test_an_event_with_its_properties_and_context() -> None:
    call = said({"plan": {"name": "pro", "tags": [1]}, "n": 1}, context={"page": {"path": "/"}})
    assert keys(call) == [
        ("event", "Seen", ""), ("property", "Seen", "plan.name"), ("property", "Seen", "plan.tags"), ("property", "Seen", "n"),
        ("context", "", "page.path"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "side"), [("identify", "contact"), ("group", "company")])
def test_traits(kind: str, side: str) -> None:
    assert keys(said({"size": 1}, kind=kind, name="")) == [(side, "", "size")]


def test_an_alias_names_nothing() -> None:
    assert keys(said({"previousId": "x"}, kind="alias", name="")) == []


@pytest.mark.parametrize("name", ["", " ", "a@b.test", "x" * 201, "a\nb", "\u202eabc", "for ada@firm.test today"])
def test_names_that_are_no_names(name: str) -> None:
    assert not fits(name)
    assert ("event", name, "") not in keys(said({}, name=name))


@pytest.mark.parametrize("key", ["", "a.b", "x" * 61, "ada@firm.test", "\u200bx"])
def test_keys_that_no_condition_can_name_or_that_are_somebodys(key: str) -> None:
    assert keys(said({key: 1, "ok": 1})) == [("event", "Seen", ""), ("property", "Seen", "ok")]


def test_what_lies_deeper_than_three_is_left_out() -> None:
    assert keys(said({"a": {"b": {"c": 1, "d": {"e": 1}}}})) == [("event", "Seen", ""), ("property", "Seen", "a.b.c")]


def test_a_call_of_very_many_keys_is_looked_at_in_part() -> None:
    assert len(keys(said({f"k{number}": 1 for number in range(100_000)}))) == 201


def test_the_tally_says_how_often_when_by_whom_and_of_which_kinds() -> None:
    later = AT + timedelta(hours=1)
    calls = [said({"v": "x"}, at=later, by_server=True), said({"v": 1}), said({"v": None}), said({"v": True}), said({"v": [1]}), said({})]
    counted = tally(calls)
    seen, value = counted["event", "Seen", ""], counted["property", "Seen", "v"]
    assert (seen.count, seen.first, seen.last, seen.by_server) == (6, AT, later, True)
    assert (value.count, sorted(value.kinds)) == (5, ["boolean", "list", "number", "text"])


def test_a_flood_of_made_up_names_leaves_those_of_servers_and_the_frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(seen_names.MOST, "event", 3)
    flood = [said({}, name=f"made up {number}", at=AT + timedelta(seconds=number)) for number in range(100)]
    counted = tally([said({}, name="rare", by_server=True), *[said({}, name="often")] * 2, *flood])
    assert [name for side, name, _ in counted if side == "event"] == ["rare", "often", "made up 99"]


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("plan", "pro", "pro"), ("plan", " pro ", "pro"), ("n", 5, 5), ("n", Decimal("1.5"), Decimal("1.5")), ("ok", True, True),
        ("ok", False, False),
        ("keyword", "robots", "robots"), ("author", "Ada", "Ada"), ("url", "https://x.test/a?token=1#b", "https://x.test/a"), ("path", "/a?b", "/a"),
        ("none", None, None), ("list", [1], None), ("text", "", None), ("text", "x" * 81, None), ("text", "a\x00b", None),
        ("note", "ask ada@firm.test", None), ("email", "x", None), ("workEmail", "x", None), ("password", "x", None), ("user.passwd", "x", None),
        ("api_key", "x", None), ("accessToken", "x", None), ("phone", "x", None), ("ip", "1.2.3.4", None), ("user_id", "7", None),
        ("card", "x", None), ("any", "4111 1111 1111 1111", None), ("any", "+49 30 1234567", None), ("any", 4111111111111111, None),
        ("any", "550e8400-e29b-41d4-a716-446655440000", None), ("any", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", None), ("any", 10**4000, None),
        ("address.street", "x", None), ("birthday", "2000-01-01", None), ("last_name", "Ng", None), ("form_name", "Newsletter", "Newsletter"),
    ],
)  # fmt: skip
def test_what_may_be_shown(path: str, value: Any, shown: Any) -> None:
    assert (example(path, value), type(example(path, value))) == (shown, type(shown))


def test_an_example_is_a_value_that_several_contacts_had() -> None:
    calls = [said({"plan": "pro", "city": "Oslo"}, contact=contact) for contact in (1, 2, 3)]
    calls += [said({"plan": "free"}, contact=contact) for contact in (1, 2, 3, 4)]
    calls += [said({"plan": "secretly mine"}, contact=9)] * 5
    assert examples(calls) == {("property", "Seen", "plan"): ["free", "pro"], ("property", "Seen", "city"): ["Oslo"]}


def test_one_and_true_are_two_values() -> None:
    assert examples([said({"v": value}, contact=contact) for contact in (1, 2, 3) for value in (1, True)])["property", "Seen", "v"] == [1, True]
