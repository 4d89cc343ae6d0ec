"""Erasing a contact and everything that was kept about it."""

from __future__ import annotations

from accounts import audit
from accounts.audit import By
from accounts.models import Workspace
from contacts import cataloguing, imports, marking, people
from contacts.identity import Name, identifiers
from contacts.models import Contact
from leadscore.sql import fetch, run
from notifications import summaries
from scoring.versions import active, hold_models

KEPT_OF_A_CONTACT = (
    "scoring_award", "scoring_score", "scoring_standing", "scoring_stagechange", "scoring_adjustment", "contacts_identifier", "contacts_lastseen",
)  # fmt: skip


def erase(workspace: Workspace, contact_id: int, *, by: By) -> set[Name]:
    """Deletes the contact, those merged into it, and all that refers to them. Call it inside the workspace's scope.

    Of its activities the message_ids stay, so that a call that comes again does not bring the contact back. Calls that have not become
    activities name it as well: `tracking.erasing` erases these with it.

    Returns:
        The identifiers it had.

    Raises:
        Contact.DoesNotExist: there is none, or it was merged into another, with which it is erased.
    """
    hold_models(workspace.id)  # nobody gives it an identifier between the look into files, whose locks come before its own, and its end
    active(workspace.id)  # its locks come first, as in every writer
    names = identifiers(workspace.id, contact_id)
    imports.forget(workspace.id, names)
    if contact_id not in people.lock(workspace.id, [contact_id]):
        raise Contact.DoesNotExist
    all_ids = [contact_id, *_merged_into(workspace.id, contact_id)]  # a long merge may not have moved yet what the other one did
    for id in all_ids:
        marking.forget(workspace.id, id)
    run(
        """UPDATE contacts_activity SET contact_id = NULL, erased = true, name = '', properties = '{}', context = '{}', bot = ''
           WHERE workspace_id = %s AND contact_id = ANY(%s)""",
        [workspace.id, all_ids],
    )
    for table in KEPT_OF_A_CONTACT:
        run(f"DELETE FROM {table} WHERE workspace_id = %s AND contact_id = ANY(%s)", [workspace.id, all_ids])
    run(
        """DELETE FROM notifications_attempt a USING notifications_message m
           WHERE a.workspace_id = %s AND m.workspace_id = a.workspace_id AND m.id = a.message_id AND m.contact_id = %s""",
        [workspace.id, contact_id],
    )
    summaries.forget(workspace.id, contact_id)
    run("DELETE FROM notifications_message WHERE workspace_id = %s AND contact_id = %s", [workspace.id, contact_id])
    run("DELETE FROM contacts_contact WHERE workspace_id = %s AND merged_into_id = %s", [workspace.id, contact_id])
    run("DELETE FROM contacts_contact WHERE workspace_id = %s AND id = %s", [workspace.id, contact_id])
    cataloguing.forget_examples(workspace.id)
    audit.record(workspace.id, "contact.erased", contact_id, by)
    return names


def _merged_into(workspace_id: int, contact_id: int) -> list[int]:
    rows = fetch("SELECT id FROM contacts_contact WHERE workspace_id = %s AND merged_into_id = %s", [workspace_id, contact_id])
    return [id for (id,) in rows]
