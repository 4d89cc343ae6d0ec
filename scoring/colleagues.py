"""Who else is known of a company."""

from __future__ import annotations

from dataclasses import dataclass

from leadscore.sql import fetch
from scoring.ranking import Row, rows_of

SHOWN = 5
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Colleagues:
    """The best-scored others of a company; `people` counts all with the contact itself, up to MOST."""

    rows: list[Row]
    people: int


def of_contact(workspace_id: int, company_id: int, contact_id: int, version_id: int | None) -> Colleagues:
    """The colleagues with the most points in the version, out of the first MOST of the company."""
    found = fetch(
        """SELECT m.id, count(*) OVER () FROM (
               SELECT id FROM contacts_contact WHERE workspace_id = %(workspace)s AND company_id = %(company)s AND merged_into_id IS NULL
               LIMIT %(most)s) m
           LEFT JOIN scoring_score s ON s.workspace_id = %(workspace)s AND s.version_id = %(version)s AND s.contact_id = m.id
           ORDER BY m.id = %(contact)s, s.points DESC NULLS LAST, m.id LIMIT %(shown)s""",
        {"workspace": workspace_id, "company": company_id, "contact": contact_id, "version": version_id, "most": MOST, "shown": SHOWN},
    )
    others = [id for id, _ in found if id != contact_id]
    return Colleagues(rows_of(workspace_id, others, version_id), found[0][1] if found else 0)
