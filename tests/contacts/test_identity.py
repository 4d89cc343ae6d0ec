"""Which contact a call is about (docs/tracking.md): calls in, contacts with their identifiers and traits out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.identity import IdentifiersMoved, save_identifiers
from contacts.models import Activity, Company, Contact, Identifier
from contacts.profiles import MOST_TRAITS
from notifications.models import Message
from scoring.due import apply_company_changes
from scoring.models import Award, Score, StageChange, Standing
from tests.scoring.conftest import DOCUMENT, Send, publish, score_of, send

__all__ = ["send"]
pytestmark = pytest.mark.django_db

Call = dict[str, Any]
BROWSER, SERVER = 0, 1


def did(message: str, *, user: str | None = None, visitor: str | None = None, event: str = "Seen", at: datetime | None = None) -> Call:
    named = {"userId": user, "anonymousId": visitor, "timestamp": at and at.isoformat()}
    return {"type": "track", "event": event, "messageId": message, **{key: value for key, value in named.items() if value}}


def said(
    message: str, *, user: str | None = None, visitor: str | None = None, email: str | None = None, at: datetime | None = None, **traits: Any
) -> Call:
    named = {"userId": user, "anonymousId": visitor, "timestamp": at and at.isoformat()}
    given = {**({"email": email} if email else {}), **traits}
    return {"type": "identify", "messageId": message, "traits": given, **{key: value for key, value in named.items() if value}}


def belongs(message: str, company: str, *, user: str, at: datetime | None = None, **traits: Any) -> Call:
    when = {"timestamp": at.isoformat()} if at else {}
    return {"type": "group", "messageId": message, "userId": user, "groupId": company, "traits": traits, **when}


def contacts(workspace: Workspace) -> list[set[str]]:
    """The identifiers of each contact, those merged away left out, in the order in which the contacts were made."""
    with workspace_scope(workspace.id):
        ids = Contact.objects.filter(workspace=workspace, merged_into=None).order_by("id").values_list("id", flat=True)
        found: dict[int, set[str]] = {id: set() for id in ids}
        for contact, value in Identifier.objects.filter(workspace=workspace).values_list("contact_id", "value"):
            found[contact].add(value)
    return list(found.values())


def of(workspace: Workspace, value: str) -> Contact:
    with workspace_scope(workspace.id):
        return Contact.objects.get(workspace=workspace, identifiers__value=value)


def traits(workspace: Workspace, value: str) -> Any:
    return of(workspace, value).traits


def did_by(workspace: Workspace, value: str) -> list[str]:
    with workspace_scope(workspace.id):
        found = Activity.objects.filter(workspace=workspace, contact__identifiers__value=value).order_by("message_id")
        return list(found.values_list("message_id", flat=True))


# The rows of the table.


def test_unknown_identifiers_make_one_contact_that_gets_them_all(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", visitor="a1", email=" Ada@Firm.test "))
    assert contacts(workspace) == [{"u1", "a1", "ada@firm.test"}]
    assert (of(workspace, "u1").has_user_id, of(workspace, "u1").has_email) == (True, True)


def test_an_anonymous_contact_gets_the_user_id_it_turns_out_to_have(workspace: Workspace, send: Send) -> None:
    send(did("1", visitor="a1"))
    send(said("2", user="u1", visitor="a1"))
    assert contacts(workspace) == [{"u1", "a1"}]
    assert (of(workspace, "a1").has_user_id, of(workspace, "a1").has_email) == (True, False)


def test_a_known_contact_gets_a_new_device(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", visitor="a1"))
    send(did("2", user="u1", visitor="a2"))
    assert contacts(workspace) == [{"u1", "a1", "a2"}]


def test_a_contact_known_by_its_address_gets_a_user_id_though_it_has_one(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", email="ada@firm.test"))
    send(said("2", user="u2", email="ada@firm.test"))
    assert contacts(workspace) == [{"u1", "u2", "ada@firm.test"}]


def test_a_contact_known_by_a_user_id_only_gets_the_address_given_on_its_device(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", visitor="a1"))
    send(said("2", visitor="a1", email="ada@firm.test"))
    assert contacts(workspace) == [{"u1", "a1", "ada@firm.test"}]


def test_another_user_id_on_the_device_is_another_person_who_has_the_device_from_then_on(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", visitor="a1"))
    send(said("2", user="u2", visitor="a1"))
    send(did("3", visitor="a1"))
    assert contacts(workspace) == [{"u1"}, {"u2", "a1"}]
    assert (did_by(workspace, "u1"), did_by(workspace, "u2")) == (["1"], ["2", "3"])


def test_another_address_on_the_device_is_another_person(workspace: Workspace, send: Send) -> None:
    send(said("1", visitor="a1", email="ada@firm.test"))
    send(said("2", visitor="a1", email="bea@firm.test"))
    assert contacts(workspace) == [{"ada@firm.test"}, {"bea@firm.test", "a1"}]


def test_an_anonymous_contact_is_merged_into_the_known_one(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1"))
    send(did("2", visitor="a1"), did("3", visitor="a1"))
    send(did("4", user="u1", visitor="a1"))
    assert contacts(workspace) == [{"u1", "a1"}]
    assert did_by(workspace, "u1") == ["1", "2", "3", "4"]


def test_a_shared_device_changes_hands_and_nothing_else_moves(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", visitor="a1", first_name="Ada"), did("2", visitor="a1"))
    send(said("3", user="u2", first_name="Bea"))
    send(did("4", user="u2", visitor="a1"))
    assert contacts(workspace) == [{"u1"}, {"u2", "a1"}]
    assert (did_by(workspace, "u1"), did_by(workspace, "u2")) == (["1", "2"], ["3", "4"])
    assert (traits(workspace, "u1"), traits(workspace, "u2")) == ({"first_name": "Ada"}, {"first_name": "Bea"})


def test_an_address_of_another_known_contact_stays_that_ones_and_the_trait_is_left_alone(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1", email="ada@firm.test"))
    send(said("2", user="u2", email="bea@firm.test"))
    send(said("3", user="u1", email="bea@firm.test", city="Oslo"))
    assert contacts(workspace) == [{"u1", "ada@firm.test"}, {"u2", "bea@firm.test"}]
    assert traits(workspace, "u1") == {"email": "ada@firm.test", "city": "Oslo"}
    assert did_by(workspace, "u1") == ["1", "3"]


def test_a_conflict_of_two_known_ones_still_merges_the_device_into_the_user_ids(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1"), said("2", user="u2", email="bea@firm.test"), did("3", visitor="a1"))
    send(said("4", user="u1", email="bea@firm.test", visitor="a1"))
    assert contacts(workspace) == [{"u1", "a1"}, {"u2", "bea@firm.test"}]


def test_the_user_id_goes_before_the_address_and_the_address_before_the_device(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1"), said("2", email="bea@firm.test"), said("3", user="u3", visitor="a1"))
    send(said("4", user="u1", email="bea@firm.test", visitor="a1"))
    send(said("5", email="bea@firm.test", visitor="a1"))
    assert (did_by(workspace, "u1"), did_by(workspace, "bea@firm.test"), did_by(workspace, "u3")) == (["1", "4"], ["2", "5"], ["3"])


def test_an_address_among_an_activitys_properties_identifies_nobody(workspace: Workspace, send: Send) -> None:
    send({**did("1", visitor="a1"), "properties": {"email": "ada@firm.test"}})
    assert contacts(workspace) == [{"a1"}]


# Traits by order.

T = timedelta(minutes=1)


def test_a_trait_is_the_latest_calls_whatever_the_order_of_arrival(workspace: Workspace, send: Send, now: datetime) -> None:
    send(said("2", user="u1", at=now - T, city="Oslo"))
    send(said("1", user="u1", at=now - 2 * T, city="Bergen", country="NO"))
    assert traits(workspace, "u1") == {"city": "Oslo", "country": "NO"}


def test_null_is_a_value_that_an_earlier_call_does_not_replace(workspace: Workspace, send: Send, now: datetime) -> None:
    send(said("2", user="u1", at=now - T, city=None))
    send(said("1", user="u1", at=now - 2 * T, city="Bergen"))
    assert traits(workspace, "u1") == {"city": None}


def test_a_browser_never_outranks_a_server(workspace: Workspace, send: Send, now: datetime) -> None:
    send(said("1", user="u1", at=now - 2 * T, city="Oslo"), source=SERVER)
    send(said("2", user="u1", at=now - T, city="Bergen"), source=BROWSER)
    assert traits(workspace, "u1") == {"city": "Oslo"}


def test_of_calls_at_the_same_instant_the_greater_message_id_counts_byte_by_byte(workspace: Workspace, send: Send, now: datetime) -> None:
    ids = ["Z", "a", "\uff5e", "\U0001f600"]  # UTF-16 would sort the last two the other way about, a locale the first two
    for order in (ids, ids[::-1]):
        user = f"u{order[0]}"
        send(*(said(f"{id}{user}", user=user, at=now - T, city=id) for id in order))
        assert traits(workspace, user) == {"city": "\U0001f600"}


def test_a_contact_was_made_by_the_earliest_call_that_names_it(workspace: Workspace, send: Send, now: datetime) -> None:
    send(did("2", user="u1", at=now - T))
    send(did("1", user="u1", at=now - 5 * T))
    send(did("3", user="u1"))
    assert of(workspace, "u1").created_at == now - 5 * T


def test_browsers_cannot_fill_a_contact_without_end_and_servers_are_not_kept_out(workspace: Workspace, send: Send) -> None:
    for batch in range(3):
        send({**said(f"b{batch}", user="u1"), "traits": {f"junk {batch} {number}": 1 for number in range(200)}}, source=BROWSER)
    send(said("s", user="u1", city="Oslo"), source=SERVER)
    assert len(traits(workspace, "u1")) == MOST_TRAITS
    assert traits(workspace, "u1")["city"] == "Oslo"


def test_of_more_traits_than_are_kept_the_latest_stay_whatever_came_first(workspace: Workspace, send: Send, now: datetime) -> None:
    for user, batches in (("u1", (0, 1, 2)), ("u2", (2, 0, 1))):
        for batch in batches:
            call = said(f"{user}-{batch}", user=user, at=now - (9 - batch) * T)
            send({**call, "traits": {f"t {batch} {number:03}": 1 for number in range(200)}}, source=BROWSER)
    assert traits(workspace, "u1").keys() == {f"t {batch} {number:03}" for batch in range(3) for number in range(200) if batch or number >= 100}
    assert traits(workspace, "u2") == traits(workspace, "u1")


# Merges.


def test_a_merge_makes_everything_the_survivors_and_the_old_id_leads_on(workspace: Workspace, send: Send, now: datetime) -> None:
    publish(workspace, {**DOCUMENT, "stages": [{"key": "cold", "name": "Cold", "threshold": 10, "notify": ["user:alice@example.com"]}]})
    view = {"type": "page", "anonymousId": "a1", "properties": {"url": "https://shop.test/pricing"}}
    send(said("1", user="u1", at=now - 2 * T, city="Oslo"))
    send({**view, "messageId": "2", "timestamp": (now - 9 * T).isoformat()}, {**view, "messageId": "3"})
    old, known = of(workspace, "a1"), of(workspace, "u1")
    send(said("4", visitor="a1", at=now - T, city="Bergen", country="NO"))
    send(said("5", user="u1", visitor="a1", at=now - 5 * T, country="SE"))
    assert contacts(workspace) == [{"u1", "a1"}]
    survivor = of(workspace, "u1")
    assert (survivor.id, survivor.created_at, survivor.traits) == (known.id, now - 9 * T, {"city": "Bergen", "country": "NO"})
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace, id=old.id).merged_into_id == known.id
        for kept in (Activity, Award, Score, StageChange, Standing, Message):
            assert set(kept.objects.filter(workspace=workspace).values_list("contact", flat=True)) == {known.id}, kept
        assert score_of(workspace, known.id).points == 10
        assert Award.objects.filter(workspace=workspace).count() == 2


def test_what_a_merged_visitor_does_next_is_the_survivors(workspace: Workspace, send: Send) -> None:
    send(did("1", visitor="a1"))
    first = of(workspace, "a1")
    send(said("2", user="u1"))
    send(did("3", user="u1", visitor="a1"))
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace, id=first.id).merged_into_id == of(workspace, "u1").id
    send(did("4", visitor="a1"))
    assert did_by(workspace, "u1") == ["1", "2", "3", "4"]


def test_one_batch_makes_and_merges_contacts_as_single_calls_do(workspace: Workspace, elsewhere: Workspace, send: Send) -> None:
    calls = [
        did("1", visitor="a1"), did("2", visitor="a2"), said("3", user="u1"), did("4", user="u1", visitor="a1"),
        did("5", visitor="a1"), said("6", user="u1", visitor="a2", city="Oslo"), did("7", visitor="a3"), said("8", user="u2", visitor="a2"),
    ]  # fmt: skip
    send(*calls)
    assert contacts(workspace) == [{"u1", "a1"}, {"a3"}, {"u2", "a2"}]
    together = sorted(map(sorted, contacts(workspace)))
    with workspace_scope(workspace.id):
        assert Contact.objects.filter(workspace=workspace).count() == 3
        Activity.objects.filter(workspace=workspace).delete()
        Contact.objects.filter(workspace=workspace).delete()
    for call in calls:
        send(call)
    assert sorted(map(sorted, contacts(workspace))) == together
    assert (did_by(workspace, "u1"), did_by(workspace, "a3"), did_by(workspace, "u2")) == (["1", "2", "3", "4", "5", "6"], ["7"], ["8"])


def test_a_batch_merges_a_stored_visitor_into_somebody_it_has_just_met(workspace: Workspace, send: Send) -> None:
    send(did("1", visitor="a1"))
    old = of(workspace, "a1")
    send(said("2", user="u1"), did("3", visitor="a1"), did("4", user="u1", visitor="a1"), did("5", visitor="a1"))
    assert contacts(workspace) == [{"u1", "a1"}]
    assert did_by(workspace, "u1") == ["1", "2", "3", "4", "5"]
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace, id=old.id).merged_into_id == of(workspace, "u1").id


def test_an_identifier_that_another_writer_has_claimed_is_not_taken_from_it(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1"), said("2", user="u2"))
    with workspace_scope(workspace.id), pytest.raises(IdentifiersMoved):
        save_identifiers(workspace.id, {("user_id", "u1"): of(workspace, "u2").id}, [of(workspace, "u2").id])
    assert contacts(workspace) == [{"u1"}, {"u2"}]


def test_a_contact_is_found_by_any_of_a_hundred_thousand_identifiers(workspace: Workspace, send: Send) -> None:
    send(said("1", user="u1"))
    with workspace_scope(workspace.id), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_identifier (workspace_id, kind, value, contact_id)
               SELECT %s, 'anonymous_id', 'v' || n, %s FROM generate_series(1, 100000) n""",
            [workspace.id, of(workspace, "u1").id],
        )
    send(did("2", visitor="v77777"))
    assert did_by(workspace, "u1") == ["1", "2"]


