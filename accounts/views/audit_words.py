"""The audit log in words: what a deed was, with the names of what it was done to, and links where that is still there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import AuditEntry, Team, User, Workspace
from contacts.calling import call
from contacts.models import Contact, Import
from scoring.models import ScoringType

# What was done, with {} for what it was done to. A deed that is not here is told by the words of its action.
DEEDS = {
    "workspace.created": "made the workspace {}",
    "workspace.changed": "changed the workspace {}",
    "member.role_changed": "changed the role of {}",
    "member.removed": "took {} out of the workspace",
    "invitation.sent": "invited {}",
    "invitation.accepted": "accepted the invitation of {}",
    "invitation.revoked": "revoked the invitation of {}",
    "team.created": "made the team {}",
    "team.renamed": "renamed the team {}",
    "team.members_changed": "changed who is in the team {}",
    "team.deleted": "deleted the team {}",
    "key.created": "made the key {}",
    "key.changed": "changed the key {}",
    "key.revoked": "revoked the key {}",
    "contact.edited": "edited {}",
    "contact.owned": "changed the owner of {}",
    "contact.adjusted": "changed the points of {} by hand",
    "contact.merged": "merged {} into another contact",
    "contact.unmerged": "took {} out of another contact again",
    "contact.erased": "erased {}",
    "activity.marked": "said that the activity {} was a bot’s",
    "activity.unmarked": "said that the activity {} was a person’s",
    "activity.left_to_rules": "took back what was said of the activity {}",
    "scanner_rule.changed": "changed what is taken for {}",
    "duplicate.dismissed": "said that {} are not the same",
    "import.uploaded": "uploaded the file {}",
    "import.begun": "began to import the file {}",
    "import.done": "imported the file {}",
    "import.discarded": "discarded the file {}",
    "message.retried": "sent {} again",
    "address.added": "added the outside address {}",
    "address.asked": "asked {} to be told by mail",
    "address.confirmed": "had it confirmed by {} that mail may come",
    "address.declined": "was told by {} that no mail may come",
    "address.removed": "removed the outside address {}",
    "scoring_type.created": "made the scoring type {}",
    "scoring_type.edited": "edited the draft of {}",
    "scoring_type.edit_undone": "took back the last edit of the draft of {}",
    "scoring_type.edit_redone": "made the last edit of the draft of {} again",
    "scoring_type.version_restored": "made an earlier version the draft of {}",
    "scoring_type.published": "published {}",
    "scoring_type.cancelled": "cancelled the publishing of {}",
    "scoring_type.archived": "archived the scoring type {}",
    "scoring_type.restored": "restored the scoring type {}",
    "rejected_call.repeated": "sent the rejected call {} in again",
    "rejected_call.dropped": "dropped the rejected call {}",
    "rejected_calls.dropped": "dropped the rejected calls {}",
}
UNSAID = {"key", "import", "prefix"}  # they name what the sentence names or links to
OF_CONTACTS = {"into", "from"}


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as a sentence: what comes before the thing, the thing with its address ("" without one), what comes after; and the rest."""

    entry: AuditEntry
    before: str
    thing: str
    url: str
    after: str
    details: Sequence[tuple[str, str]]


class Teller:
    """Tells the entries of one page; what they name is read once for all of them."""

    def __init__(self, workspace: Workspace, entries: Sequence[AuditEntry]) -> None:
        self.slug = workspace.slug
        contacts = {number for entry in entries for number in _contacts_of(entry)}
        owners = {entry.data.get("owner") for entry in entries if entry.action == "contact.owned"}
        self.contacts = Contact.objects.filter(workspace=workspace).in_bulk(contacts)
        call(workspace.id, self.contacts.values())
        self.people = {person.id: str(person) for person in User.objects.filter(memberships__workspace=workspace, id__in=owners - {None})}
        self.types = dict(ScoringType.objects.filter(workspace=workspace).values_list("key", "name"))
        self.teams = set(Team.objects.filter(workspace=workspace).values_list("key", flat=True))
        imports = {entry.data["import"] for entry in entries if "import" in entry.data}
        self.imports = set(Import.objects.filter(workspace=workspace, id__in=imports).values_list("id", flat=True))

    def tell(self, entry: AuditEntry) -> Told:
        """One entry."""
        thing, url = self._thing(entry)
        before, _, after = DEEDS.get(entry.action, entry.action.replace("_", " ").replace(".", " ") + ": {}").partition("{}")
        return Told(entry, before, thing, url, after, list(self._details(entry)))

    def _thing(self, entry: AuditEntry) -> tuple[str, str]:
        kind, data = entry.action.partition(".")[0], entry.data
        if kind == "contact":
            return self._contact(int(entry.target))
        if kind == "duplicate":
            return " and ".join(self._contact(int(number))[0] for number in entry.target.split(" and ")), ""
        if kind == "scoring_type":
            key, _, version = (data.get("key") or entry.target).partition(" version ")
            name = f"{self.types.get(key, key)}, version {version}" if version else entry.target
            return name, self._url("scoring:edit", key) if key in self.types else ""
        if kind == "team":
            return entry.target, self._url("accounts:team", data["key"]) if data.get("key") in self.teams else ""
        if kind == "import":
            return entry.target, self._url("contacts:import", data["import"]) if data.get("import") in self.imports else ""
        return entry.target, ""

    def _contact(self, number: int) -> tuple[str, str]:
        contact = self.contacts.get(number)
        return (str(contact), self._url("contacts:profile", number)) if contact else (f"contact {number}", "")

    def _url(self, name: str, *parts: object) -> str:
        return reverse(name, args=[self.slug, *parts])

    def _details(self, entry: AuditEntry) -> Iterator[tuple[str, str]]:
        for name, value in entry.data.items():
            if name not in UNSAID and (words := self._words(entry, name, value)) != "":
                yield name.replace("_", " "), words

    def _words(self, entry: AuditEntry, name: str, value: object) -> str:
        if isinstance(value, dict) and value.keys() == {"from", "to"}:
            return f"{_plain(value['from'])} → {_plain(value['to'])}"
        if entry.action == "contact.owned" and name == "owner":
            return self.people.get(value, "a former member") if isinstance(value, int) else "nobody"
        if entry.action.startswith("contact.") and name in OF_CONTACTS and isinstance(value, int):
            return self._contact(value)[0]
        if name == "scoring_type":
            return self.types.get(str(value), str(value))
        return _plain(value)


def _contacts_of(entry: AuditEntry) -> Iterator[int]:
    if entry.action.startswith(("contact.", "duplicate.")):
        yield from map(int, entry.target.split(" and "))
        yield from (entry.data[name] for name in OF_CONTACTS & entry.data.keys())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
