"""The statements of the list of contacts.

A list is read from the index that has its order, and every filter is a set that is looked into: so the cost is bounded by the number of
contacts, however the filters and the order go together. Left to join, the planner takes filters for independent of points, which they are not.
Row-level security lets only leakproof operators use an index; there are no others here, but for the search, which is a function of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoring.ranking import Wanted

Statement = tuple[str, dict[str, Any]]

# IS TRUE keeps the planner from joining the set.
OF_CONTACT = "EXISTS (SELECT FROM contacts_contact c WHERE c.workspace_id = %(workspace)s AND c.merged_into_id IS NULL AND c.id = {id} AND {is_so})"
OF_SCORE = """EXISTS (SELECT FROM scoring_score s WHERE s.workspace_id = %(workspace)s AND s.version_id = %(version)s AND s.contact_id = {id}
    AND {is_so})"""
# Its rows come one by one from a select list, so that the limit ends the search.
MATCHED = "WITH matched AS MATERIALIZED (SELECT matching_contacts(%(words)s::text[]) AS id LIMIT %(matches)s) "


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list in one order. `table` is the one whose index gives the order; without a `key` it is by id alone."""

    table: str
    id: str
    only: str = "true"
    key: str | None = None
    is_instant: bool = False
    rises: bool = False

    @property
    def has_keys(self) -> bool:
        return self.key is not None

    @property
    def is_of_contacts(self) -> bool:
        return self.id == "c.id"


POINTS = Stretch("scoring_score s", "s.contact_id", "s.workspace_id = %(workspace)s AND s.version_id = %(version)s", "s.points")
SEEN = Stretch("contacts_lastseen l", "l.contact_id", "l.workspace_id = %(workspace)s", "l.at", is_instant=True)
NEWEST = Stretch("contacts_contact c", "c.id", "c.workspace_id = %(workspace)s AND c.merged_into_id IS NULL")
OLDEST = replace(NEWEST, rises=True)
NEVER_SEEN = Stretch(
    NEWEST.table,
    NEWEST.id,
    NEWEST.only + " AND (EXISTS (SELECT FROM contacts_lastseen l WHERE l.workspace_id = %(workspace)s AND l.contact_id = c.id)) IS NOT TRUE",
)


def stretches(wanted: Wanted) -> list[Stretch]:
    """The list in parts: whoever was never seen comes after all that were."""
    if wanted.sort == "points":
        return [POINTS]
    if wanted.sort == "seen":
        return [SEEN, NEVER_SEEN]
    return [OLDEST] if wanted.sort == "id" else [NEWEST]


def read(
    workspace_id: int, wanted: Wanted, stretch: Stretch, start: tuple[Any, ...] | None, limit: int, matches: int, *, backwards: bool
) -> Statement:
    """Keys and ids of a stretch beyond `start`. By points, each stage is read on its own from the index that has them in order."""
    by_stage = stretch is POINTS and bool(wanted.ranks) and not wanted.words
    filters = _filters(wanted, stretch, by_stage=by_stage)
    if start:
        place = f"({stretch.key}, {stretch.id})" if len(start) == 2 else stretch.id
        filters.append(f"{place} {'>' if backwards != stretch.rises else '<'} ({', '.join(f'%(start{part})s' for part in range(len(start)))})")
    way = "ASC" if backwards != stretch.rises else "DESC"
    order = f"ORDER BY {f'key {way}, ' if stretch.key else ''}id {way} LIMIT %(limit)s"
    statement = _found(wanted, stretch, filters, order)
    if by_stage:
        statement = f"SELECT key, id FROM unnest(%(ranks)s::smallint[]) AS r(rank) CROSS JOIN LATERAL ({statement}) one {order}"
    beyond = {f"start{part}": value for part, value in enumerate(start or ())}
    return _with_matches(wanted, statement), {**_params(workspace_id, wanted, matches), **beyond, "limit": limit}


def count_of(workspace_id: int, wanted: Wanted, most: int, matches: int) -> Statement:
    """Counts what is wanted, up to `most`."""
    stretch = POINTS if wanted.ranks or wanted.min_points is not None else NEWEST
    found = _found(wanted, stretch, _filters(wanted, stretch, by_stage=False), "LIMIT %(limit)s")
    return _with_matches(wanted, f"SELECT count(*) FROM ({found}) counted"), {**_params(workspace_id, wanted, matches), "limit": most}


def _found(wanted: Wanted, stretch: Stretch, filters: list[str], order: str) -> str:
    """What the filters leave; those that hold the words are few and looked up one by one, which OFFSET 0 keeps the planner to."""
    select = f"SELECT {stretch.key or 'NULL'} AS key, {stretch.id} AS id FROM {stretch.table} WHERE {' AND '.join(filters)}"
    if wanted.words:
        return f"SELECT key, one.id FROM matched m CROSS JOIN LATERAL ({select} AND {stretch.id} = m.id OFFSET 0) one {order}"
    return f"{select} {order}"


def matches_of(wanted: Wanted, most: int) -> Statement:
    """Counts the contacts that hold the words, up to `most`."""
    return f"{MATCHED} SELECT count(*) FROM matched", {"words": list(wanted.words), "matches": most}


def _filters(wanted: Wanted, stretch: Stretch, *, by_stage: bool) -> list[str]:
    filters = [stretch.only]
    scored = ["s.rank = r.rank" if by_stage else "s.rank = ANY(%(ranks)s::smallint[])"] if wanted.ranks else []
    if wanted.min_points is not None:
        scored.append("s.points >= %(points)s")
    if stretch is POINTS:
        filters += scored
    elif scored:
        filters.append(f"({OF_SCORE.format(id=stretch.id, is_so=' AND '.join(scored))}) IS TRUE")
    if {wanted.owner_id, wanted.known, wanted.company_id} != {None}:
        filters.append(_of_contact(wanted, stretch))
    if wanted.ids is not None:
        filters.append(f"{stretch.id} = ANY(%(ids)s::bigint[])")
    return filters


def _of_contact(wanted: Wanted, stretch: Stretch) -> str:
    """The filters of a contact's own columns as one set; where they only leave out, the set of those left out."""
    owned, known = (f"c.owner_id {'= %(owner)s' if wanted.owner_id else 'IS NOT NULL'}", "(c.has_user_id OR c.has_email)")
    yes = [text for text, holds in ((owned, wanted.owner_id), (known, wanted.known)) if holds]
    if wanted.company_id is not None:
        yes.append("c.company_id = %(company)s")
    no = [text for text, holds in ((owned, wanted.owner_id == 0), (known, wanted.known is False)) if holds]
    if stretch.is_of_contacts:
        return " AND ".join([*yes, *(f"NOT {text}" for text in no)])
    if yes:
        return f"({OF_CONTACT.format(id=stretch.id, is_so=' AND '.join([*yes, *(f'NOT {text}' for text in no)]))}) IS TRUE"
    return f"({OF_CONTACT.format(id=stretch.id, is_so='(' + ' OR '.join(no) + ')')}) IS NOT TRUE"


def _with_matches(wanted: Wanted, statement: str) -> str:
    return MATCHED + statement if wanted.words else statement


def _params(workspace_id: int, wanted: Wanted, matches: int) -> dict[str, Any]:
    return {
        "workspace": workspace_id,
        "version": wanted.version_id,
        "ranks": list(wanted.ranks),
        "owner": wanted.owner_id,
        "words": list(wanted.words),
        "matches": matches,
        "points": wanted.min_points,
        "company": wanted.company_id,
        "ids": None if wanted.ids is None else list(wanted.ids),
    }
