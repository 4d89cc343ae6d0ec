"""What the fields of conditions are called where one is chosen: `Page address` for `properties.url`. Pure.

A path may always be written out. It is shown by a name only where the name leads back to it.
"""

from __future__ import annotations

import re

from contacts.condition_problems import ROOTS, Side

NAMES = {
    "properties.url": "Page address",
    "properties.path": "Page path",
    "properties.title": "Page title",
    "properties.referrer": "Referring page",
    "properties.search": "Query string",
    "context.campaign.name": "Campaign name",
    "context.campaign.source": "Campaign source",
    "context.campaign.medium": "Campaign medium",
    "context.campaign.term": "Campaign term",
    "context.campaign.content": "Campaign content",
    "context.userAgent": "Browser",
    "context.ip": "IP address",
    "contact.email": "E-mail address",
    "contact.email_domain": "E-mail domain",
    "contact.email_kind": "Kind of e-mail address",
    "contact.name_looks_fake": "Name looks made up",
    "contact.created_at": "First contact",
    "company.employees": "Company's number of employees",
}
_PATHS = {(field.partition(".")[0], name.lower()): field for field, name in NAMES.items()}
_COMPANY = "company's "
_TRAIT = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
_PROPERTY = re.compile(r"[a-z]+")  # of several words it could be spelled in several ways


def name_of(field: str) -> str:
    """The name of a field; the field itself where it has none."""
    root, _, step = field.partition(".")
    words = step.replace("_", " ") if root in ROOTS["profile"] else step
    name = NAMES.get(field) or (_COMPANY + words if root == "company" else words).capitalize()
    side: Side = "profile" if root in ROOTS["profile"] else "activity"
    return name if name and field_of(name, side) == field else field


def field_of(text: str, side: Side) -> str:
    """The field that a name or a path stands for; the text itself where it is neither, for the check to say so."""
    words = " ".join(text.split())
    for root in ROOTS[side]:
        if known := _PATHS.get((root, words.lower())):
            return known
    lowered = words.lower()
    if side == "activity":
        return f"properties.{lowered}" if _PROPERTY.fullmatch(lowered) else text
    root, words = ("company", lowered.removeprefix(_COMPANY)) if lowered.startswith(_COMPANY) else ("contact", lowered)
    return f"{root}.{words.replace(' ', '_')}" if _TRAIT.fullmatch(words) else text
