"""The catalogue follows what was stored: each activity counts once, floods drive out themselves, and the erased leave nothing."""

from __future__ import annotations

from uuid import uuid4

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scope import workspace_scope
from contacts import catalogue, cataloguing, seen_names
from contacts.models import CatalogueEntry, Contact
from leadscore.sql import fetch
from tests.scoring.conftest import accept, send
from tracking.draining import drain
from tracking.erasing import erase

__all__ = ["send"]

pytestmark = pytest.mark.django_db(transaction=True)


def track(event="Seen", user="u1", **properties):
    return {"type": "track", "userId": user, "event": event, "properties": properties, "messageId": uuid4().hex}


def read_all():
    """Two runs: the first finds out up to where all is there, the second reads it."""
    cataloguing.read_on()
    cataloguing.read_on()


def newest():
    ((id, *_),) = fetch("SELECT * FROM newest_activity()")
    return id


def counts(workspace, side="event"):
    with workspace_scope(workspace.id):
        rows = CatalogueEntry.objects.filter(side=side).order_by("event", "path")
        return {row.path if side != "event" else row.event: row.seen for row in rows}


def shown(workspace, path):
    with workspace_scope(workspace.id):
        return CatalogueEntry.objects.get(path=path).examples


def test_every_activity_counts_once_however_often_it_is_read(workspace, send):
    send(track(plan="pro"))
    send(track("Bought"))
    read_all()
    read_all()
    cataloguing.read(workspace.id, 0, newest())
    send(track())
    read_all()
    assert (counts(workspace), counts(workspace, "property")) == ({"Bought": 1, "Seen": 2}, {"plan": 1})


def test_traits_of_contacts_and_companies(workspace, send):
    send({"type": "identify", "userId": "u1", "traits": {"firstName": "Ada", "shoes": {"size": 43}}})
    send({"type": "group", "userId": "u1", "groupId": "g", "traits": {"industry": "Software"}})
    read_all()
    assert (counts(workspace, "contact"), counts(workspace, "company")) == ({"first_name": 1, "shoes.size": 1}, {"industry": 1})
    with workspace_scope(workspace.id):
        assert catalogue.fields(workspace.id, ["contact", "company"], 10) == ["company.industry", "contact.first_name", "contact.shoes.size"]


def test_what_a_slow_transaction_stores_late_is_not_passed_over(workspace, send):
    """Its id is lesser than that of an activity that was there before it."""
    send(track("Early"))
    with psycopg2.connect(settings.DATABASE_OWNER_URL) as slow, slow.cursor() as cursor:
        cursor.execute("SET LOCAL app.workspace = %s", [str(workspace.id)])
        cursor.execute(
            """INSERT INTO contacts_activity (workspace_id, contact_id, kind, name, occurred_at, received_at, message_id, source, properties,
                                              context, bot, erased)
               SELECT workspace_id, contact_id, kind, 'Late', occurred_at, received_at, 'late', source, '{}', '{}', '', false
               FROM contacts_activity"""
        )
        send(track("Next"))
        read_all()
        read_all()
        assert counts(workspace) == {}
    read_all()
    read_all()
    assert counts(workspace) == {"Early": 1, "Late": 1, "Next": 1}


def test_each_workspace_has_its_own(workspace, elsewhere, send, now):
    send(track("Ours"))
    accept(elsewhere, [track("Theirs")], now)
    drain(elsewhere.id)
    read_all()
    assert (counts(workspace), counts(elsewhere)) == ({"Ours": 1}, {"Theirs": 1})


def test_in_a_restored_database_it_goes_on(workspace, send, owner_connection):
    send(track())
    read_all()
    with owner_connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_catalogueprogress SET ahead = upto + 5, ahead_of = 1000000000000")
    send(track())
    for _ in range(3):
        cataloguing.read_on()
    assert counts(workspace) == {"Seen": 2}


def test_a_flood_of_names_drives_out_itself(workspace, send, monkeypatch):
    monkeypatch.setitem(seen_names.MOST, "event", 3)
    for _ in range(2):
        send(track("Often"))
    read_all()
    for place in range(8):
        send(track(f"Made up {place}", extra=place))
        read_all()
    assert sorted(counts(workspace)) == ["Made up 6", "Made up 7", "Often"]
    assert len(counts(workspace, "property")) == 1
    with workspace_scope(workspace.id):
        assert sorted(CatalogueEntry.objects.filter(side="property").values_list("event", flat=True)) == ["Made up 6", "Made up 7"]


def test_properties_of_one_event_are_bounded(workspace, send, monkeypatch):
    monkeypatch.setattr(cataloguing, "MOST_OF_AN_EVENT", 5)
    send(track(**{f"p{place}": 1 for place in range(50)}))
    read_all()
    assert len(counts(workspace, "property")) == 5


def test_hostile_names_are_stored_as_they_are_or_not_at_all(workspace, send):
    send(track("'; DROP TABLE x; --", **{"%s": 1, "a'b": 1, "{0}": 1, "\\": 1}))
    read_all()
    assert (counts(workspace), sorted(counts(workspace, "property"))) == ({"'; DROP TABLE x; --": 1}, ["%s", "\\", "a'b", "{0}"])


def test_examples_are_what_several_had_and_are_gone_with_the_erased(workspace, send):
    for user in ("u1", "u2", "u3"):
        send(track(user=user, plan="pro", nickname=f"nick of {user}"))
    read_all()
    assert (shown(workspace, "plan"), shown(workspace, "nickname")) == (["pro"], [])
    with workspace_scope(workspace.id):
        erase(workspace, Contact.objects.get(identifiers__value="u1").id, by=None)
    assert shown(workspace, "plan") == []
    send(track(user="u2"))
    read_all()
    assert shown(workspace, "plan") == []
    send(track(user="u4", plan="pro"))
    read_all()
    assert (shown(workspace, "plan"), counts(workspace)) == (["pro"], {"Seen": 5})


@pytest.mark.parametrize("calls", [1, 30])
def test_the_statements_of_a_range_do_not_depend_on_its_size(workspace, now, calls):
    accept(workspace, [track(f"E{place}", user=f"u{place}", a=place) for place in range(calls)], now)
    drain(workspace.id)
    with CaptureQueriesContext(connection) as queries:
        cataloguing.read(workspace.id, 0, 10**9)
    assert len(queries) == 13
