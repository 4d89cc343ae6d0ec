"""Calls flow, versions are published, superseded and their workers die: whoever reads finds the scores of one version, each the engine's."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import Job, Workspace
from accounts.scope import workspace_scope
from contacts import people
from leadscore import clock
from scoring import publishing, scratch
from scoring.engine import Profile, explain
from scoring.models import Score
from scoring.versions import live
from tests.scoring.conftest import DOCUMENT, accept
from tests.scoring.test_publishing import finish, from_scratch, scores, start
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS, MOST_SECONDS = 5.0, 60.0  # the latter on a machine that is busy with other things
VERSIONS = 4  # that readers see at the least
CONTACTS = 12
TITLES = ("CTO", "Director of IT", "Engineer")


def model(number: int) -> dict[str, Any]:
    """One of three: conditions, points, what expires, a profile rule and a stage differ; one rule is always taken over."""
    size = {"field": "properties.size", "op": "gte", "value": (0, 3, 6)[number]}
    rules = [
        {"key": "demo", "name": "Demo", "when": "activity", "activity": "Demo Requested", "points": 10 + number, "conditions": size,
         "frequency": {"limit": 3, "per": "ever"}, "expiry": {"days": (90, 30, 365)[number]}},
        {"key": "any", "name": "Any demo", "when": "activity", "activity": "Demo Requested", "points": 7 - number},
        {"key": "role", "name": "Role", "when": "profile", "points": 5,
         "conditions": {"field": "contact.job_title", "op": "contains", "value": TITLES[number]}},
    ]  # fmt: skip
    return {**DOCUMENT, "rules": rules, "stages": [{"key": "hot", "name": "Hot", "threshold": 15 + 5 * number}]}


class Readers:
    """What those who read have seen, and whether that is enough."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.has_failed = False
        self.began, self.lock = monotonic(), Lock()

    def note(self, version: int) -> None:
        with self.lock:
            self.seen.add(version)

    @property
    def are_done(self) -> bool:
        passed = monotonic() - self.began
        return self.has_failed or passed > MOST_SECONDS or (passed > SECONDS and len(self.seen) >= VERSIONS)


def visitors(workspace: Workspace, readers: Readers) -> None:
    """Demos of today and of weeks ago, and people who change their job."""
    chance, sent = random.Random(1), 0
    while not readers.are_done:
        sent += 1
        accept(workspace, list(calls(chance, sent)), clock.now())
        while drain(workspace.id).more:
            pass


def calls(chance: random.Random, number: int) -> Iterator[dict[str, Any]]:
    user, at = f"u{chance.randrange(CONTACTS)}", clock.now() - timedelta(days=chance.choice((0, 0, 45, 100)))
    yield {"type": "track", "userId": user, "event": "Demo Requested", "messageId": f"d{number}", "timestamp": at.isoformat(),
           "properties": {"size": chance.randrange(9)}}  # fmt: skip
    if chance.random() < 0.3:
        yield {"type": "identify", "userId": user, "messageId": f"i{number}", "traits": {"job_title": chance.choice(TITLES)}}


def publisher(workspace: Workspace, readers: Readers) -> None:
    """One model after the other; every fourth does not wait for the one before it, and supersedes that."""
    for number in range(1, 10_000):
        job = start(workspace, model(number % 3))
        while number % 4 and job in open_jobs(workspace) and not readers.are_done:
            sleep(0.02)
        if readers.are_done:
            return


def worker(workspace: Workspace, readers: Readers, seed: int) -> None:
    """Goes on with what is published, and now and then loses its connection in the middle of a part."""
    chance = random.Random(seed)

    def dying() -> Any:
        if chance.random() < 0.05:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return clock.now()

    while not readers.are_done:
        for job in open_jobs(workspace):
            try:
                publishing.advance(workspace.id, job.id, dying)
            except OperationalError:
                connection.close()


def reader(workspace: Workspace, readers: Readers) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation = 'repeatable read'")  # the scores and what they are held to are of one instant
    while not readers.are_done:
        look(workspace, readers)


def look(workspace: Workspace, readers: Readers) -> None:
    """Reads the scores as a list does, and holds each to what the engine makes of all activities by the version that is live."""
    with workspace_scope(workspace.id):
        t, (version,) = clock.now(), live(workspace.id)
        read = Score.objects.filter(workspace=workspace, version__state="live").values_list("version_id", "contact_id", "points", "grade", "stage")
        known = people.load(workspace.id, list(workspace.contacts.values_list("id", flat=True)))
        ledgers = scratch.ledgers(workspace.id, [version], list(known), t)
        computed = []
        for contact, person in known.items():
            outcome = explain(version.model, ledgers[version.id, contact], Profile(person.profile(), person.company_traits), t).outcome
            computed.append((version.id, contact, outcome.points, outcome.grade, outcome.stage))
        assert sorted(read) == sorted(computed)
    readers.note(version.id)


def open_jobs(workspace: Workspace) -> list[Job]:
    with workspace_scope(workspace.id):
        return list(Job.objects.filter(workspace=workspace, state__in=("queued", "running")))


def taking_part(deed: Callable[..., None], workspace: Workspace, readers: Readers, *args: Any) -> None:
    try:
        deed(workspace, readers, *args)
    except BaseException:
        readers.has_failed = True  # the others need not go on
        raise
    finally:
        connection.close()


def test_nobody_ever_reads_a_mixture(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "RANGE", 2)
    finish(workspace, start(workspace, model(0)))
    readers = Readers()
    with ThreadPoolExecutor(6) as pool:
        deeds = [(visitors,), (publisher,), (worker, 1), (worker, 2), (reader,), (reader,)]
        for done in [pool.submit(taking_part, deed, workspace, readers, *args) for deed, *args in deeds]:
            done.result(MOST_SECONDS + 30)
    assert len(readers.seen) >= VERSIONS
    for job in open_jobs(workspace):
        finish(workspace, job)
    assert scores(workspace) == from_scratch(workspace)
    assert len(scores(workspace)) == CONTACTS
