"""The versions whose scores are kept up to date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from leadscore.exact_json import loads
from leadscore.sql import fetch
from scoring.differences import differences
from scoring.document import parse
from scoring.model import Model
from scoring.models import Version

MODELS = 0x5C0E  # first key of the advisory lock that stands for a workspace's set of models; the second is the workspace


@dataclass(frozen=True, slots=True)
class Active:
    """A version that is live or being built, with its compiled model."""

    id: int
    type_id: int
    type_key: str
    number: int
    is_live: bool
    model: Model


def active(workspace_id: int, *, lock: bool = True) -> list[Active]:
    """The live and building versions of types that are not archived, by type.

    With `lock`, a version neither begins to be built nor goes live before this transaction ends: the types are held (FOR KEY SHARE), and
    the workspace's models against the start of a type's first version, whose row this transaction may not see. The first locks taken.
    """
    if lock:
        fetch("SELECT pg_advisory_xact_lock_shared(%s, hashint8(%s))", [MODELS, workspace_id])
        fetch("SELECT id FROM scoring_scoringtype WHERE workspace_id = %s ORDER BY id FOR KEY SHARE", [workspace_id])
    rows = fetch(
        """SELECT v.id, t.id, t.key, v.number, v.state = 'live', v.created_at FROM scoring_version v
           JOIN scoring_scoringtype t ON t.workspace_id = v.workspace_id AND t.id = v.scoring_type_id
           WHERE v.workspace_id = %s AND v.state IN ('live', 'building') AND t.archived_at IS NULL ORDER BY t.id, v.id""",
        [workspace_id],
    )
    return [
        Active(id, type_id, key, number, is_live, model(workspace_id, id, created_at)) for id, type_id, key, number, is_live, created_at in rows
    ]


def between(older: Version | None, version: Version) -> list[str]:
    """What a version changed, in words; nothing where there was none before it."""
    return differences(older.document, version.document, (older.time_zone, version.time_zone)) if older else []


def predecessors(rows: Sequence[Version]) -> dict[int, Version | None]:
    """By the number of each of a type's versions, the latest before it that went live: what it took the place of, or would have."""
    if not rows:
        return {}
    oldest = min(rows, key=lambda row: row.number)
    of_type = Version.objects.filter(workspace=oldest.workspace_id, scoring_type=oldest.scoring_type_id, live_at__isnull=False)
    older = of_type.filter(number__lt=oldest.number).order_by("-number").first()
    found: dict[int, Version | None] = {}
    latest = older
    for row in sorted(rows, key=lambda row: row.number):
        found[row.number] = latest
        latest = row if row.live_at else latest
    return found


def hold_models(workspace_id: int) -> None:
    """Waits for all who use the workspace's models, and keeps others from beginning to, until the transaction ends. Before any other lock."""
    fetch("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [MODELS, workspace_id])


def live(workspace_id: int, *, keys: Collection[str] | None = None) -> list[Active]:
    """The live versions, for reading; `keys` limits them to some types."""
    return [version for version in active(workspace_id, lock=False) if version.is_live and (keys is None or version.type_key in keys)]


def of_type(versions: Sequence[Active], key: str | None) -> Active | None:
    """The one of the scoring type with this key, else the first."""
    return next((version for version in versions if version.type_key == key), versions[0] if versions else None)


@lru_cache(maxsize=256)
def model(workspace_id: int, version_id: int, created_at: datetime) -> Model:
    """The compiled model of a version, kept in memory: its document never changes.

    `created_at` tells it from one of the same id in a database that was restored or emptied meanwhile.
    """
    rows = fetch(
        "SELECT document::text, time_zone FROM scoring_version WHERE workspace_id = %s AND id = %s", [workspace_id, version_id]
    )
    document, time_zone = rows[0]
    return parse(loads(document), time_zone)
