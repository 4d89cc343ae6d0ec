"""What columns are: suggested, chosen, refused."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.import_mapping import Column, parse, problems
from contacts.import_suggestions import kind_of, missing_in, snake, suggest

HEADERS = ["Id", "E-mail", "First Name", "Visits"]


def said(kind: str = "contacts", headers: list[str] = HEADERS, **document: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(kind, document, headers)]


def test_a_good_document_has_no_problem_and_unnamed_columns_are_left_out() -> None:
    document = {"columns": {"E-mail": {"to": "email"}, "First Name": {"to": "trait", "name": "firstName"}}, "missing": [" Select "]}
    assert problems("contacts", document, HEADERS) == []
    parsed = parse("contacts", document, HEADERS)
    assert parsed.columns == (Column(), Column("email"), Column("trait", "first_name"), Column())
    assert parsed.missing == {"select"}


def test_traits_are_named_as_calls_name_them_and_properties_as_they_are_sent() -> None:
    columns = {"Id": {"to": "company_id"}, "E-mail": {"to": "company_trait", "name": "createdAt"}, "Visits": {"to": "trait", "name": "jobTitle"}}
    assert parse("contacts", {"columns": columns}, HEADERS).columns == (
        Column("company_id"), Column("company_trait", "created_at"), Column(), Column("trait", "job_title")
    )  # fmt: skip
    columns = {"First Name": {"to": "property", "name": "firstName"}}
    assert parse("activities", {"columns": columns}, HEADERS).columns == (Column(), Column(), Column("property", "firstName"), Column())


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({}, [("columns", "no_identifier")]),
        ({"Nope": {"to": "email"}}, [("columns.Nope", "unknown")]),
        ({"Id": {"to": "event"}}, [("columns.Id.to", "choice")]),
        ({"Id": {"to": "email", "kind": "colour"}}, [("columns.Id.kind", "choice")]),
        ({"Id": {"to": "trait", "name": " "}}, [("columns.Id.name", "required")]),
        ({"Id": {"to": "trait", "name": "email_kind"}}, [("columns.Id.name", "built_in")]),
        ({"Id": {"to": "trait", "name": "createdAt"}}, [("columns.Id.name", "built_in")]),
        ({"Id": {"to": "trait", "name": "email"}}, [("columns.Id.name", "email")]),
        ({"Id": {"to": "trait", "name": "a\0"}}, [("columns.Id.name", "characters")]),
        ({"Id": {"to": "email"}, "E-mail": {"to": "email"}}, [("columns", "twice")]),
        ({"Id": {"to": "email"}, "Visits": {"to": "company_trait", "name": "employees"}}, [("columns", "no_company")]),
        ({"Id": "email"}, [("columns.Id", "type")]),
        ([], [("columns", "type")]),
    ],
)
def test_what_is_wrong_with_columns(columns: Any, found: list[tuple[str, str]]) -> None:
    assert said(columns=columns) == found


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [("missing", "Select", "type"), ("empty", "keep", "choice"), ("dates", "ymd", "choice"), ("zone", "Moon/Crater", "unknown"),
     ("zone", "../etc", "unknown"), ("decimal_comma", 1, "type"), ("more", 1, "unknown")],
)  # fmt: skip
def test_what_is_wrong_with_options(option: str, value: Any, code: str) -> None:
    assert said(columns={"Id": {"to": "email"}}, **{option: value}) == [(option, code)]


def test_activities_need_who_what_and_when() -> None:
    assert said("activities", columns={}) == [("columns", "no_identifier"), ("event", "required"), ("columns", "no_time")]
    columns = {"Id": {"to": "user_id"}, "E-mail": {"to": "event"}, "Visits": {"to": "occurred_at"}}
    assert said("activities", columns=columns) == []
    assert said("activities", columns=columns, event="Bought") == [("event", "twice")]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("E-Mail", Column("email")), ("Prospect ID", Column("user_id")), ("First name", Column("trait", "first_name")),
        ("jobTitle", Column("trait", "job_title")), ("Company", Column("company_trait", "name")),
        ("How did you hear?", Column("trait", "how_did_you_hear")),
        ("traits.plan name", Column("trait", "plan name")), ("leadscore_id", Column()), ("score.new-leads.points", Column()),
        ("created_at", Column()), ("company.industry", Column()), ("Industry", Column("trait", "industry")),
    ],
)  # fmt: skip
def test_suggestions_by_name(header: str, column: Column) -> None:
    assert suggest("contacts", [header], [])[0] == column


def test_company_columns_are_suggested_beside_a_companys_id() -> None:
    found = suggest("contacts", ["email", "company id", "company", "industry"], [])
    assert found == [Column("email"), Column("company_id"), Column("company_trait", "name"), Column("company_trait", "industry")]


def test_a_company_that_only_a_name_tells_has_the_traits_beside_it() -> None:
    headers = ["email", "Company", "Employees", "Industry", "Website", "Country"]
    assert suggest("contacts", headers, [["a@b.test", "1848", "250", "Software", "b.test", "Norway"]])[1:] == [
        Column("company_trait", "name"), Column("company_trait", "employees", "number"), Column("company_trait", "industry"),
        Column("company_trait", "domain"), Column("trait", "country"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        "E-Mail-Adresse,Vorname,Nachname,Firma,Land,Telefon,Ort,Branche,Mitarbeiter,Position",
        "Courriel,Prénom,Nom,Société,Pays,Téléphone,Ville,Secteur d'activité,Effectif,Poste",
        "Correo electrónico,Nombre,Apellidos,Empresa,País,Teléfono,Ciudad,Sector,Empleados,Cargo",
    ],
    ids=["German", "French", "Spanish"],
)
def test_names_in_other_languages(headers: str) -> None:
    assert [(column.to, column.name) for column in suggest("contacts", headers.split(","), [])] == [
        ("email", ""), ("trait", "first_name"), ("trait", "last_name"), ("company_trait", "name"), ("trait", "country"), ("trait", "phone"),
        ("trait", "city"), ("company_trait", "industry"), ("company_trait", "employees"), ("trait", "job_title"),
    ]  # fmt: skip


def test_nothing_is_suggested_twice() -> None:
    assert suggest("contacts", ["id", "customer id", "E-mail", "mail"], []) == [
        Column("user_id"), Column("trait", "customer_id"), Column("email"), Column("trait", "mail"),
    ]  # fmt: skip


def test_suggestions_for_activities() -> None:
    found = suggest("activities", ["email", "Event", "Timestamp", "message_id", "properties.url", "Price"], [["", "", "", "", "", "5"]])
    assert found == [
        Column("email"), Column("event"), Column("occurred_at"), Column("message_id"), Column("property", "url"),
        Column("property", "price", "number"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["1", "2.5", ""], "number"), (["01", "2"], "text"), (["Yes", "no", "Select"], "boolean"), (["2026-03-31"], "date"), (["", "Select"], "text"),
     (["1", "x"], "text")],
)  # fmt: skip
def test_kinds_by_the_first_cells(cells: list[str], kind: str) -> None:
    assert kind_of(cells) == kind


def test_names_and_missing_values() -> None:
    headers = ("What is your job?", "TotalVisits", "Straße 1", "--")
    assert [snake(header) for header in headers] == ["what_is_your_job", "total_visits", "straße_1", ""]
    assert missing_in([["Select", "x"], ["N/A", "select "]]) == ["N/A", "Select", "select"]
