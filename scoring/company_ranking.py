"""The list of companies: by name, by how many contacts they have, or by their hottest contact; read in pages found by their neighbour's place.

By points, the index of the scores is walked from the top, and a company stands where its hottest contact does. Those without contacts come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from contacts.calling import CALLED_BY
from contacts.company_finding import MOST_MATCHES, matching
from contacts.labels import ANONYMOUS
from leadscore.sql import fetch
from scoring.ranking import Place

PAGE = 50
MOST_COUNTED = 10_000

Sort = Literal["hottest", "contacts", "name"]
Found = tuple[Place, int]  # where a company stands, and its id


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is listed. Without a version nobody is hot. `words`: see `contacts.people.words`; None where nothing is searched for."""

    version_id: int | None = None
    words: tuple[str, ...] | None = None
    sort: Sort = "name"


@dataclass(frozen=True, slots=True)
class Row:
    """A company as a list shows it, with its hottest contact, if it has any; `rank` 0 is no stage."""

    id: int
    name: str
    domain: str
    industry: str
    contacts: int
    seen_at: datetime | None
    contact_id: int | None
    contact_name: str
    email: str
    called_by: str
    points: int | None
    rank: int

    def __str__(self) -> str:
        return self.name

    @property
    def hottest(self) -> str:
        return self.contact_name or self.email or self.called_by or ANONYMOUS


