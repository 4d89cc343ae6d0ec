"""What a known contact is called that has neither a name nor an e-mail address: by its userId, or else an address it was found by."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from contacts.models import Contact
from leadscore.sql import fetch

# The first userId it got; "user_id" sorts after "email". `c` is the contact's row; '' for one with a name, an address, or neither identifier.
CALLED_BY = """CASE WHEN c.name = '' AND c.email = '' AND (c.has_user_id OR c.has_email) THEN coalesce((
    SELECT i.value FROM contacts_identifier i
    WHERE i.workspace_id = c.workspace_id AND i.contact_id = c.id AND i.kind IN ('user_id', 'email')
    ORDER BY i.kind DESC, i.id LIMIT 1), '') ELSE '' END"""


def called_by(workspace_id: int, contact_ids: Collection[int]) -> dict[int, str]:
    """What each of these contacts is called; "" for whoever has a name or an address, and for anonymous visitors. No query for none."""
    if not contact_ids:
        return {}
    rows = fetch(
        f"SELECT c.id, {CALLED_BY} FROM contacts_contact c WHERE c.workspace_id = %s AND c.id = ANY(%s)", [workspace_id, sorted(contact_ids)]
    )
    return dict(rows)


def call(workspace_id: int, contacts: Iterable[Contact]) -> None:
    """Tells contacts that are about to be listed what they are called, in one query, and none where all have a name or an address."""
    nameless = [contact for contact in contacts if not contact.name and not contact.email]
    called = called_by(workspace_id, {contact.id for contact in nameless})
    for contact in nameless:
        contact.called_by = called.get(contact.id, "")
