"""Trying a model from the editor: a contact that is found, or one that is made up, by the draft or a version."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from scoring.models import ScoringType
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.pages import HTMX, url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lead(workspace: Workspace, alice: User, client: Client, send: Send) -> int:
    """Ada, a CTO who asked for a demo: 80 points. Her id."""
    client.force_login(alice)
    publish(workspace, DOCUMENT)
    send({"type": "identify", "userId": "ada", "traits": {"firstName": "Ada", "email": "ada@firm.test", "jobTitle": "CTO"}})
    send({"type": "track", "userId": "ada", "event": "Demo Requested", "messageId": "d1"})
    with workspace_scope(workspace.id):
        found: int = Contact.objects.get(workspace=workspace).id
    return found


def posted(**changes: Any) -> dict[str, Any]:
    return {"do": "try", "version": "draft", "ahead": "0", "name": "", "times": "1", "ago": "0", "unit": "days", "lines": "", **changes}


def told(response: Any) -> list[tuple[str, int, str]]:
    return [(row.tried.rule.key, row.value, str(row.reason)) for section in response.context["page"].sections for row in section.rows]


def test_the_page_offers_those_heard_last_and_finds_others(client: Client, lead: int) -> None:
    assert [one.id for one in client.get(url("try")).context["found"]] == [lead]
    assert [one.id for one in client.get(url("try"), {"q": "ADA@firm.test"}).context["found"]] == [lead]
    assert client.get(url("try"), {"q": "bea"}).context["found"] == []


def test_a_contact_is_tried_by_the_draft_with_a_fixed_number_of_queries(
    client: Client, lead: int, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(22):
        response = client.get(url("try"), {"contact": lead})
    assert response.context["page"].outcome.points == 80
    assert told(response) == [
        ("pricing", 0, "Nothing was done by the name “Page Viewed”."),
        ("demo", 60_000, "1 activity matched: gave points."),
        ("cto", 20_000, "The job title is “CTO”, which contains “CTO”."),
    ]
    assert "The job title is <b>“CTO”</b>, which contains <b>“CTO”</b>." in response.content.decode()


def test_what_a_contact_would_have_done_besides_counts_and_is_marked(client: Client, lead: int) -> None:
    response = client.post(url("try"), posted(contact=lead, name="Page Viewed", times="4", ago="2", lines="url: /pricing"), headers=HTMX)
    assert (response.context["page"].outcome.points, response.content.decode().count("made up")) == (95, 4)
    assert "<html" not in response.content.decode()


def test_somebody_is_made_up_in_rows(client: Client) -> None:
    begun = client.get(url("try"), {"made_up": 1})
    assert [row.path for row in begun.context["form"].traits] == ["contact.job_title", ""]
    response = client.post(
        url("try"),
        posted(made_up="1", path=["Job title", "company.name", ""], value=["Engineer", "Firm", ""], name=["Page Viewed", ""],
               times=["1", "1"], ago=["1", "0"], unit=["hours", "days"], lines=["properties.url: https://x.test/blog", ""]),
    )  # fmt: skip
    assert told(response) == [
        ("pricing", 0, "It was done once, but the address is “https://x.test/blog”, which does not match “*/pricing*”."),
        ("demo", 0, "Nothing was done by the name “Demo Requested”."),
        ("cto", 0, "The job title is “Engineer”, which does not contain “CTO”."),
    ]


def test_points_are_told_as_they_will_be_in_some_days(client: Client, lead: int) -> None:
    response = client.post(url("try"), posted(contact=lead, ahead="100"))
    assert told(response)[1] == ("demo", 0, "1 activity matched: 1 has expired, for 90 days.")


def test_a_version_is_tried_as_it_was(client: Client, lead: int, workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        ScoringType.objects.update(draft={**DOCUMENT, "rules": []})
    assert [client.get(url("try"), {"contact": lead, "version": one}).context["page"].outcome.points for one in ("draft", "1")] == [0, 80]
    assert client.get(url("try"), {"contact": lead, "version": "2"}).status_code == 404


def test_rows_are_added_and_keep_what_was_typed(client: Client, lead: int) -> None:
    form = client.post(url("try"), posted(made_up="1", path=["contact.city"], value=["Oslo"], do="trait")).context["form"]
    assert [(row.path, row.value) for row in form.traits] == [("contact.city", "Oslo"), ("", "")]
    form = client.post(url("try"), posted(contact=lead, name="Page Viewed", do="activity")).context["form"]
    assert [row.name for row in form.activities] == ["Page Viewed", ""]


def test_adding_an_activity_leaves_the_result_and_one_can_be_taken_away(client: Client, lead: int) -> None:
    two = {"contact": lead, "name": ["Demo Requested", "Page Viewed"], "times": ["1"] * 2, "ago": ["0"] * 2, "unit": ["days"] * 2, "lines": [""] * 2}
    added = client.post(url("try"), posted(**two, do="activity"), headers=HTMX)
    assert ([row.name for row in added.context["form"].activities], added.context["page"] is None) == (["Demo Requested", "Page Viewed", ""], False)
    less = client.post(url("try"), posted(**two, do="without:0"), headers=HTMX)
    assert [row.name for row in less.context["form"].activities] == ["Page Viewed"]
    assert less.context["page"].outcome.points < added.context["page"].outcome.points


def test_what_cannot_be_tried_says_so_where_the_result_would_be(client: Client, lead: int) -> None:
    text = client.post(url("try"), posted(contact=lead, name="A", times="0"), headers=HTMX).content.decode()
    assert ("This could not be tried." in text, "Choose a contact" in text) == (True, False)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ago": "x", "name": "A"}, "How long ago is a whole number."),
        ({"unit": "years", "name": "A"}, "How long ago is a whole number."),
        ({"times": "0", "name": "A"}, "It can be done 1 to 100 times."),
        ({"lines": "no colon", "name": "A"}, "“no colon” is not written as name: value."),
        ({"lines": "a..b: 1", "name": "A"}, "“a..b” is not the name of a field."),
        ({"lines": "a: 1\na.b: 2", "name": "A"}, "“a.b” lies in what has a value of its own."),
        ({"lines": "context.a: 1\ncontext.a.b: 2", "name": "A"}, "“a.b” lies in what has a value of its own."),
        ({"lines": "a: [1", "name": "A"}, "This begins like JSON and is none."),
        ({"lines": "a: [NaN]", "name": "A"}, "This begins like JSON and is none."),
        ({"lines": "a: b"}, "Which activity is this?"),
        ({"name": "x" * 201}, "This may have at most 200 characters; it has 201."),
        ({"path": ["contact.email_kind"], "value": ["free"]}, "This follows from the address and the name; it cannot be given."),
        ({"path": ["other.field"], "value": ["1"]}, "A trait’s name begins with contact. or company."),
        ({"path": [""], "value": ["1"]}, "Which trait is this the value of?"),
        ({"ahead": "-1"}, "Days ahead are a whole number from 0 to 3,650."),
    ],
)
def test_what_is_wrong_is_told_at_its_row(client: Client, changes: dict[str, Any], fault: str) -> None:
    response = client.post(url("try"), posted(made_up="1", **changes), headers=HTMX)
    form = response.context["form"]
    told = [row.fault for row in (*form.traits, *form.activities) if row.fault] + [form.fault]
    assert (told[0], response.status_code) == (fault, 422)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"times": "0"}, "times"), ({"ago": "x"}, "ago"), ({"lines": "no colon"}, "lines"),
        ({"name": "", "lines": "a: b"}, "name"), ({"name": "x" * 201}, "name"),
    ],
)  # fmt: skip
def test_the_field_of_an_activity_that_is_wrong_is_marked_alone(client: Client, lead: int, changes: dict[str, str], field: str) -> None:
    text = client.post(url("try"), posted(**{"contact": lead, "name": "A", **changes}), headers=HTMX).content.decode()
    marked = re.findall(r'<(?:input|textarea)[^>]* name="([a-z]+)"[^>]* aria-invalid="true" aria-describedby="did-0-wrong"', text)
    assert marked == [field]


def test_a_draft_with_something_to_mend_says_so(client: Client, lead: int, workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        ScoringType.objects.update(draft={**DOCUMENT, "rules": [{**DOCUMENT["rules"][1], "points": 0}]})
    response = client.get(url("try"), {"contact": lead})
    assert (response.status_code, "1 thing to mend in the draft" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("asked", ["0", "99999", "x", "9" * 30, "１"])
def test_a_contact_that_is_not_there_is_not_found(client: Client, asked: str) -> None:
    assert client.get(url("try"), {"contact": asked}).status_code == 404