@dataclass(frozen=True, slots=True)
class Page:
    """`previous` and `next` are the places at which the neighbouring pages begin, None where there is none."""

    rows: list[Row]
    previous: Place | None
    next: Place | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list. The statement gives key, the id of the place, and the company; `{among}`, `{beyond}` and `{way}` are filled in."""

    statement: str
    place: str
    has_keys: bool = True
    rises: bool = False
    company: str = "c.id"


OF_COMPANY = "c.workspace_id = %(workspace)s AND c.merged_into_id IS NULL AND c.company_id"
SCORE = "s.workspace_id = %(workspace)s AND s.version_id = %(version)s"

NAMES = Stretch(
    """SELECT NULL, c.id, c.id FROM contacts_company c WHERE c.workspace_id = %(workspace)s {among} {beyond}
       ORDER BY c.sorted_as {way}, c.id {way} LIMIT %(limit)s""",
    "AND (c.sorted_as, c.id) {than} ((SELECT sorted_as FROM contacts_company WHERE workspace_id = %(workspace)s AND id = %(id)s), %(id)s)",
    has_keys=False,
    rises=True,
)
COUNTED = Stretch(
    f"""SELECT n, id, id FROM (SELECT c.company_id AS id, count(*) AS n FROM contacts_contact c WHERE {OF_COMPANY} IS NOT NULL {{among}}
                               GROUP BY c.company_id) one
        WHERE true {{beyond}} ORDER BY n {{way}}, id {{way}} LIMIT %(limit)s""",
    "AND (n, id) {than} (%(key)s, %(id)s)",
    company="c.company_id",
)
# IS NOT TRUE keeps the planner from joining the set of companies' contacts.
HOTTEST = Stretch(
    f"""SELECT points, contact, company FROM (
            SELECT s.points, s.contact_id AS contact, (SELECT c.company_id FROM contacts_contact c WHERE {OF_COMPANY} IS NOT NULL
                                                       AND c.id = s.contact_id) AS company
            FROM scoring_score s WHERE {SCORE} {{beyond}}) one
        WHERE company IS NOT NULL AND (EXISTS (
            SELECT FROM contacts_contact c JOIN scoring_score s ON {SCORE} AND s.contact_id = c.id
            WHERE {OF_COMPANY} = one.company AND (s.points, s.contact_id) > (one.points, one.contact))) IS NOT TRUE
        ORDER BY points {{way}}, contact {{way}} LIMIT %(limit)s""",
    "AND (s.points, s.contact_id) {than} (%(key)s, %(id)s)",
)
HOTTEST_AMONG = Stretch(
    f"""SELECT best.points, best.contact_id, m.id FROM unnest(%(among)s::bigint[]) AS m(id) CROSS JOIN LATERAL (
            SELECT s.points, s.contact_id FROM contacts_contact c JOIN scoring_score s ON {SCORE} AND s.contact_id = c.id
            WHERE {OF_COMPANY} = m.id ORDER BY s.points DESC, s.contact_id DESC LIMIT 1) best
        WHERE true {{beyond}} ORDER BY best.points {{way}}, best.contact_id {{way}} LIMIT %(limit)s""",
    "AND (best.points, best.contact_id) {than} (%(key)s, %(id)s)",
)
EMPTY = Stretch(
    f"""SELECT NULL, e.id, e.id FROM contacts_company e
        WHERE e.workspace_id = %(workspace)s AND (EXISTS (SELECT FROM contacts_contact c WHERE {OF_COMPANY} = e.id)) IS NOT TRUE {{among}} {{beyond}}
        ORDER BY e.id {{way}} LIMIT %(limit)s""",
    "AND e.id {than} %(id)s",
    has_keys=False,
    company="e.id",
)


def page(workspace_id: int, wanted: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE) -> Page:
    """The companies that follow `after` or precede `before`, else the first ones."""
    among = None if wanted.words is None else matching(wanted.words)
    place, backwards = (before, True) if before else (after, False)
    found = _places(workspace_id, wanted, among, place, size + 1, backwards=backwards)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None)
    preceding, following = (more, True) if backwards else (after is not None, more)
    rows = rows_of(workspace_id, [id for _, id in found], wanted.version_id)
    return Page(rows, found[0][0] if preceding else None, found[-1][0] if following else None)


def count(workspace_id: int, words: Sequence[str] | None) -> int:
    """How many companies are listed; exact up to MOST_COUNTED (searched for, up to MOST_MATCHES), one more stands for all that is above."""
    if words is not None:
        return len(matching(words))
    rows = fetch(
        "SELECT count(*) FROM (SELECT FROM contacts_company WHERE workspace_id = %s LIMIT %s) one", [workspace_id, MOST_COUNTED + 1]
    )
    return int(rows[0][0])


def _stretches(wanted: Wanted, *, searched: bool) -> list[Stretch]:
    if wanted.sort == "hottest" and wanted.version_id is not None:
        return [HOTTEST_AMONG if searched else HOTTEST, EMPTY]
    return [COUNTED, EMPTY] if wanted.sort == "contacts" else [NAMES]


def _places(workspace_id: int, wanted: Wanted, among: list[int] | None, place: Place | None, limit: int, *, backwards: bool) -> list[Found]:
    """The places next to `place`, nearest first."""
    stretches = _stretches(wanted, searched=among is not None)
    lies_in = next((number for number, stretch in enumerate(stretches) if place and stretch.has_keys == (place.key is not None)), None)
    if place and lies_in is None:
        return []  # another sort's place
    start = lies_in or 0
    found: list[Found] = []
    for number in range(start, -1, -1) if backwards else range(start, len(stretches)):
        begun = place if number == lies_in else None
        found += read(workspace_id, wanted, stretches[number], among, begun, limit - len(found), backwards=backwards)
        if len(found) == limit:
            break
    return found


def read(
    workspace_id: int, wanted: Wanted, stretch: Stretch, among: list[int] | None, place: Place | None, limit: int, *, backwards: bool
) -> list[Found]:
    """A stretch beyond a place, nearest first."""
    rows = fetch(*statement(workspace_id, wanted, stretch, among, place, limit, backwards=backwards))
    return [(Place(key, at), company) for key, at, company in rows]


def statement(
    workspace_id: int, wanted: Wanted, stretch: Stretch, among: list[int] | None, place: Place | None, limit: int, *, backwards: bool
) -> tuple[str, dict[str, Any]]:
    """What `read` asks the database."""
    upwards = stretch.rises != backwards
    filled = {
        "among": "" if among is None else f"AND {stretch.company} = ANY(%(among)s::bigint[])",
        "beyond": stretch.place.format(than=">" if upwards else "<") if place else "",
        "way": "ASC" if upwards else "DESC",
    }
    params = {
        "workspace": workspace_id, "version": wanted.version_id, "among": among, "limit": limit,
        "key": place.key if place else None, "id": place.id if place else None,
    }  # fmt: skip
    return stretch.statement.format(**filled), params


def rows_of(workspace_id: int, company_ids: Sequence[int], version_id: int | None) -> list[Row]:
    """What lists show of these companies, in the order given."""
    rows = fetch(
        f"""SELECT co.id, coalesce(nullif(co.name, ''), co.group_id, co.domain), co.domain,
                   CASE jsonb_typeof(co.traits -> 'industry') WHEN 'string' THEN left(co.traits ->> 'industry', 100) ELSE '' END,
                   people.n, people.seen_at, best.id, coalesce(best.name, ''), coalesce(best.email, ''), coalesce(best.called, ''),
                   best.points, coalesce(best.rank, 0)
            FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS p(id, place)
            JOIN contacts_company co ON co.workspace_id = %(workspace)s AND co.id = p.id
            CROSS JOIN LATERAL (
                SELECT count(*) AS n, max(l.at) AS seen_at FROM contacts_contact c
                LEFT JOIN contacts_lastseen l ON l.workspace_id = c.workspace_id AND l.contact_id = c.id
                WHERE {OF_COMPANY} = co.id) people
            LEFT JOIN LATERAL (
                SELECT c.id, c.name, c.email, {CALLED_BY} AS called, s.points, s.rank FROM contacts_contact c
                LEFT JOIN scoring_score s ON {SCORE} AND s.contact_id = c.id
                WHERE {OF_COMPANY} = co.id ORDER BY s.points DESC NULLS LAST, c.id DESC LIMIT 1) best ON true
            ORDER BY p.place""",
        {"ids": list(company_ids), "workspace": workspace_id, "version": version_id},
    )
    return [Row(*row) for row in rows]


__all__ = ["MOST_COUNTED", "MOST_MATCHES", "Page", "Place", "Row", "Sort", "Wanted", "count", "page", "rows_of"]
