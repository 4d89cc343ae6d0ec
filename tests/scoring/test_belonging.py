"""Whose company is found by the domain of their address: whichever of the two comes first, and until a group call says otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.belonging import domain_key, queue
from contacts.models import Company, Contact, DomainChange, Identifier
from leadscore import clock
from scoring import belonging, editing, joining
from scoring.belonging import apply_domain_changes
from scoring.models import StageChange
from tests.scoring.conftest import Send, publish, score_of
from tests.scoring.importing import csv_of, put_in

DOCUMENT: dict[str, Any] = {
    "key": "new-leads",
    "name": "New leads",
    "rules": [{"key": "big", "name": "Big", "when": "profile", "points": 25, "conditions": {"field": "company.size", "op": "gt", "value": 50}}],
    "stages": [{"key": "hot", "name": "Hot", "threshold": 20}],
}


def identify(user: str, email: str | None, message: str) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "messageId": message, "traits": {"email": email}}


def group(company: str, message: str, *, user: str = "speaker", **traits: Any) -> dict[str, Any]:
    return {"type": "group", "userId": user, "groupId": company, "messageId": message, "traits": traits}


def company_of(workspace: Workspace, user: str) -> str | None:
    with workspace_scope(workspace.id):
        contact = Identifier.objects.get(workspace=workspace, kind="user_id", value=user).contact_id
        return Contact.objects.values_list("company__group_id", flat=True).get(workspace=workspace, id=contact)


def work(workspace: Workspace) -> int:
    """Does the queue's work; in how many steps."""
    steps = 0
    while apply_domain_changes(workspace.id):
        steps += 1
    return steps


def points(workspace: Workspace, user: str) -> int:
    with workspace_scope(workspace.id):
        return score_of(workspace, Identifier.objects.get(workspace=workspace, kind="user_id", value=user).contact_id).points


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("acme.com", "acme.com"), (" ACME.com ", "acme.com"), ("www.acme.com", "acme.com"), ("https://www.acme.com/about?a#b", "acme.com"),
        ("http://someone@acme.com:8080", "acme.com"), ("acme.com:443", "acme.com"), ("//acme.com", "acme.com"), ("@acme.com", "acme.com"),
        ("shop.acme.com", "shop.acme.com"), ("www.com", "www.com"), ("", ""), ("Acme Ltd", ""), ("https://", ""), (None, ""), (7, ""),
        (["acme.com"], ""), ("a" * 300, ""), ("bücher.example", "bücher.example"),
    ],
)  # fmt: skip
def test_a_domain_is_found_by_its_name_alone_however_it_is_written(sent: object, key: str) -> None:
    assert domain_key(sent) == key


