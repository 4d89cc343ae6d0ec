"""The profile: who, how many points and why, and what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import Membership, Role
from accounts.scope import workspace_scope
from accounts.teams import set_members
from contacts.models import Contact
from scoring.adjusting import adjust
from scoring.models import ScoringType
from scoring.timeline import Done, Turn
from tests.scoring.conftest import DOCUMENT, publish

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS = 32
PARTNERS = {"key": "partners", "name": "Partners", "stages": [{"key": "in", "name": "Interested partners", "threshold": 5}]}
IDENTIFY = {
    "type": "identify",
    "userId": "u1",
    "anonymousId": "a1",
    "traits": {"email": "Ada@Firm.test", "firstName": "Ada", "lastName": "Byron", "jobTitle": "CTO", "phone": "+47 55", "plan": "pro"},
}


def view(message_id, path="/pricing", **more):
    return {"type": "page", "anonymousId": "a1", "messageId": message_id, "properties": {"url": f"https://shop.test{path}"}, **more}


def demo(message_id="d1"):
    return {"type": "track", "userId": "u1", "event": "Demo Requested", "messageId": message_id}


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def ada(workspace, alice, send):
    """Four views of /pricing of which three count, a demo, a job title: 95 points, and a company with a colleague."""
    with workspace_scope(workspace.id):
        set_members(workspace.teams.get(key="sales"), [alice.id], alice)
    publish(workspace, DOCUMENT)
    send(*[view(f"p{number}") for number in range(4)], IDENTIFY, demo())
    send(
        {"type": "group", "userId": "u1", "groupId": "g1", "traits": {"name": "Firm Ltd", "employees": 1200}},
        {"type": "identify", "userId": "u2", "traits": {"firstName": "Bea", "jobTitle": "CFO"}},
        {"type": "group", "userId": "u2", "groupId": "g1", "traits": {}},
    )
    with workspace_scope(workspace.id):
        return Contact.objects.get(workspace=workspace, email="ada@firm.test")


def url(contact, **parameters):
    return reverse("contacts:profile", args=[contact.workspace.slug, contact.id], query=parameters)


def words_of(response):
    return " ".join(response.content.decode().split())


def entries(response):
    return [entry for day in response.context["days"] for entry, _ in day["entries"]]


def test_it_says_who_it_is_and_how_to_reach_them(as_alice, ada):
    shown = words_of(as_alice.get(url(ada)))
    for text in ("<h1>Ada Byron</h1>", "CTO", "Firm Ltd", "mailto:ada@firm.test", "tel:+4755", "Demo Requested", "Unclaimed", "Claim lead"):
        assert text in shown


def test_the_reasons_add_up_and_say_what_did_not_count(as_alice, ada):
    found = as_alice.get(url(ada)).context["reasons"]
    rows = [(reason.value, reason.name, reason.times, reason.counted, reason.limit) for section in found.sections for reason in section.reasons]
    assert rows == [
        (60_000, "Asked for a demo", 1, 1, ""),
        (15_000, "Viewed the pricing page", 4, 3, "at most 3 times a day"),
        (20_000, "CTO", 1, 1, ""),
    ]
    assert [(section.title, section.sum) for section in found.sections] == [("What Ada did", 75_000), ("Who Ada is", 20_000)]
    assert (sum(row[0] for row in rows), found.exact) == (95_000, 95_000)


def test_the_ledger_is_shown_in_words(as_alice, ada):
    shown = words_of(as_alice.get(url(ada)))
    for text in ("Viewed the pricing page 4 times,", "3 count: at most 3 times a day", "“CTO”", "= 75 for what Ada did + 20 for who Ada is", "+15"):
        assert text in shown


def test_points_by_hand_are_why_now_until_something_is_done(as_alice, workspace, ada, alice, send):
    with workspace_scope(workspace.id):
        adjust(workspace, ada.id, ScoringType.objects.get(workspace=workspace), 30, "met at a fair", by=alice)
    shown = " ".join(strip_tags(words_of(as_alice.get(url(ada)))).split())
    assert "+30 by hand just now: met at a fair by Alice Archer. Before that: Viewed /pricing, just now." in shown
    assert "= 75 for what Ada did + 20 for who Ada is + 30 by hand" in shown
    send(demo("d2"))
    assert "+30 by hand just now" not in " ".join(strip_tags(words_of(as_alice.get(url(ada)))).split())


def test_the_ladder_says_when_each_stage_was_entered(as_alice, ada):
    response = as_alice.get(url(ada))
    assert [(rung.name, rung.threshold, rung.here, rung.past, rung.entered_at is not None) for rung in response.context["ladder"]] == [
        ("Marketing qualified leads", 75, True, False, True),
        ("Hot leads", 40, False, True, True),
        ("Cold leads", 10, False, True, True),
    ]
    assert response.context["fall"].stage.name == "Cold leads"  # when the demo's 60 points run out after 90 days


def test_the_timeline_has_points_limits_and_changes_with_who_was_told(as_alice, ada):
    found = entries(as_alice.get(url(ada)))
    done = [(entry.text, entry.points, entry.over) for entry in found if isinstance(entry, Done)]
    assert ("Demo Requested", 60, "") in done
    assert [row for row in done if row[0] == "Viewed /pricing"] == [
        ("Viewed /pricing", 0, "at most 3 times a day"),
        *[("Viewed /pricing", 5, "")] * 3,
    ]
    assert ("Profile updated", None, "") in done
    turns = {(entry.stage, entry.told) for entry in found if isinstance(entry, Turn)}
    assert turns == {("Cold leads", ()), ("Hot leads", ()), ("Marketing qualified leads", ("Sales",))}


def test_what_has_run_out_is_folded_away_and_no_longer_counted(as_alice, workspace, send, now):
    publish(workspace, DOCUMENT)
    old = (now - timedelta(days=120)).isoformat()
    send(IDENTIFY, {**demo(), "timestamp": old})
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
    found = as_alice.get(url(contact)).context["reasons"]
    assert [(reason.name, reason.value, reason.of) for reason in found.expired] == [("Asked for a demo", 0, 60_000)]
    assert found.exact == 20_000
    (entry,) = [entry for entry in entries(as_alice.get(url(contact))) if isinstance(entry, Done) and entry.text == "Demo Requested"]
    assert (entry.points, entry.spent) == (60, True)


def test_another_scoring_type_can_be_looked_at(as_alice, workspace, ada):
    publish(workspace, PARTNERS)
    first, other = as_alice.get(url(ada)), as_alice.get(url(ada, type="partners"))
    assert (first.context["chosen"].version.type_key, other.context["chosen"].version.type_key) == ("new-leads", "partners")
    assert ([one.version.type_key for one in other.context["others"]], other.context["chosen"].points_missing) == (["new-leads"], 5)


def test_the_company_names_colleagues_by_their_points(as_alice, ada):
    response = as_alice.get(url(ada))
    assert [(str(row), row.points) for row, _ in response.context["known_colleagues"]] == [("Bea", 0)]
    assert ("1,200" in words_of(response), response.context["colleagues"].people) == (True, 2)


def test_other_traits_and_identifiers_are_listed(as_alice, ada):
    context = as_alice.get(url(ada)).context
    assert context["traits"] == [("Plan", "pro")]
    assert [(one.kind, one.value) for one in context["identifiers"]] == [("anonymous_id", "a1"), ("email", "ada@firm.test"), ("user_id", "u1")]


def test_older_activities_follow_page_by_page(as_alice, workspace, send, now):
    for number in range(64):
        at = (now - timedelta(hours=number + 1)).isoformat()
        send(view(f"v{number}", f"/page-{number}", timestamp=at))
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
    seen, response = [], as_alice.get(url(contact))
    older = [response.context["timeline"].older]
    seen += [entry.noun for entry in entries(response)]
    while last := response.context["timeline"].last:
        response = as_alice.get(url(contact, older=last), headers={"HX-Request": "true"})
        assert "<html" not in words_of(response)
        older.append(response.context["timeline"].older)
        seen += [entry.noun for entry in entries(response)]
    assert (seen, older) == ([f"/page-{number}" for number in range(64)], [34, 4, 0])
    plain = as_alice.get(url(contact, older=as_alice.get(url(contact)).context["timeline"].last))
    assert ("<html" in words_of(plain), "/page-30" in words_of(plain), "Show the newest" in words_of(plain)) == (True, True, True)


def test_an_anonymous_visitor_without_a_published_type_has_a_profile(as_alice, workspace, send):
    send(view("v1"))
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
    shown = words_of(as_alice.get(url(contact)))
    for text in ("<h1>Anonymous visitor</h1>", "No scoring type is published yet", "Viewed <b>/pricing</b>", "Known of this visitor"):
        assert text in shown


def test_a_merged_contact_leads_to_the_survivor(as_alice, workspace, send):
    send(view("v1"))
    send({**IDENTIFY, "anonymousId": "a2"})
    send({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {}})
    with workspace_scope(workspace.id):
        merged = Contact.objects.select_related("merged_into").exclude(merged_into=None).get(workspace=workspace)
    response = as_alice.get(url(merged))
    assert (response.status_code, response.headers["Location"]) == (302, url(merged.merged_into))


def test_a_viewer_reads_and_is_offered_nothing_to_do(client, bob, ada):
    client.force_login(bob)
    shown = words_of(client.get(url(ada)))
    for text in ("Claim lead", "Assign", "Erase", "/edit/"):
        assert text not in shown


def test_sales_claims_but_does_not_edit(client, bob, ada):
    Membership.objects.filter(user=bob).update(role=Role.SALES)
    client.force_login(bob)
    shown = words_of(client.get(url(ada)))
    assert ("Claim lead" in shown, "/owner/" in shown, "/edit/" in shown, "/erase/" in shown) == (True, True, False, False)


def test_who_follows_a_mail_s_link_signs_in_and_lands_on_that_profile(client, alice, ada):
    asked = client.get(url(ada))
    assert (asked.status_code, asked.headers["Location"]) == (302, f"{reverse('account_login')}?next={url(ada)}")


def test_nobody_else_finds_it(client, charlie, elsewhere, ada):
    client.force_login(charlie)
    assert client.get(url(ada)).status_code == 404
    assert client.get(reverse("contacts:profile", args=["elsewhere", ada.id])).status_code == 404


def test_what_visitors_send_is_shown_as_text(as_alice, workspace, send):
    evil = "<img src=x onerror=alert(1)>"
    send({"type": "identify", "userId": "u1", "traits": {"firstName": evil, "job_title": evil, evil: evil}})
    send({"type": "track", "userId": "u1", "event": evil, "properties": {"title": evil}, "context": {"campaign": {"name": evil}}})
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
    assert "<img" not in words_of(as_alice.get(url(contact)))


def test_the_number_of_statements_does_not_grow_with_the_activities(as_alice, workspace, send, django_assert_num_queries):
    publish(workspace, DOCUMENT)
    send(IDENTIFY, view("v1"))
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
    as_alice.get(url(contact))
    with django_assert_num_queries(STATEMENTS):
        as_alice.get(url(contact))
    send(*[view(f"w{number}", path) for number, path in enumerate(("/pricing", "/docs", "/pricing", "/x"))], demo())
    with django_assert_num_queries(STATEMENTS):
        as_alice.get(url(contact))