# Companies.


def test_a_companys_traits_follow_the_order_of_calls(workspace: Workspace, send: Send, now: datetime) -> None:
    send(belongs("2", "g1", user="u1", at=now - T, name="Acme", size=5))
    send(belongs("1", "g1", user="u2", at=now - 2 * T, name="Old Acme", city="Oslo"))
    with workspace_scope(workspace.id):
        company = Company.objects.get(workspace=workspace)
        assert (company.traits, company.name) == ({"name": "Acme", "size": 5, "city": "Oslo"}, "Acme")


def test_a_contact_is_with_the_company_of_its_latest_group_call(workspace: Workspace, send: Send, now: datetime) -> None:
    send(belongs("2", "g2", user="u1", at=now - T))
    send(belongs("1", "g1", user="u1", at=now - 2 * T), belongs("3", "g3", user="u2", at=now))
    with workspace_scope(workspace.id):
        found = Contact.objects.filter(workspace=workspace, identifiers__kind="user_id").values_list("identifiers__value", "company__group_id")
        assert dict(found) == {"u1": "g2", "u2": "g3"}


def test_a_company_that_changes_all_the_time_keeps_no_other_waiting(workspace: Workspace, send: Send) -> None:
    def waiting() -> set[str | None]:
        with workspace_scope(workspace.id):
            return set(Company.objects.filter(workspace=workspace, rescored_to__isnull=False).values_list("group_id", flat=True))

    send(*(belongs(f"{group}{user}", group, user=f"{group}{user}") for group in ("0", "a", "b") for user in (1, 2)))
    send(*(belongs(f"{group}3", group, user=f"{group}2", seats=0) for group in ("0", "a", "b")))
    seen = [waiting()]
    for turn in range(1, 4):
        assert apply_company_changes(workspace.id) is True
        send(belongs(f"0{turn}4", "0", user="02", seats=turn))
        seen.append(waiting())
    assert seen == [{"0", "a", "b"}, {"0", "a", "b"}, {"0", "b"}, {"0"}]


def test_a_companys_change_is_applied_to_its_other_contacts_by_a_job(workspace: Workspace, send: Send) -> None:
    software = {"all": [{"field": "company.industry", "op": "is", "value": "Software"}]}
    rule = {"key": "software", "name": "Software", "when": "profile", "points": 30, "conditions": software}
    publish(workspace, {**DOCUMENT, "rules": [rule], "stages": [{"key": "cold", "name": "Cold", "threshold": 10}]})
    send(belongs("1", "g1", user="u1"), belongs("2", "g1", user="u2"))
    assert apply_company_changes(workspace.id) is False
    send(belongs("3", "g1", user="u2", industry="Software"))
    users = [of(workspace, user).id for user in ("u1", "u2")]
    with workspace_scope(workspace.id):
        assert [score_of(workspace, user).points for user in users] == [0, 30]
    assert apply_company_changes(workspace.id) is True
    assert apply_company_changes(workspace.id) is False
    with workspace_scope(workspace.id):
        assert [score_of(workspace, user).points for user in users] == [30, 30]
        changes = StageChange.objects.filter(workspace=workspace).order_by("id").values_list("contact", "stage", "cause")
        assert list(changes) == [(users[1], "cold", "profile"), (users[0], "cold", "profile")]
