"""Erasing a contact reaches the calls that name it and are no activities: those that wait, were set aside, or are shown in the stream."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg2
import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier
from tests.racing import in_a_thread
from tests.tracking.test_draining import lay
from tracking import rejects
from tracking.draining import drain
from tracking.erasing import erase
from tracking.models import Inbox, Recent, Rejected

pytestmark = pytest.mark.django_db(transaction=True)

HERS = {"type": "identify", "userId": "zelda", "anonymousId": "device", "traits": {"email": "zelda@firm.test"}, "messageId": "hers"}


@pytest.fixture
def zelda(workspace, post):
    """Known by three names, and somebody else beside her."""
    post("batch", {"batch": [HERS]})
    post("batch", {"batch": [{"type": "track", "userId": "other", "event": "Seen", "messageId": "others"}]})
    drain(workspace.id)
    with workspace_scope(workspace.id):
        return Contact.objects.get(email="zelda@firm.test").id


def track(**more):
    return {"type": "track", "event": "Seen", **more}


def erased(workspace, contact_id):
    with workspace_scope(workspace.id):
        erase(workspace, contact_id, by=None)


def waiting(stored):
    return [name for _, name in stored.calls()]


def bodies(workspace, model):
    with workspace_scope(workspace.id):
        return b" ".join(bytes(row.body) for row in model.objects.all())


def known_by(workspace):
    with workspace_scope(workspace.id):
        return sorted(Identifier.objects.values_list("value", flat=True))


@pytest.mark.parametrize(
    "named",
    [
        {"userId": "zelda"},
        {"userId": " zelda "},
        {"anonymousId": "device"},
        {"userId": "other", "anonymousId": "device"},
        {"type": "identify", "userId": "new", "traits": {"email": " ZELDA@firm.test"}},
        {"type": "identify", "userId": "new", "context": {"traits": {"email": "zelda@firm.test"}}},
        {"type": "alias", "userId": "new", "previousId": "zelda"},
        {"type": "alias", "userId": "new", "previousId": "device"},
    ],
)
def test_a_call_that_waits_and_names_it_is_gone(workspace, post, stored, zelda, named):
    others = [track(userId="other", event=name) for name in ("Before", "After")]
    post("batch", {"context": {"ip": "1.2.3.4"}, "batch": [others[0], track(**named), others[1]]})
    erased(workspace, zelda)
    assert waiting(stored) == ["Before", "After"]
    drain(workspace.id)
    assert known_by(workspace) == ["other"]


def test_a_call_that_waits_and_cannot_be_read_goes_alone(workspace, stored, zelda, now):
    lay(workspace, now, b'{"batch":[{"type":"nonsense","userId":"zelda"},{"type":"page","userId":"other"},{"userId":"other"}]}')
    erased(workspace, zelda)
    assert bodies(workspace, Inbox) == b'{"batch":[{"type":"page","userId":"other"},{"userId":"other"}]}'


@pytest.mark.parametrize("raw", [b'{"userId": "\\u007aelda", "event": "Seen"}', b'{"userId": "zelda", "event": "Gr\xc3\xbc\xc3\x9fe"}'])
def test_however_its_name_is_written(workspace, post, stored, zelda, raw):
    post("track", raw)
    erased(workspace, zelda)
    assert stored.calls() == []


def test_a_number_is_found_in_every_notation(workspace, post, stored):
    post("track", b'{"userId": 42, "event": "Seen"}')
    drain(workspace.id)
    with workspace_scope(workspace.id):
        contact_id = Identifier.objects.get(value="42").contact_id
    for raw in (b"4.2e1", b'"42"', b"43"):
        post("track", b'{"userId": %s, "event": "Seen"}' % raw)
    erased(workspace, contact_id)
    drain(workspace.id)
    assert known_by(workspace) == ["43"]


@pytest.mark.parametrize(
    "named", [{"userId": "zelda2"}, {"userId": "device"}, {"anonymousId": "zelda"}, {"userId": "other", "properties": {"id": "zelda"}}]
)
def test_calls_that_do_not_name_it_stay(workspace, post, stored, zelda, named):
    post("batch", {"batch": [track(**named)]})
    erased(workspace, zelda)
    assert waiting(stored) == ["Seen"]


def test_what_waited_does_not_come_back_by_its_message_id_and_what_comes_later_is_somebody_new(workspace, post, zelda):
    post("batch", {"batch": [track(userId="zelda", messageId="waited")]})
    erased(workspace, zelda)
    post("batch", {"batch": [track(userId="zelda", messageId="waited")]})
    drain(workspace.id)
    assert known_by(workspace) == ["other"]
    post("batch", {"batch": [track(userId="zelda", messageId="later")]})
    drain(workspace.id)
    assert known_by(workspace) == ["other", "zelda"]
    with workspace_scope(workspace.id):
        assert Contact.objects.get(identifiers__value="zelda").id != zelda


def test_calls_set_aside_are_gone_and_others_stay(workspace, post, zelda, now):
    post("batch", {"batch": [{"type": "track", "userId": "zelda"}, {"type": "track", "anonymousId": "device"}, {"type": "track", "userId": "other"}]})
    with workspace_scope(workspace.id):
        for body in (b'\xff {"userId": "zelda"', b'{"batch": [{"type": "nothing", "userId": "zelda"}]}', b'\xff {"userId": "zelda2"'):
            Rejected.objects.create(workspace=workspace, received_at=now, source=0, code="not_processed", body=body)
    erased(workspace, zelda)
    with workspace_scope(workspace.id):
        assert [bytes(row.body) for row in Rejected.objects.order_by("id")] == [b'{"type": "track", "userId": "other"}', b'\xff {"userId": "zelda2"']


def test_one_that_its_batch_names_is_gone_as_well(workspace, post, zelda):
    post("batch", {"context": {"traits": {"email": "zelda@firm.test"}}, "batch": [{"type": "track", "userId": "other"}]})
    erased(workspace, zelda)
    with workspace_scope(workspace.id):
        assert Rejected.objects.count() == 0


def test_a_repeated_call_does_not_bring_it_back(workspace, alice, zelda, now):
    with workspace_scope(workspace.id):
        row = Rejected.objects.create(
            workspace=workspace, received_at=now, source=0, code="not_processed", body=json.dumps(track(userId="zelda")).encode()
        )
        rejects.repeat(workspace, row.id, by=alice)
    erased(workspace, zelda)
    drain(workspace.id)
    assert known_by(workspace) == ["other"]


def test_the_stream_shows_nothing_of_it(workspace, post, zelda):
    assert b"zelda" in bodies(workspace, Recent)
    erased(workspace, zelda)
    assert b"zelda" not in bodies(workspace, Recent)
    assert b"other" in bodies(workspace, Recent)


def test_the_stream_forgets_calls_by_names_that_are_anothers_now(workspace, post, zelda):
    post("batch", {"batch": [track(anonymousId="device", messageId="on her device")]})
    drain(workspace.id)
    post("batch", {"batch": [track(userId="other", anonymousId="device")]})
    drain(workspace.id)
    assert "device" in known_by(workspace)
    erased(workspace, zelda)
    assert b"on her device" not in bodies(workspace, Recent)


def test_another_workspaces_calls_stay(workspace, elsewhere, zelda, now):
    body = json.dumps({"batch": [track(userId="zelda", messageId="theirs")]}).encode()
    with workspace_scope(elsewhere.id):
        Inbox.objects.create(workspace=elsewhere, received_at=now, source=0, calls=1, body=body)
        Rejected.objects.create(workspace=elsewhere, received_at=now, source=0, code="x", body=body)
    erased(workspace, zelda)
    with workspace_scope(elsewhere.id):
        assert (Inbox.objects.count(), Rejected.objects.count()) == (1, 1)


def test_the_page_and_the_api_erase_them(client, alice, workspace, post, stored, zelda):
    post("batch", {"batch": [track(userId="zelda")]})
    client.force_login(alice)
    client.post(reverse("contacts:erase", args=[workspace.slug, zelda]), {"typed": "zelda@firm.test"})
    assert stored.calls() == []
    drain(workspace.id)
    assert known_by(workspace) == ["other"]


def test_it_waits_for_a_drain_and_then_finds_what_that_made(workspace: Workspace, post, zelda):
    """A drain that has read the inbox already must not write the contact's call after the erasure."""
    post("batch", {"batch": [track(userId="zelda", messageId="in flight")]})
    begun = Event()

    def erase_beside():
        begun.set()
        erased(workspace, zelda)

    holder = psycopg2.connect(settings.DATABASE_OWNER_URL)
    with ThreadPoolExecutor(1) as threads, holder.cursor() as cursor:
        cursor.execute("SELECT 1 FROM tracking_work WHERE workspace_id = %s FOR UPDATE", [workspace.id])
        erasing = in_a_thread(threads, erase_beside)
        begun.wait()
        assert drain(workspace.id).calls == 0
        holder.rollback()
        erasing.result(timeout=20)
    holder.close()
    drain(workspace.id)
    with workspace_scope(workspace.id):
        assert list(Activity.objects.filter(message_id="in flight").values_list("erased", "contact")) == [(True, None)]
        with pytest.raises(Contact.DoesNotExist):
            Contact.objects.get(id=zelda)
    assert known_by(workspace) == ["other"]
