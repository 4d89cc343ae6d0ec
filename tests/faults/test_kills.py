"""Processes and servers are killed again and again while calls come in: nothing is lost, nothing counts twice, everybody is told."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import pytest

from tests.product import ROOT, Product, running, wait_until
from tests.scoring.conftest import DOCUMENT

pytestmark = pytest.mark.faults

# Three views in all: a limit a day would let a run around midnight count more.
MODEL = {**DOCUMENT, "rules": [{**DOCUMENT["rules"][0], "frequency": {"limit": 3, "per": "ever"}}, *DOCUMENT["rules"][1:]]}
SECONDS = 40.0
BETWEEN_KILLS = (0.5, 2.0)  # seconds
CONTACTS = 60
VICTIMS = ("worker", "worker", "web", "beat", "valkey", "postgres")
# Published in turns with it: a condition, points and stages differ, so that awards are matched anew, and stages left and entered.
OTHER = {
    **MODEL,
    "rules": [{**MODEL["rules"][0], "conditions": None, "points": 9}, *MODEL["rules"][1:]],
    "stages": [{**stage, "threshold": stage["threshold"] + 7} for stage in MODEL["stages"]],
}
RECOVERED_SECONDS = 180.0  # a message whose sender was killed is taken up when its lease has ended


@pytest.fixture
def product() -> Iterator[Product]:
    with running(demo=False) as product:
        yield product


@dataclass
class Sender:
    """Sends batches until each is answered with 200, as an SDK does, whatever happens to the server meanwhile."""

    product: Product
    workspace: dict[str, str]
    sent: dict[str, list[str]] = field(default_factory=dict)

    def send_for(self, seconds: float, chance: random.Random) -> None:
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            calls = [self._call(chance, f"k{number}-{place}") for place in range(20)]
            self._post_until_taken({"batch": calls}, chance)
            number += 1

    def _call(self, chance: random.Random, message_id: str) -> dict[str, Any]:
        user = f"u{chance.randrange(CONTACTS)}"
        event = chance.choice(["Page Viewed", "Page Viewed", "Demo Requested"])
        self.sent.setdefault(user, []).append(event)
        return {"type": "track", "userId": user, "event": event, "messageId": message_id, "properties": {"url": "https://shop.test/pricing"}}

    def _post_until_taken(self, body: dict[str, Any], chance: random.Random) -> None:
        while not self._is_taken(body):
            time.sleep(0.1)
        if chance.random() < 0.2:
            self._is_taken(body)  # an answer that was lost: the SDK sends the same calls again

    def _is_taken(self, body: dict[str, Any]) -> bool:
        return answered(self.product, "/v1/batch", body, f"Basic {base64.b64encode((self.workspace['write_key'] + ':').encode()).decode()}") == 200


def answered(product: Product, path: str, body: dict[str, Any], authorization: str, method: str = "POST") -> int:
    """The status; 0 where nobody answered."""
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    request = urllib.request.Request(product.url + path, data=json.dumps(body).encode(), headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def manage(product: Product, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY")}
    environment["LEADSCORE_DATA"] = str(product.folder.path)
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def publish(product: Product, bearer: str, document: dict[str, Any]) -> bool:
    """Whether the document is being published."""
    path = "/api/v1/scoring-types/new-leads/"
    return answered(product, path, document, bearer, "PUT") == 200 and answered(product, path + "publish/", {}, bearer) == 202


def kill_now_and_then(product: Product, bearer: str, seconds: float, chance: random.Random) -> list[str]:
    """Who was killed. Workers are killed as they publish, where the web answers."""
    killed, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.uniform(*BETWEEN_KILLS))
        victim = chance.choice(VICTIMS)
        if victim == "worker":
            publish(product, bearer, chance.choice((MODEL, OTHER)))
        if kill(product, victim):
            killed.append(victim)
    return killed


def kill(product: Product, victim: str) -> bool:
    """False where it is just being started again."""
    try:
        os.kill(int((product.folder.run / f"{victim}.pid").read_text().split()[0]), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        return False
    return True


def kill_while_publishing(product: Product, bearer: str) -> bool:
    """Whether a worker was killed while a version was being built."""
    building = "SELECT count(*) FROM scoring_version WHERE state = 'building'"
    return publish(product, bearer, OTHER) and count(product, building) == 1 and kill(product, "worker")


def count(product: Product, statement: str, *params: object) -> int | None:
    """None while the database is away."""
    try:
        return int(product.rows(statement, *params)[0][0])
    except psycopg2.OperationalError:
        return None


def test_kills_lose_nothing_and_double_nothing(product: Product) -> None:
    workspace = json.loads(manage(product, "create_workspace", "Faults", "--email", "f@example.com", "--password", "Corr3ct-horse-battery", "--json"))
    bearer = f"Bearer {workspace['api_key']}"
    assert answered(product, "/api/v1/scoring-types/", MODEL, bearer) == 201
    assert answered(product, "/api/v1/scoring-types/new-leads/publish/", {}, bearer) == 202
    wait_until(lambda: count(product, "SELECT count(*) FROM scoring_version WHERE state = 'live'") == 1, 30)

    sender, seed = Sender(product, workspace), random.randrange(10**6)
    sending = threading.Thread(target=sender.send_for, args=(SECONDS, random.Random(seed)))
    sending.start()
    killed = kill_now_and_then(product, bearer, SECONDS - 2, random.Random(seed + 1))
    sending.join()

    story = f"seed {seed}, killed {killed}"
    wait_until(lambda: kill_while_publishing(product, bearer), RECOVERED_SECONDS, lambda: story)
    wait_until(lambda: publish(product, bearer, MODEL), RECOVERED_SECONDS, lambda: story)
    open_jobs = "SELECT count(*) FROM accounts_job WHERE state IN ('queued', 'running')"
    wait_until(lambda: count(product, open_jobs) == 0, RECOVERED_SECONDS, lambda: story)
    wait_until(lambda: count(product, "SELECT count(*) FROM tracking_inbox") == 0, RECOVERED_SECONDS, lambda: story)
    unsent = "SELECT count(*) FROM notifications_message WHERE state <> 'sent'"
    wait_until(lambda: count(product, unsent) == 0, RECOVERED_SECONDS, lambda: story)

    assert len(set(killed)) >= 3, story
    total = sum(len(events) for events in sender.sent.values())
    assert count(product, "SELECT count(*) FROM contacts_activity") == total, story
    points = product.rows(
        """SELECT i.value, s.points FROM scoring_score s JOIN contacts_identifier i ON i.contact_id = s.contact_id
           JOIN scoring_version v ON v.id = s.version_id WHERE i.kind = 'user_id' AND v.state = 'live'"""
    )
    assert dict(points) == {user: expected(events) for user, events in sender.sent.items()}, story
    messages = product.rows("SELECT message_id FROM notifications_message")
    assert {one.mail["Message-ID"] for one in product.sink.delivered} == {message_id for (message_id,) in messages}, story
    assert len(messages) == len(set(product.rows("SELECT contact_id, stage, recipient FROM notifications_message"))), story


def expected(events: list[str]) -> int:
    """Pricing views count three times, demo requests each time."""
    return 5 * min(3, events.count("Page Viewed")) + 60 * events.count("Demo Requested")
