"""The messageIds that imports make: nobody else can know them, so nobody can use them first."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Source
from leadscore.exact_json import dumps
from tests.scoring.conftest import Send, send
from tests.scoring.importing import ACTIVITIES, csv_of, put_in

__all__ = ["send"]
pytestmark = pytest.mark.django_db

HEADERS = ("id", "mail", "role", "firm", "firm name")
ADA = ("u1", "Ada@Firm.test", "CTO", "f1", "Firm")
BEA = ("u2", "bea@firm.test", "", "f1", "Firm")


def squatted(found: list[str]) -> list[dict[str, Any]]:
    return [{"type": "track", "event": "Squat", "anonymousId": "mallory", "messageId": id} for id in found]


def test_no_browser_can_use_the_message_ids_of_an_import_before_it_does(workspace: Workspace, alice: User, send: Send) -> None:
    """It may know how they are made, the file, and what other workspaces' imports of the same file have."""
    numbers = [f"import-1-{number:09}-{kind}" for number in range(2, 5) for kind in ("identify", "group")]
    content = dumps([[("email", "ada@firm.test")], "Fair visited", "2026-11-01T10:00:00+00:00", {}])
    send(*squatted([*numbers, f"import-{hashlib.sha256(content.encode()).hexdigest()[:40]}"]), source=Source.BROWSER)
    _, found = put_in(workspace, csv_of(HEADERS, ADA, BEA), alice)
    assert found == {"new": 2}
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace, email="ada@firm.test").traits == {"email": "ada@firm.test", "job_title": "CTO"}
    raw = csv_of(("mail", "what", "when"), ("ada@firm.test", "Fair visited", "2026-11-01 10:00"))
    assert put_in(workspace, raw, alice, ACTIVITIES, "activities")[1] == {"new": 1}


def test_the_message_ids_of_a_file_are_each_workspaces_own(workspace: Workspace, elsewhere: Workspace, alice: User) -> None:
    def ids(of: Workspace) -> set[str]:
        put_in(of, csv_of(HEADERS, ADA), alice)
        put_in(of, csv_of(("mail", "what", "when"), ("ada@firm.test", "Fair visited", "2026-11-01 10:00")), alice, ACTIVITIES, "activities")
        with workspace_scope(of.id):
            return set(Activity.objects.filter(workspace=of).values_list("message_id", flat=True))

    assert [len(ids(workspace)), len(ids(elsewhere)), ids(workspace) & ids(elsewhere)] == [3, 3, set()]


def test_a_row_whose_message_id_a_browser_used_first_is_counted_as_unchanged(workspace: Workspace, alice: User, send: Send) -> None:
    """A messageId of the file's own may be known to others: the first call with it counts, and the row is not said to be new."""
    send(*squatted(["ticket-1"]), source=Source.BROWSER)
    raw = csv_of(("mail", "what", "when", "mid"), *((f"{who}@firm.test", "Met", "2026-11-01", f"ticket-{who}") for who in (1, 2)))
    assert put_in(workspace, raw, alice, ACTIVITIES, "activities")[1] == {"new": 1, "unchanged": 1, "new_contacts": 1}
