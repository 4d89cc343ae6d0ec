"""YAML in and out: what plain values mean, what is refused, and that nothing changes on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from leadscore.exact_yaml import MOST_VALUES, Unreadable, dumps, loads

TRAPS = (
    "no", "Yes", "on", "y", "N", "1e3", "0o17", "017", "1_000", "1:30", "2026-11-21", "2026-11-21T09:30:00Z", "0x1F", "+5", ".5", "1.", ".inf",
    "-0", "<<", "=", "~", "null", "true", "", " a", "a ", "a: b", "a #b",
    "- a", "? a", "---", "...", "*a", "&a", "!a", "%a", "@a", "`a", "a\nb", "a\n\nb\n",
    "\n", "\na", "  a\nb", "\t", "\x85", "\u2028", "\ufeff",
    "é", "😀", "'", '"', "\\", "\x7f", "\x01",
)  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("y", "y"), ("NO", "NO"), ("2026-11-21", "2026-11-21"), ("017", "017"), ("0o17", "0o17"),
        ("0x1F", "0x1F"), ("1_000", "1_000"), ("1:30", "1:30"), ("+5", "+5"), (".5", ".5"), (".inf", ".inf"), (".nan", ".nan"), ("<<", "<<"),
        ("1e3", Decimal("1E+3")), ("5", 5), ("5.0", Decimal("5.0")), ("-0.5", Decimal("-0.5")), ("-0", 0), ("-0.0", Decimal("0.0")),
        ("true", True), ("False", False), ("~", None), ("", None), ("null", None), ("'5'", "5"), ('"true"', "true"),
    ],
)  # fmt: skip
def test_a_plain_value_means_what_json_would_mean(plain: str, value: Any) -> None:
    read = loads(f"a: {plain}")["a"]
    assert (type(read), read) == (type(value), value)


def test_long_numbers_are_kept_exactly() -> None:
    text = f"a: 0.1{'0' * 40}1\nb: {'9' * 60}\n"
    assert loads(text) == {"a": Decimal(f"0.1{'0' * 40}1"), "b": int("9" * 60)}
    assert dumps(loads(text)) == text


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("a: 1\nb:\n  - c: 1\n    c: 2", "duplicate", "b[0].c"),
        ("a: &x [1]\nb: *x", "alias", "b"),
        ("a: !!python/object/apply:os.system [x]", "tag", "a"),
        ("a: !!str 5", "tag", "a"),
        ("%TAG !e! tag:x:\n--- a", "directive", ""),
        ("a\n...\n%TAG !e! tag:x:\n--- b", "directive", ""),
        ("%YAML 1.1\n%YAML 1.1\n--- a", "invalid_yaml", ""),
        ("? [a]\n: b", "key", ""),
        ("--- a\n--- b", "documents", ""),
        ("", "empty", ""),
        ("# nothing", "empty", ""),
        ("a: b: c", "invalid_yaml", ""),
        ("a:\n\tb: 1", "invalid_yaml", ""),
        ("a: \x00", "invalid_yaml", ""),
        (b"a: \xff", "invalid_yaml", ""),
        ("a: \ud800", "invalid_yaml", ""),
        ("a: 1e999999", "unstorable_number", "a"),
        ("a: 1e99999999999999999999", "unstorable_number", "a"),
        (f"a: {'9' * 5000}", "unstorable_number", "a"),
    ],
)
def test_what_is_not_read_is_named(text: str | bytes, code: str, path: str) -> None:
    with pytest.raises(Unreadable) as refused:
        loads(text)
    assert (refused.value.code, refused.value.path) == (code, path)


def test_short_tags_are_refused_before_any_is_read() -> None:
    text = "# many\r\n" + "".join(f"%TAG !e{number}! tag:x,{number}:\n" for number in range(150_000)) + "--- a"
    with pytest.raises(Unreadable, match="Line 2: %TAG is not read"):
        loads(text)


def test_what_looks_like_a_directive_within_a_line_is_text() -> None:
    assert loads("%YAML 1.1\n---\na: 5 %TAG\nb: |\n  %TAG\n") == {"a": "5 %TAG", "b": "%TAG\n"}


def test_nesting_is_bounded() -> None:
    for text in ("[" * 101 + "]" * 101, "- " * 101 + "a", "[" * 100_000):
        with pytest.raises(Unreadable):
            loads(text)
    assert loads("[" * 100 + "]" * 100)


def test_the_number_of_values_is_bounded() -> None:
    with pytest.raises(Unreadable) as refused:
        loads("- a\n" * MOST_VALUES)
    assert refused.value.code == "too_large"


def test_a_mark_of_byte_order_is_no_part_of_it() -> None:
    assert loads(b"\xef\xbb\xbfa: 1") == {"a": 1}


@pytest.mark.parametrize("text", TRAPS)
def test_a_text_is_a_text_to_every_reader(text: str) -> None:
    for value in (text, [text], {"a": text}, {text: "a"}):
        written = dumps(value)
        assert loads(written) == value
        assert yaml.safe_load(written) == value, "and to readers of YAML 1.1"


def test_lines_stand_as_lines() -> None:
    assert dumps({"a": "one\ntwo"}, comment="about") == "# about\na: |-\n  one\n  two\n"


texts = st.text(max_size=20) | st.text("ab \n\t:-#'\"|>%@`&*!?{}[],\\\r\x85\u2028é😀", max_size=12) | st.sampled_from(TRAPS)
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number.adjusted()) < 900)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15
)


@given(values)
def test_what_was_written_is_read_back(value: Any) -> None:
    assert _told_apart(loads(dumps(value))) == _told_apart(value)


def _told_apart(value: Any) -> Any:
    """The same with true told from 1, and the order of keys said."""
    if isinstance(value, dict):
        return [(key, _told_apart(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [_told_apart(inner) for inner in value]
    return (isinstance(value, bool), value)
