"""The statements of the list of contacts. Row-level security lets only leakproof operators use an index, so there are no others in their filters."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoring.ranking import Wanted

Statement = tuple[str, dict[str, Any]]

CONTACT = "JOIN contacts_contact c ON c.workspace_id = {0}.workspace_id AND c.id = {0}.contact_id"
SCORE = "JOIN scoring_score s ON s.workspace_id = {0}.workspace_id AND s.version_id = %(version)s AND s.contact_id = {0}.{1}"
# Its rows come one by one from a select list, so that the limit ends the search.
MATCHED = "WITH matched AS MATERIALIZED (SELECT matching_contacts(%(words)s::text[]) AS id LIMIT %(matches)s) "


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list in one order. `table` is the one whose index gives the order; without a `key` it is by id alone."""

    table: str
    alias: str
    id: str
    key: str | None = None
    only: str = ""
    is_instant: bool = False
    rises: bool = False

    @property
    def has_keys(self) -> bool:
        return self.key is not None


POINTS = Stretch("scoring_score s", "s", "contact_id", "points", "s.version_id = %(version)s")
SEEN = Stretch("contacts_lastseen l", "l", "contact_id", "at", is_instant=True)
NEVER_SEEN = Stretch(
    "contacts_contact c LEFT JOIN contacts_lastseen l ON l.workspace_id = c.workspace_id AND l.contact_id = c.id", "c", "id",
    only="c.merged_into_id IS NULL AND l.contact_id IS NULL",
)  # fmt: skip
NEWEST = Stretch("contacts_contact c", "c", "id", only="c.merged_into_id IS NULL")
OLDEST = replace(NEWEST, rises=True)


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
    key, id = (f"{stretch.alias}.{stretch.key}" if stretch.key else "NULL"), f"{stretch.alias}.{stretch.id}"
    filters = _filters(wanted, stretch, "s.rank = r.rank" if by_stage else "s.rank = ANY(%(ranks)s::smallint[])")
    if start:
        place = f"({key}, {id})" if len(start) == 2 else id
        filters.append(f"{place} {'>' if backwards != stretch.rises else '<'} ({', '.join(f'%(start{part})s' for part in range(len(start)))})")
    direction = "ASC" if backwards != stretch.rises else "DESC"
    statement = f"""SELECT {key} AS key, {id} AS id FROM {_tables(wanted, stretch)} WHERE {' AND '.join(filters)}
        ORDER BY {f'{key} {direction}, ' if stretch.key else ''}{id} {direction} LIMIT %(limit)s"""
    if by_stage:
        statement = f"""SELECT one.key, one.id FROM unnest(%(ranks)s::smallint[]) AS r(rank) CROSS JOIN LATERAL ({statement}) one
            ORDER BY one.key {direction}, one.id {direction} LIMIT %(limit)s"""
    beyond = {f"start{part}": value for part, value in enumerate(start or ())}
    return _with_matches(wanted, statement), {**_params(workspace_id, wanted, matches), **beyond, "limit": limit}


def count_of(workspace_id: int, wanted: Wanted, most: int, matches: int) -> Statement:
    """Counts what is wanted, up to `most`."""
    stretch = POINTS if wanted.ranks or wanted.min_points is not None else NEWEST
    filters = " AND ".join(_filters(wanted, stretch, "s.rank = ANY(%(ranks)s::smallint[])"))
    statement = f"SELECT count(*) FROM (SELECT FROM {_tables(wanted, stretch)} WHERE {filters} LIMIT %(limit)s) one"
    return _with_matches(wanted, statement), {**_params(workspace_id, wanted, matches), "limit": most}


def matches_of(wanted: Wanted, most: int) -> Statement:
    """Counts the contacts that hold the words, up to `most`."""
    return f"{MATCHED} SELECT count(*) FROM matched", {"words": list(wanted.words), "matches": most}


def _tables(wanted: Wanted, stretch: Stretch) -> str:
    tables = [stretch.table]
    if stretch.alias != "c" and {wanted.owner_id, wanted.known, wanted.company_id} != {None}:
        tables.append(CONTACT.format(stretch.alias))
    if (wanted.ranks or wanted.min_points is not None) and stretch is not POINTS:
        tables.append(SCORE.format(stretch.alias, stretch.id))
    if wanted.words:
        tables.append(f"JOIN matched m ON m.id = {stretch.alias}.{stretch.id}")
    return " ".join(tables)


def _filters(wanted: Wanted, stretch: Stretch, stage: str) -> list[str]:
    filters = [f"{stretch.alias}.workspace_id = %(workspace)s"]
    if stretch.only:
        filters.append(stretch.only)
    if wanted.ranks:
        filters.append(stage)
    if wanted.owner_id is not None:
        filters.append("c.owner_id = %(owner)s" if wanted.owner_id else "c.owner_id IS NULL")
    if wanted.known is not None:
        filters.append("(c.has_user_id OR c.has_email)" if wanted.known else "NOT c.has_user_id AND NOT c.has_email")
    more = {
        "s.points >= %(points)s": wanted.min_points, "c.company_id = %(company)s": wanted.company_id,
        f"{stretch.alias}.{stretch.id} = ANY(%(ids)s::bigint[])": wanted.ids,
    }  # fmt: skip
    return filters + [condition for condition, value in more.items() if value is not None]


def _with_matches(wanted: Wanted, statement: str) -> str:
    return MATCHED + statement if wanted.words else statement


def _params(workspace_id: int, wanted: Wanted, matches: int) -> dict[str, Any]:
    return {
        "workspace": workspace_id, "version": wanted.version_id, "ranks": list(wanted.ranks), "owner": wanted.owner_id,
        "words": list(wanted.words), "matches": matches, "points": wanted.min_points, "company": wanted.company_id,
        "ids": None if wanted.ids is None else list(wanted.ids),
    }  # fmt: skip