def test_a_contact_finds_the_company_of_its_address_as_it_comes(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(group("acme", "1", domain="https://www.Acme.test/", size=80))
    send(identify("u1", "Ann@acme.test", "2"), identify("u2", "bo@other.test", "3"), identify("u3", "cy@gmail.com", "4"))
    assert [company_of(workspace, user) for user in ("u1", "u2", "u3")] == ["acme", None, None]
    assert (points(workspace, "u1"), points(workspace, "u2")) == (25, 0)


def test_a_company_finds_the_contacts_that_were_there_before_it(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(identify("u1", "ann@acme.test", "1"), identify("u2", "bo@www.acme.test", "2"))
    send(group("acme", "3", domain="acme.test", size=80))
    assert (company_of(workspace, "u1"), points(workspace, "u1")) == (None, 0)
    assert work(workspace) == 1
    assert [company_of(workspace, user) for user in ("u1", "u2")] == ["acme", "acme"]
    assert points(workspace, "u1") == 25
    with workspace_scope(workspace.id):
        assert set(StageChange.objects.filter(workspace=workspace).values_list("direction", "cause")) == {("entered", "profile")}
        assert [*Contact.objects.filter(workspace=workspace, search__isnull=True)] == []


def long_ago(call: dict[str, Any]) -> dict[str, Any]:
    return {**call, "timestamp": (clock.now() - timedelta(days=300)).isoformat()}


@pytest.mark.parametrize("browser_first", [True, False])
def test_a_browser_takes_nobody_from_the_company_that_a_server_gave_the_domain(
    workspace: Workspace, send: Send, browser_first: bool
) -> None:
    evil = long_ago(group("evil", "2", domain="acme.test"))
    calls = [(group("acme", "1", domain="acme.test"), 1), (evil, 0)]
    for call, source in reversed(calls) if browser_first else calls:
        send(call, source=source)
        send(identify("u1", "ann@acme.test", "3"))
        work(workspace)
    assert company_of(workspace, "u1") == "acme"


def test_a_server_that_says_the_domain_again_puts_its_company_before_those_of_browsers(workspace: Workspace, send: Send) -> None:
    send(long_ago(group("evil", "1", domain="acme.test")), group("acme", "2", domain="acme.test"), source=0)
    send(identify("u1", "ann@acme.test", "3"))
    assert company_of(workspace, "u1") == "evil"
    send(group("acme", "4", domain="www.acme.test"))
    work(workspace)
    assert company_of(workspace, "u1") == "acme"


def test_companies_of_a_free_mail_service_have_no_people_by_domain(workspace: Workspace, send: Send) -> None:
    send(identify("u1", "ann@gmail.com", "1"), group("google", "2", domain="gmail.com"), identify("u2", "bo@gmail.com", "3"))
    work(workspace)
    assert (company_of(workspace, "u1"), company_of(workspace, "u2")) == (None, None)


def test_a_group_call_outranks_the_domain_whenever_it_comes(workspace: Workspace, send: Send) -> None:
    send(group("acme", "1", domain="acme.test"), identify("u1", "ann@acme.test", "2"), group("mother", "3", user="u1"))
    send(identify("u1", "ann@acme.test", "4"), group("acme", "5", domain="acme.test", size=3))
    work(workspace)
    assert company_of(workspace, "u1") == "mother"


def test_an_address_that_changes_takes_its_contact_along(workspace: Workspace, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(group("acme", "1", domain="acme.test", size=80), group("base", "2", domain="base.test"), identify("u1", "ann@acme.test", "3"))
    work(workspace)
    seen = [(company_of(workspace, "u1"), points(workspace, "u1"))]
    for number, email in enumerate(("ann@base.test", "ann@gmail.com", "ann@acme.test", None)):
        send(identify("u1", email, f"again-{number}"))
        seen.append((company_of(workspace, "u1"), points(workspace, "u1")))
    assert seen == [("acme", 25), ("base", 0), (None, 0), ("acme", 25), (None, 0)]
    assert work(workspace) == 0


def test_a_company_that_changes_its_domain_gives_its_people_up_and_finds_others(workspace: Workspace, send: Send) -> None:
    send(group("acme", "1", domain="acme.test"), identify("u1", "ann@acme.test", "2"), identify("u2", "bo@base.test", "3"))
    work(workspace)
    send(group("acme", "4", domain="base.test"))
    work(workspace)
    assert (company_of(workspace, "u1"), company_of(workspace, "u2")) == (None, "acme")
    send(group("acme", "5", domain=None))
    work(workspace)
    assert (company_of(workspace, "u1"), company_of(workspace, "u2")) == (None, None)


def test_of_several_companies_the_one_that_was_named_first_has_the_domain_not_the_one_that_came_first(workspace: Workspace, send: Send) -> None:
    now = clock.now()
    earlier = {"timestamp": (now - timedelta(hours=2)).isoformat()}
    send(group("late", "1", domain="acme.test"), identify("u1", "ann@acme.test", "2"))
    work(workspace)
    assert company_of(workspace, "u1") == "late"
    send({**group("early", "3", domain="acme.test"), **earlier})
    work(workspace)
    assert company_of(workspace, "u1") == "early"
    # The other one was named even before, by a call that says nothing of domains.
    send({**group("late", "4"), "timestamp": (now - timedelta(hours=3)).isoformat()})
    work(workspace)
    assert company_of(workspace, "u1") == "late"
    send({**group("late", "0"), **earlier})
    assert work(workspace) == 0


def test_calls_of_one_instant_are_told_apart_by_their_message_ids(workspace: Workspace, send: Send) -> None:
    at = {"timestamp": (clock.now() - timedelta(hours=2)).isoformat()}
    send({**group("a", "2", domain="acme.test"), **at}, {**group("b", "1", domain="acme.test"), **at}, identify("u1", "ann@acme.test", "3"))
    work(workspace)
    assert company_of(workspace, "u1") == "b"


def test_a_domain_of_very_many_contacts_is_worked_off_in_ranges(workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belonging, "RANGE", 2)
    send(*(identify(f"u{number}", f"p{number}@acme.test", f"i{number}") for number in range(5)), group("acme", "1", domain="acme.test"))
    assert work(workspace) == 3
    assert {company_of(workspace, f"u{number}") for number in range(5)} == {"acme"}
    with workspace_scope(workspace.id):
        assert not DomainChange.objects.filter(workspace=workspace).exists()


def test_a_domain_that_is_asked_for_all_the_time_keeps_no_other_waiting(
    workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belonging, "RANGE", 2)
    send(*(identify(f"u{number}", f"p{number}@busy.test", f"i{number}") for number in range(5)), identify("u5", "ann@acme.test", "i5"))
    send(group("busy", "1", domain="busy.test"))
    send(group("acme", "2", domain="acme.test"))
    for _ in range(2):
        apply_domain_changes(workspace.id)
        with workspace_scope(workspace.id):
            queue(workspace.id, ["busy.test"])
    assert company_of(workspace, "u5") == "acme"
    with workspace_scope(workspace.id):
        assert list(DomainChange.objects.filter(workspace=workspace).values_list("domain", "reached")) == [("busy.test", 0)]


def test_an_edit_by_hand_finds_the_company_too(workspace: Workspace, alice: User, send: Send) -> None:
    send(group("acme", "1", domain="acme.test"), {"type": "identify", "userId": "u1", "messageId": "2", "traits": {}})
    with workspace_scope(workspace.id):
        contact = Identifier.objects.get(workspace=workspace, value="u1").contact_id
        editing.edit(workspace, contact, {"email": "ann@acme.test"}, by=alice)
        editing.create_or_update(workspace, email="bo@acme.test", traits={}, by=alice)
    assert company_of(workspace, "u1") == "acme"
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace, email="bo@acme.test").company_id == Company.objects.get(workspace=workspace).id


def test_a_merge_brings_the_address_and_with_it_the_company_and_undoing_takes_both_back(workspace: Workspace, alice: User, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(group("acme", "1", domain="acme.test", size=80), identify("u1", "ann@acme.test", "2"), {**identify("u2", None, "3"), "traits": {}})
    with workspace_scope(workspace.id):
        ids = dict(Identifier.objects.filter(workspace=workspace, kind="user_id").values_list("value", "contact_id"))
        joining.merge(workspace, ids["u1"], ids["u2"], by=alice)
    assert (company_of(workspace, "u2"), points(workspace, "u2")) == ("acme", 25)
    send(group("acme", "4", domain="moved.test"))  # the contact that was merged away is looked at by no job
    work(workspace)
    with workspace_scope(workspace.id):
        joining.undo(workspace, ids["u1"], by=alice)
    assert (company_of(workspace, "u1"), company_of(workspace, "u2")) == (None, None)
    assert (points(workspace, "u1"), points(workspace, "u2")) == (0, 0)


def test_a_row_of_a_file_puts_into_its_company_whom_only_the_domain_had_put_there(workspace: Workspace, alice: User, send: Send) -> None:
    send(group("f1", "1", domain="firm.test", name="Firm"), identify("u1", "ann@firm.test", "2"))
    raw = csv_of(("id", "mail", "firm", "firm name"), ("u1", "ann@firm.test", "f1", "Firm"), ("u2", "bo@firm.test", "", ""))
    assert put_in(workspace, raw, alice)[1] == {"updated": 1, "new": 1}
    assert (company_of(workspace, "u1"), company_of(workspace, "u2")) == ("f1", "f1")
    assert put_in(workspace, raw, alice)[1] == {"unchanged": 2}
    send(group("f1", "3", domain="moved.test"))
    work(workspace)
    assert (company_of(workspace, "u1"), company_of(workspace, "u2")) == ("f1", None)


def test_another_workspaces_company_of_the_domain_is_not_found(workspace: Workspace, elsewhere: Workspace, send: Send) -> None:
    with workspace_scope(elsewhere.id):
        Company.objects.create(workspace=elsewhere, group_id="theirs", domain="acme.test")
    send(identify("u1", "ann@acme.test", "1"))
    assert company_of(workspace, "u1") is None
