"""The page of the list of contacts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Membership, Role
from accounts.scope import workspace_scope
from contacts.models import Company, Contact, LastSeen
from contacts.people import search_terms
from leadscore.sql import run
from scoring.models import Score, ScoringType, Version

pytestmark = pytest.mark.django_db

STATEMENTS = 16  # session, user, membership, scope, types, members, places, rows, count, navigation; three of them are the test's savepoint
STAGES = [{"key": "cold", "name": "Cold leads", "threshold": 10}, {"key": "hot", "name": "Hot leads", "threshold": 40}]


def publish(workspace, key, name, **more):
    """A live version without rules."""
    with workspace_scope(workspace.id):
        document = {"key": key, "name": name, "rules": [], "stages": STAGES, **more}
        made = ScoringType.objects.create(workspace=workspace, key=key, name=name, draft=document)
        return Version.objects.create(workspace=workspace, scoring_type=made, number=1, document=document, time_zone="UTC", state="live")


@pytest.fixture
def version(workspace):
    return publish(workspace, "new-leads", "New leads")


@pytest.fixture
def make(workspace, version, now):
    def make(name, points, **fields):
        with workspace_scope(workspace.id):
            company = Company.objects.create(workspace=workspace, group_id=name, name=f"{name} Ltd") if fields.pop("firm", False) else None
            contact = Contact.objects.create(workspace=workspace, created_at=now, name=name, has_user_id=bool(name), company=company, **fields)
            run("UPDATE contacts_contact SET search = array_to_tsvector(%s) WHERE id = %s", [search_terms(workspace.id, name), contact.id])
            Score.objects.create(
                workspace=workspace, version=version, contact=contact, points=points, exact=points * 1000,
                rank=(points >= 10) + (points >= 40), computed_at=now, tally={},
            )  # fmt: skip
            LastSeen.objects.create(workspace=workspace, contact=contact, at=now - timedelta(minutes=points), activity="Viewed /pricing")
            return contact

    return make


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def url(workspace, **parameters):
    return reverse("contacts:list", args=[workspace.slug], query=parameters)


def shown(response):
    return [str(row) for row, *_ in response.context["rows"]]


def words_of(response):
    return " ".join(response.content.decode().split())


def test_contacts_are_listed_by_points_of_the_first_scoring_type(as_alice, workspace, make):
    make("Ada Byron", 12)
    make("Bea Stone", 55)
    assert shown(as_alice.get(url(workspace))) == ["Bea Stone", "Ada Byron"]


def test_another_scoring_type_and_sort_can_be_chosen(as_alice, workspace, make, now):
    ada, bea = make("Ada Byron", 12), make("Bea Stone", 55)
    partners = publish(workspace, "partners", "Partners")
    with workspace_scope(workspace.id):
        for contact, points in ((ada, 9), (bea, 1)):
            Score.objects.create(workspace=workspace, version=partners, contact=contact, points=points, exact=0, computed_at=now, tally={})
    assert shown(as_alice.get(url(workspace, type="partners"))) == ["Ada Byron", "Bea Stone"]
    assert shown(as_alice.get(url(workspace, sort="seen"))) == ["Ada Byron", "Bea Stone"]
    assert shown(as_alice.get(url(workspace, sort="new"))) == ["Bea Stone", "Ada Byron"]


def test_filters_stand_in_the_address_and_can_be_removed_one_by_one(as_alice, workspace, make, alice):
    make("Ada Byron", 12, owner=alice)
    make("Bea Stone", 55)
    make("", 5)
    response = as_alice.get(url(workspace, stage=["hot", "none"], who="known", q="b"))
    assert shown(response) == ["Bea Stone"]
    chips = {chip.name: (chip.value, chip.remove) for chip in response.context["chips"]}
    assert chips["stage"] == ("Hot leads, No stage", "?who=known&q=b")
    assert chips["who"] == ("Known", "?stage=hot&stage=none&q=b")
    assert chips["type"] == ("New leads", "")
    assert shown(as_alice.get(url(workspace, owner=alice.id))) == ["Ada Byron"]
    assert shown(as_alice.get(url(workspace, owner="none"))) == ["Bea Stone", "Anonymous visitor"]


def test_a_search_without_a_word_in_it_finds_nobody(as_alice, workspace, make):
    make("Ada Byron", 12)
    assert [shown(as_alice.get(url(workspace, q=text))) for text in ("ada", "BYR", "!?", " ")] == [["Ada Byron"], ["Ada Byron"], [], ["Ada Byron"]]


def test_what_is_wrong_in_the_address_filters_nothing(as_alice, workspace, make):
    make("Ada Byron", 12)
    wrong = {"type": "x", "stage": "x", "owner": "999", "who": "x", "sort": "x", "after": "x", "before": "'"}
    assert shown(as_alice.get(url(workspace, **wrong))) == ["Ada Byron"]


def test_a_press_replaces_the_list_alone_and_the_browser_s_history_gets_the_page(as_alice, workspace, make):
    make("Ada Byron", 12)
    fragment = as_alice.get(url(workspace), headers={"HX-Request": "true"})
    whole = as_alice.get(url(workspace), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert ("<html" in words_of(fragment), "<html" in words_of(whole)) == (False, True)
    assert "Ada Byron" in words_of(fragment)
    assert fragment.headers["Vary"].count("HX-Request") == 1


def test_pages_follow_one_another(as_alice, workspace, make, monkeypatch):
    monkeypatch.setattr("scoring.ranking.page.__kwdefaults__", {"after": None, "before": None, "size": 2})
    for points in (30, 20, 10):
        make(f"P{points}", points)
    first = as_alice.get(url(workspace))
    second = as_alice.get(url(workspace, after=first.context["page"].next))
    again = as_alice.get(url(workspace, before=second.context["page"].previous))
    assert (shown(first), shown(second), shown(again)) == (["P30", "P20"], ["P10"], ["P30", "P20"])


def test_the_count_says_how_many_of_how_many(as_alice, workspace, make):
    make("Ada Byron", 12)
    make("Bea Stone", 55)
    counted = [
        (response.context["found"], response.context["total"])
        for response in (as_alice.get(url(workspace)), as_alice.get(url(workspace, stage="hot")))
    ]
    assert counted == [("2", ""), ("1", "2")]


def test_the_grade_has_a_column_where_the_model_has_one(as_alice, workspace, make, version):
    make("Ada Byron", 12)
    assert "Grade" not in words_of(as_alice.get(url(workspace)))
    with workspace_scope(workspace.id):
        Score.objects.filter(workspace=workspace).update(grade="B-")
        document = {**version.document, "grade": {"start": "C", "criteria": []}}
        Version.objects.filter(workspace=workspace, id=version.id).update(document=document, created_at=version.created_at + timedelta(seconds=1))
    assert '<span class="grade">B−</span>' in words_of(as_alice.get(url(workspace)))


def test_empty_lists_say_what_comes_next(as_alice, workspace, version):
    assert reverse("accounts:install", args=[workspace.slug]) in words_of(as_alice.get(url(workspace)))
    nothing = words_of(as_alice.get(url(workspace, q="zzz")))
    assert ("Nobody fits" in nothing, "Clear the filters" in nothing) == (True, True)


def test_without_a_published_type_contacts_are_listed_without_points(as_alice, workspace, now):
    with workspace_scope(workspace.id):
        Contact.objects.create(workspace=workspace, created_at=now, name="Ada Byron")
    response = as_alice.get(url(workspace, sort="points", stage="hot"))
    assert (shown(response), "Points" in words_of(response)) == (["Ada Byron"], False)


def test_names_are_shown_as_text(as_alice, workspace, make):
    make("<script>alert(1)</script>", 12)
    response = words_of(as_alice.get(url(workspace)))
    assert ("<script>alert(1)" in response, "&lt;script&gt;alert(1)" in response) == (False, True)


def test_only_who_may_add_and_assign_is_offered_it(as_alice, client, workspace, make, bob):
    make("Ada Byron", 12)
    add, owner = reverse("contacts:add", args=[workspace.slug]), "/owner/"
    offered = words_of(as_alice.get(url(workspace)))
    assert (add in offered, owner in offered) == (True, True)
    client.force_login(bob)
    offered = words_of(client.get(url(workspace)))
    assert (add in offered, owner in offered) == (False, False)


def test_the_number_of_statements_does_not_grow_with_the_rows(as_alice, workspace, make, alice, bob, django_assert_num_queries):
    Membership.objects.filter(user=bob).update(role=Role.SALES)
    make("Ada Byron", 12, owner=alice, firm=True)
    as_alice.get(url(workspace))
    with django_assert_num_queries(STATEMENTS):
        as_alice.get(url(workspace))
    make("Bea Stone", 55, owner=bob, firm=True)
    make("Cleo Park", 7)
    with django_assert_num_queries(STATEMENTS):
        as_alice.get(url(workspace))


@pytest.mark.parametrize(("role", "cell"), [(Role.SALES, '<td data-label="Owner"><a'), (Role.VIEWER, '<td class="d-only" data-label="Owner"><span')])
def test_on_a_phone_a_lead_of_nobodys_can_be_assigned_by_who_may(client, workspace, make, bob, role, cell):
    make("Ada", 10)
    Membership.objects.filter(workspace=workspace, user=bob).update(role=role)
    client.force_login(bob)
    assert cell in client.get(url(workspace)).content.decode()
