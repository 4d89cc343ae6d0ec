"""What a workspace has received, to choose from while a rule is written: names of activities, and fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts import catalogue
from contacts.models import Side
from scoring.field_names import name_of

MOST_NAMES = 200
MOST_FIELDS = 150

USUAL_ACTIVITIES = ("Page Viewed", "Form Submitted", "Signed Up", "Trial Started", "Order Completed")
USUAL_FIELDS = {
    "activity": ("properties.url", "properties.path", "properties.title", "properties.referrer", "context.campaign.name", "context.campaign.source"),
    "profile": (
        "contact.email", "contact.email_domain", "contact.email_kind", "contact.name_looks_fake", "contact.created_at", "contact.job_title",
        "contact.country", "company.name", "company.domain", "company.industry", "company.employees", "company.country",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A field's path, and the name by which it can be chosen."""

    path: str
    name: str


def activity_names(workspace_id: int) -> list[str]:
    """Names of the activities received most, then the usual ones."""
    received = sorted(catalogue.events(workspace_id, MOST_NAMES))
    return [*received, *(name for name in USUAL_ACTIVITIES if name not in received)]


def activity_fields(workspace_id: int) -> list[Field]:
    """Fields that activities had most, and the usual ones."""
    return _fields(workspace_id, "activity", [Side.PROPERTY, Side.CONTEXT])


def profile_fields(workspace_id: int) -> list[Field]:
    """Traits of contacts and companies that were sent most, and the usual ones."""
    return _fields(workspace_id, "profile", [Side.CONTACT, Side.COMPANY])


def _fields(workspace_id: int, side: str, sides: Sequence[str]) -> list[Field]:
    usual = USUAL_FIELDS[side]
    received = sorted(set(catalogue.fields(workspace_id, sides, MOST_FIELDS)) - set(usual))
    return [Field(path, name_of(path)) for path in [*usual, *received][:MOST_FIELDS]]
