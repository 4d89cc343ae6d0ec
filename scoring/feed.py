"""Stage changes as a feed: in the order of their ids, none of which comes later than one that was shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Min, QuerySet

from leadscore.sql import fetch
from scoring.models import StageChange

# Longer than a transaction takes from reading its instant to taking the ids of its changes.
APART = timedelta(seconds=10)


def settled(workspace_id: int) -> QuerySet[StageChange]:
    """The changes that no transaction still running can put one before.

    Ids are taken before they are committed, so that a lower one may become visible after a higher one. Whoever takes ids holds a lock on
    their sequence until the end of the transaction: where nobody does, all up to the highest visible id are there. Otherwise what
    happened since the oldest holder began is held back, and what has a greater id.
    """
    changes = StageChange.objects.filter(workspace=workspace_id)
    highest = changes.aggregate(Max("id"))["id__max"] or 0
    began = _oldest_holder()
    held_back = changes.filter(at__gte=began - APART).aggregate(Min("id"))["id__min"] if began else None
    return changes.filter(id__lte=highest if held_back is None else min(highest, held_back - 1))


def _oldest_holder() -> datetime | None:
    """When the longest running transaction began that has taken ids; None where there is none."""
    rows = fetch(
        """SELECT min(coalesce(a.xact_start, to_timestamp(0))) FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
           WHERE l.locktype = 'relation' AND l.relation = pg_get_serial_sequence('scoring_stagechange', 'id')::regclass
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()"""
    )
    began: datetime | None = rows[0][0]
    return began
