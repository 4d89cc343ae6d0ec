"""Two workers that drain and sweep at once leave what one alone leaves, with each stage on record once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from accounts.workspaces import create_workspace
from contacts.models import Identifier
from scoring import due
from scoring.models import Score, StageChange
from tests.laws.scoring_documents import (
    BASE,
    ZONES,
    crowded_documents,
    crowded_histories,
    documents,
    fading_documents,
    turning_documents,
    turning_histories,
)
from tests.laws.test_database_laws import END, Batches, Standing, arriving, calls, owner, run_through
from tests.racing import in_a_thread
from tests.scoring.conftest import accept, publish
from tracking.draining import drain

__all__ = ["owner"]
pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = count()
few = settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def work(workspace: Workspace, at: datetime) -> None:
    """What a worker does until nothing is left for it."""
    while drain(workspace.id, lambda: at).more or due.bring_up_to_date(workspace.id, lambda: at):
        pass


def by_two(owner: User, whole: dict[str, Any], batches: Batches, zone: str, pool: ThreadPoolExecutor) -> Workspace:
    """A workspace whose two workers begin together after each batch, and at END."""
    workspace = create_workspace(f"Two {next(NUMBERS)}", owner, time_zone=zone, now=BASE)
    publish(workspace, whole)
    for at, batch in (*batches, (END, [])):
        for call in batch:
            accept(workspace, [call], at)
        for worker in [in_a_thread(pool, work, workspace, at) for _ in range(2)]:
            worker.result(60)
    work(workspace, END)  # what both passed over because the other held it
    return workspace


def stands(workspace: Workspace) -> dict[str, Standing]:
    with workspace_scope(workspace.id):
        users = dict(Identifier.objects.filter(workspace=workspace, kind="user_id").values_list("contact_id", "value"))
        rows = Score.objects.filter(workspace=workspace).values_list("contact_id", "points", "exact", "grade", "stage")
        return {users[contact]: Standing(*rest) for contact, *rest in rows}


def on_record(workspace: Workspace) -> dict[tuple[int, str], int]:
    """(contact, stage) → how much oftener it was entered than left; each was first entered, and then left or not."""
    found = Counter[tuple[int, str]]()
    with workspace_scope(workspace.id):
        changes = StageChange.objects.filter(workspace=workspace).order_by("id").values_list("contact_id", "stage", "direction")
        for contact, stage, direction in changes:
            found[contact, stage] += 1 if direction == "entered" else -1
            assert found[contact, stage] in (0, 1)
    return found


@few
@given(st.data(), ZONES)
def test_two_workers_at_once_leave_what_one_leaves(
    owner: User, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, data: st.DataObject, zone: str
) -> None:
    monkeypatch.setattr(due, "RANGE", 1)
    whole = data.draw(turning_documents() | fading_documents() | crowded_documents() | documents())
    batches = data.draw(arriving(data.draw(calls(turning_histories() | crowded_histories()))))
    _, alone = run_through(owner, whole, batches, zone=zone, sweeping=True)
    workspace = by_two(owner, whole, batches, zone, pool)
    assert stands(workspace) == alone
    reached = {(contact, stage) for (contact, stage), open_ in on_record(workspace).items() if open_}
    with workspace_scope(workspace.id):
        highest = dict(Score.objects.filter(workspace=workspace).exclude(stage=None).values_list("contact_id", "stage"))
    assert set(highest.items()) <= reached
