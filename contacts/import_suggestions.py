"""What the columns of a file probably are, from their names and first cells. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contacts.csv_cells import trimmed
from contacts.header_words import english
from contacts.import_mapping import MOST_NAME, Column
from contacts.trait_names import BUILT_IN
from contacts.values import instant_of

CUSTOMARY = ("first_name", "last_name", "phone", "job_title", "country", "city", "company", "name")
CUSTOMARY_COMPANY = ("name", "domain", "industry", "employees", "revenue", "country")
USUAL_MISSING = ("select", "n/a", "na", "null", "none", "-", "unknown", "#n/a")

_IDENTIFIERS = {
    "user_id": "user_id", "userid": "user_id", "id": "user_id", "customer_id": "user_id", "external_id": "user_id", "contact_id": "user_id",
    "lead_id": "user_id", "prospect_id": "user_id", "email": "email", "e_mail": "email", "mail": "email", "email_address": "email",
    "e_mail_address": "email", "anonymous_id": "anonymous_id", "anonymousid": "anonymous_id",
}  # fmt: skip
_TRAITS = {
    "firstname": "first_name", "given_name": "first_name", "forename": "first_name", "lastname": "last_name", "surname": "last_name",
    "family_name": "last_name", "telephone": "phone", "phone_number": "phone", "mobile": "phone", "jobtitle": "job_title", "title": "job_title",
    "position": "job_title", "town": "city", "full_name": "name", "company_name": "company", "organisation": "company", "organization": "company",
}  # fmt: skip
_COMPANY_IDS = frozenset({"company_id", "group_id", "groupid", "account_id", "organisation_id", "organization_id"})
_OF_COMPANY = {"company": "name", "company_name": "name", "organisation": "name", "organization": "name", "account_name": "name",
               "company_domain": "domain", "domain": "domain", "website": "domain", "industry": "industry", "employees": "employees",
               "number_of_employees": "employees", "company_size": "employees", "revenue": "revenue", "annual_revenue": "revenue"}  # fmt: skip
_EVENTS = {
    "event": "event", "event_name": "event", "activity": "event", "occurred_at": "occurred_at", "timestamp": "occurred_at", "date": "occurred_at",
    "time": "occurred_at", "created_at": "occurred_at", "message_id": "message_id", "messageid": "message_id",
}  # fmt: skip
# Columns of our own exports that say what leadscore worked out, or how an import went.
_OURS = frozenset({"leadscore_id", "leadscore_name", "leadscore_owner", "leadscore_last_seen", "leadscore_row", "leadscore_result",
                   "leadscore_reason"})  # fmt: skip

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_BOOLEAN = frozenset({"true", "false", "yes", "no"})


def snake(header: str) -> str:
    """A name as traits have it: `How did you hear?` → `how_did_you_hear`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
    return re.sub(r"\W+", "_", spaced.lower()).strip("_")[:MOST_NAME]


def suggest(kind: str, headers: Sequence[str], samples: Sequence[Sequence[str]]) -> list[Column]:
    """What each column probably is; what is used once goes to the first that fits.

    Args:
        samples: the first rows' cells.
    """
    names = [english(snake(header)) for header in headers]
    has_company = any(_names_company(header, name) for header, name in zip(headers, names, strict=True))
    taken: set[tuple[str, str]] = set()
    found = []
    for place, (header, name) in enumerate(zip(headers, names, strict=True)):
        wanted = _of_contacts(header, name, has_company) if kind == "contacts" else _of_activities(header, name)
        column = next((one for one in (wanted, _own(kind, name)) if (one.to, one.name) not in taken), Column())
        taken |= {(column.to, column.name)} if column.to != "ignore" else set()
        kept_as_text = "." in header or column.to in ("user_id", "email", "anonymous_id", "company_id") or column.name in ("phone", "name")
        found.append(column if kept_as_text else Column(column.to, column.name, kind_of([row[place] for row in samples])))
    return found


def _names_company(header: str, name: str) -> bool:
    """Whether a column says which company it is: by an id or, where there is none, by its name."""
    return name in _COMPANY_IDS or _OF_COMPANY.get(name) == "name" or header == "company.name"


def _of_contacts(header: str, name: str, has_company: bool) -> Column:
    if name in _OURS or header.startswith("score."):
        return Column()
    if name in _IDENTIFIERS:
        return Column(_IDENTIFIERS[name])
    if name in _COMPANY_IDS:
        return Column("company_id")
    if header.startswith("company."):
        return Column("company_trait", header.removeprefix("company.")) if has_company else Column()
    if has_company and name in _OF_COMPANY:
        return Column("company_trait", _OF_COMPANY[name])
    if header.startswith("traits."):
        return Column("trait", header.removeprefix("traits."))
    return Column("trait", _TRAITS[name]) if name in _TRAITS else _own("contacts", name)


def _of_activities(header: str, name: str) -> Column:
    if name in _OURS:
        return Column()
    if name in _IDENTIFIERS:
        return Column(_IDENTIFIERS[name])
    if header.startswith("properties."):
        return Column("property", header.removeprefix("properties."))
    return Column(_EVENTS[name]) if name in _EVENTS else _own("activities", name)


def _own(kind: str, name: str) -> Column:
    if not name or name in BUILT_IN or name == "email":
        return Column()
    return Column("trait" if kind == "contacts" else "property", name)


def kind_of(cells: Sequence[str]) -> str:
    """The kind of value that all cells with a text hold; text where they differ. Numbers that begin with 0 are texts, such as postal codes."""
    texts = [text for cell in cells if (text := trimmed(cell)) and text.lower() not in USUAL_MISSING]
    if not texts:
        return "text"
    if all(_NUMBER.fullmatch(text) and len(text) <= 30 for text in texts):
        return "number"
    if all(text.lower() in _BOOLEAN for text in texts):
        return "boolean"
    return "date" if all(instant_of(text) for text in texts) else "text"


def missing_in(samples: Sequence[Sequence[str]]) -> list[str]:
    """Texts among the first rows that usually stand for nothing, as they are written there."""
    return sorted({text for row in samples for cell in row if (text := cell.strip()).lower() in USUAL_MISSING})
