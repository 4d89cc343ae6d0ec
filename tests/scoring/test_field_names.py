"""Fields by the names that people choose them by, and back."""

from __future__ import annotations

import pytest

from contacts.condition_problems import Side
from scoring.field_names import NAMES, field_of, name_of
from scoring.suggestions import USUAL_FIELDS

NAMED: list[tuple[Side, str, str]] = [
    ("activity", "properties.url", "Page address"),
    ("activity", "properties.form", "Form"),
    ("activity", "context.campaign.name", "Campaign name"),
    ("profile", "contact.job_title", "Job title"),
    ("profile", "contact.email_kind", "Kind of e-mail address"),
    ("profile", "company.industry", "Company's industry"),
    ("profile", "company.number_of_employees", "company.number_of_employees"),
]


@pytest.mark.parametrize(("side", "field", "name"), NAMED)
def test_a_field_is_shown_by_its_name_and_found_by_it(side: Side, field: str, name: str) -> None:
    assert (name_of(field), field_of(name, side), field_of(f"  {name.upper()} " if name != field else name, side)) == (name, field, field)


@pytest.mark.parametrize(
    "field", ["properties.formName", "properties.form_name", "properties.Plan", "properties.cart.total", "context.locale", "contact.a__b",
              "contact.address.city", "contact.", "contact", "", "  ", "x", "properties.", "company.Größe", "a\0b", "." * 200],
)  # fmt: skip
def test_what_has_no_name_is_shown_as_it_is(field: str) -> None:
    assert name_of(field) == field


@pytest.mark.parametrize(
    ("side", "text", "field"),
    [("activity", "properties.Plan", "properties.Plan"), ("activity", "Form name", "Form name"), ("activity", "", ""),
     ("activity", "Country", "properties.country"), ("profile", "Country", "contact.country"), ("profile", "contact.Country", "contact.Country"),
     ("profile", "company's  Account kind", "company.account_kind"), ("profile", "page address", "contact.page_address"),
     ("profile", "-", "-"), ("profile", "", "")],
)  # fmt: skip
def test_what_is_typed_is_read_by_the_side_it_is_asked_of(side: Side, text: str, field: str) -> None:
    assert field_of(text, side) == field


def test_the_usual_fields_all_have_names_of_their_own() -> None:
    for fields in USUAL_FIELDS.values():
        assert len({name_of(field) for field in fields} - set(fields)) == len(fields)
    assert len(set(NAMES.values())) == len(NAMES)
