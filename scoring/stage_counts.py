"""How many contacts are on each stage of the live versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from leadscore.sql import fetch
from scoring.models import Version

Counts = Mapping[str | None, int]


def contacts_by_stage(workspace_id: int, versions: Collection[Version]) -> dict[int, Counts]:
    """Version id → stage key → contacts; None stands for no stage."""
    by_rank = contacts_by_rank(workspace_id, [version.id for version in versions])
    return {version.id: _by_key(version, by_rank[version.id]) for version in versions}


def contacts_by_rank(workspace_id: int, version_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Version id → rank → contacts, ranks without any left out. One statement over the index by rank."""
    rows = fetch(
        "SELECT version_id, rank, count(*) FROM scoring_score WHERE workspace_id = %s AND version_id = ANY(%s) GROUP BY version_id, rank",
        [workspace_id, list(version_ids)],
    )
    by_rank: dict[int, dict[int, int]] = {version_id: {} for version_id in version_ids}
    for version_id, rank, contacts in rows:
        by_rank[version_id][rank] = contacts
    return by_rank


def _by_key(version: Version, by_rank: Mapping[int, int]) -> Counts:
    keys = [None, *(stage["key"] for stage in version.document.get("stages", []))]
    return {key: by_rank.get(rank, 0) for rank, key in enumerate(keys)}
