"""Law 5: exporting a document and importing it changes nothing, as JSON and as YAML."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.document import problems
from scoring.exporting import FORMATS, Format, as_file
from scoring.views.reading import Refused, read
from tests.laws.scoring_documents import crowded_documents, documents, turning_documents

# Names and values that some reader of YAML takes for something else.
_traps = st.sampled_from(
    ("no", "null", "1e3", "017", "2026-11-21", "~", " a", "a: b", "- a", "a\nb", "#a", "😀", "\x7f", "'", '"', "\u2028", "=", "<<")
)


@st.composite
def trapped_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Valid documents with such texts in them."""
    whole = draw(documents())
    named = [*whole["rules"], *whole["stages"], *whole["groups"]]
    return {**whole, "description": draw(_traps), "name": draw(_traps), **({} if not named else _renamed(whole, draw(st.lists(_traps, min_size=1))))}


def _renamed(whole: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {
        part: [{**one, "name": names[place % len(names)]} for place, one in enumerate(whole[part])] for part in ("rules", "stages", "groups")
    }


def told_apart(value: Any) -> Any:
    """With `1`, `1.0` and `true` told from each other."""
    if isinstance(value, dict):
        return {key: told_apart(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [told_apart(inner) for inner in value]
    return (type(value).__name__, str(value))


@given(trapped_documents() | crowded_documents() | turning_documents(), st.sampled_from(FORMATS))
def test_exporting_and_importing_changes_nothing(whole: dict[str, Any], format: Format) -> None:
    exported = as_file(whole, "leads", format, "yaml-language-server: $schema=https://leads.example.com/")
    assert told_apart(read(exported.text.encode())) == told_apart(whole)


_contents = st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))


@given(_contents, st.sampled_from([b"", b"{", b"key: ", b"- "]))
def test_whatever_comes_is_a_document_or_refused(content: bytes, before: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(before + content)
    assert all(problem.code and problem.message for problem in refused.value.problems)


@given(documents(), st.sampled_from(FORMATS), st.integers(0, 10_000), st.sampled_from("{}[]:,\"'\n\t -*&!0#"))
def test_a_file_with_a_slip_in_it_is_a_document_or_refused(whole: dict[str, Any], format: Format, place: int, slip: str) -> None:
    text = as_file(whole, "leads", format, "").text
    place %= len(text)
    assert problems(_read_or_valid(text[:place] + slip + text[place + 1 :])) == []


def _read_or_valid(text: str) -> dict[str, Any]:
    """What was read; of what is refused with reasons, some valid document."""
    try:
        return read(text.encode())
    except Refused as refused:
        return {"key": "k", "name": "N"} if refused.problems else {}


@given(documents())
def test_keys_stand_in_the_order_in_which_people_write_them(whole: dict[str, Any]) -> None:
    shuffled = {key: whole[key] for key in sorted(whole, reverse=True)}
    assert as_file(shuffled, "leads", "yaml", "") == as_file(whole, "leads", "yaml", "")
    assert list(read(as_file(shuffled, "leads", "json", "").text.encode())) == [
        key for key in ("key", "name", "minimum", "maximum", "groups", "rules", "stages", "grade") if key in whole
    ]
