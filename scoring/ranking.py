"""The list of contacts: filtered and sorted in SQL by one version's scores, and read in pages found by their neighbour's place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from contacts.calling import CALLED_BY
from contacts.labels import ANONYMOUS
from leadscore.sql import fetch
from scoring.ranking_sql import Stretch, count_of, matches_of, read, stretches

PAGE = 50
MOST_COUNTED = 10_000
MOST_MATCHES = 2_000
MOST_OF_COMPANY = 2_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Sort = Literal["points", "seen", "new", "id"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is listed. Without a version there are no points and stages, and no sorting by them.

    ranks: stages counted from the lowest (1), 0 for none; empty for all. owner_id: 0 for nobody's. known: has a userId or an e-mail address.
    ids: these contacts at most; None for all.
    """

    version_id: int | None = None
    ranks: tuple[int, ...] = ()
    owner_id: int | None = None
    known: bool | None = None
    words: tuple[str, ...] = ()
    min_points: int | None = None
    company_id: int | None = None
    ids: tuple[int, ...] | None = None
    sort: Sort = "points"

    @property
    def filtered(self) -> bool:
        limits = (self.owner_id, self.known, self.min_points, self.company_id, self.ids)
        return bool(self.ranks or self.words) or any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True)
class Place:
    """A contact's place in a list. Its text stands in a page's address. `key`: points, or microseconds of last seen; None where never seen."""

    key: int | None
    id: int

    def __str__(self) -> str:
        return f"{'never' if self.key is None else self.key}_{self.id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """None for what no page's address holds."""
        found = re.fullmatch(r"(never|-?[0-9]{1,16})_([0-9]{1,18})", text, re.ASCII)
        return cls(None if found[1] == "never" else int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Row:
    """A contact as a list shows it. `points` is None where the version has no score of it; `rank` 0 is no stage."""

    id: int
    name: str
    email: str
    job_title: str
    company: str
    points: int | None
    grade: str | None
    rank: int
    activity: str
    seen_at: datetime | None
    owner_id: int | None
    owner: str
    called_by: str = ""
    company_id: int | None = None
    is_recomputing: bool = False

    def __str__(self) -> str:
        return self.name or self.email or self.called_by or ANONYMOUS


@dataclass(frozen=True, slots=True)
class Page:
    """`previous` and `next` are the places at which the neighbouring pages begin, None where there is none."""

    rows: list[Row]
    previous: Place | None
    next: Place | None


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a page's contacts, and where the neighbouring pages begin."""

    ids: list[int]
    previous: Place | None
    next: Place | None


def page(workspace_id: int, wanted: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE) -> Page:
    """The contacts that follow `after` or precede `before`, else the first ones."""
    found = page_of_ids(workspace_id, wanted, after=after, before=before, size=size)
    return Page(rows_of(workspace_id, found.ids, wanted.version_id) if found.ids else [], found.previous, found.next)


def page_of_ids(workspace_id: int, wanted: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE) -> Ids:
    """As `page`, the ids alone."""
    wanted = _narrowed(workspace_id, wanted)
    if before:
        places = _places(workspace_id, wanted, before, size + 1, backwards=True)
        more, places = len(places) > size, places[:size][::-1]
        return _ids(places, previous=more, next=True)
    places = _places(workspace_id, wanted, after, size + 1, backwards=False)
    return _ids(places[:size], previous=after is not None, next=len(places) > size)


def count(workspace_id: int, wanted: Wanted) -> int:
    """How many contacts are wanted; exact up to MOST_COUNTED, one more stands for all that is above."""
    statement, params = count_of(workspace_id, _narrowed(workspace_id, wanted), MOST_COUNTED + 1, MOST_MATCHES)
    return int(fetch(statement, params)[0][0])


def _narrowed(workspace_id: int, wanted: Wanted) -> Wanted:
    """The contacts of a company by their ids, or the list would be walked through for the few of them; those of a very large one are many in it."""
    if wanted.company_id is None:
        return wanted
    rows = fetch(
        "SELECT id FROM contacts_contact WHERE workspace_id = %s AND company_id = %s AND merged_into_id IS NULL LIMIT %s",
        [workspace_id, wanted.company_id, MOST_OF_COMPANY + 1],
    )
    if len(rows) > MOST_OF_COMPANY:
        return wanted
    ids = {id for (id,) in rows}
    return replace(wanted, company_id=None, ids=tuple(ids if wanted.ids is None else ids & set(wanted.ids)))


def overflows(workspace_id: int, wanted: Wanted) -> bool:
    """Whether more contacts hold the words than a list looks through."""
    return bool(wanted.words) and fetch(*matches_of(wanted, MOST_MATCHES + 1))[0][0] > MOST_MATCHES


def _places(workspace_id: int, wanted: Wanted, place: Place | None, limit: int, *, backwards: bool) -> list[Place]:
    """The places next to `place`, nearest first."""
    found: list[Place] = []
    for stretch in _from(place, stretches(wanted), backwards=backwards):
        start = _value(place, stretch) if place and stretch.has_keys == (place.key is not None) else None
        statement, params = read(workspace_id, wanted, stretch, start, limit - len(found), MOST_MATCHES, backwards=backwards)
        found += [Place(_key(key), id) for key, id in fetch(statement, params)]
        if len(found) == limit:
            break
    return found


def _from(place: Place | None, all_of_it: Sequence[Stretch], *, backwards: bool) -> Sequence[Stretch]:
    """The stretches of the list from the one that the place lies in, in the direction of reading."""
    lies_in = next((number for number, stretch in enumerate(all_of_it) if place and stretch.has_keys == (place.key is not None)), 0)
    return all_of_it[lies_in::-1] if backwards else all_of_it[lies_in:]


def _value(place: Place, stretch: Stretch) -> tuple[Any, ...]:
    """The place as its stretch compares it."""
    if place.key is None or stretch.key is None:
        return (place.id,)
    return (EPOCH + timedelta(microseconds=place.key) if stretch.is_instant else place.key, place.id)


def _key(value: Any) -> int | None:
    return (value - EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value


def _ids(places: list[Place], *, previous: bool, next: bool) -> Ids:
    if not places:
        return Ids([], None, None)
    return Ids([place.id for place in places], places[0] if previous else None, places[-1] if next else None)


# contacts.models.employer_said, for lists
EMPLOYER_SAID = """CASE jsonb_typeof(c.traits -> 'company') WHEN 'string' THEN c.traits ->> 'company'
                       WHEN 'object' THEN c.traits #>> '{company,name}' END"""


def rows_of(workspace_id: int, contact_ids: Sequence[int], version_id: int | None) -> list[Row]:
    """What lists show of these contacts, in the order given."""
    rows = fetch(
        f"""SELECT c.id, c.name, c.email, coalesce(c.traits ->> 'job_title', ''),
                  coalesce(nullif(co.name, ''), co.group_id, co.domain, {EMPLOYER_SAID}, ''),
                  s.points, s.grade, coalesce(s.rank, 0), coalesce(l.activity, ''), l.at, c.owner_id, coalesce(nullif(u.name, ''), u.email, ''),
                  {CALLED_BY}, co.id, c.recomputing_since IS NOT NULL
           FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS p(id, place)
           JOIN contacts_contact c ON c.workspace_id = %(workspace)s AND c.id = p.id
           LEFT JOIN contacts_company co ON co.workspace_id = c.workspace_id AND co.id = c.company_id
           LEFT JOIN contacts_lastseen l ON l.workspace_id = c.workspace_id AND l.contact_id = c.id
           LEFT JOIN scoring_score s ON s.workspace_id = c.workspace_id AND s.version_id = %(version)s AND s.contact_id = c.id
           LEFT JOIN accounts_user u ON u.id = c.owner_id
           ORDER BY p.place""",
        {"ids": list(contact_ids), "workspace": workspace_id, "version": version_id},
    )
    return [Row(*row) for row in rows]
