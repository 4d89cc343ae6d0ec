"""How many contacts are on each stage of the live versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from leadscore.sql import fetch
from scoring.models import Version

Counts = Mapping[str | None, int]


def contacts_by_stage(workspace_id: int, versions: Collection[Version]) -> dict[int, Counts]:
    """Version id → stage key → contacts; None stands for no stage. One statement over the index by rank."""
    rows = fetch(
        "SELECT version_id, rank, count(*) FROM scoring_score WHERE workspace_id = %s AND version_id = ANY(%s) GROUP BY version_id, rank",
        [workspace_id, [version.id for version in versions]],
    )
    by_rank: dict[int, dict[int, int]] = defaultdict(dict)
    for version_id, rank, contacts in rows:
        by_rank[version_id][rank] = contacts
    return {version.id: _by_key(version, by_rank[version.id]) for version in versions}


def _by_key(version: Version, by_rank: Mapping[int, int]) -> Counts:
    keys = [None, *(stage["key"] for stage in version.document.get("stages", []))]
    return {key: by_rank.get(rank, 0) for rank, key in enumerate(keys)}
