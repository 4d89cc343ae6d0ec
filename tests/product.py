"""The whole product, run as a newcomer runs it (`manage.py up`), with a mail server of the test. For end-to-end tests.

    with running() as product: …

Take it through the fixture `product` of tests/browser/conftest.py where one run may serve several tests.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg2
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from leadscore.launcher.folder import DataFolder

ROOT = Path(__file__).resolve().parents[1]
FROM_THE_SUITE = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "STATIC_IS_COLLECTED")
READY_SECONDS = 120.0
LOADED_SECONDS = 240.0  # on a machine that is busy with other things; seconds where it is not
STOP_SECONDS = 30.0


@dataclass(frozen=True)
class Delivered:
    """One mail to one recipient, as the server took it."""

    recipient: str
    mail: EmailMessage

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass
class Sink:
    """An SMTP server that takes everything and keeps it."""

    delivered: list[Delivered] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.delivered += [Delivered(recipient, mail) for recipient in envelope.rcpt_tos]
        return "250 taken"

    def recipients(self) -> list[str]:
        return sorted(one.recipient for one in self.delivered)


@dataclass
class Product:
    """A running installation. `folder` is its data, `sink` what its mail server took."""

    url: str
    folder: DataFolder
    log: Path
    sink: Sink
    process: subprocess.Popen[bytes]

    def wait_for(self, text: str, seconds: float) -> None:
        wait_until(lambda: text in self.output() or self.process.poll() is not None, seconds, self.output)
        assert text in self.output(), self.output()[-3000:]

    def output(self) -> str:
        return self.log.read_text()

    def sign_in(self) -> tuple[str, str]:
        """The address and the password that `up` told."""
        found = re.search(r"as (\S+), password (\S+)", self.output())
        assert found, self.output()[-3000:]
        return found[1], found[2]

    def rows(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        """Reads the product's tables as a superuser does, whom policies do not bind."""
        with psycopg2.connect(self.folder.database_url("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(statement, params)
            rows = list(cursor.fetchall())
        connection.close()
        return rows


def wait_until(happened: Callable[[], Any], seconds: float, story: Callable[[], object] = lambda: "") -> float:
    """How long it took, in seconds."""
    started = time.monotonic()
    while not happened():
        assert time.monotonic() - started < seconds, f"not within {seconds} s. {str(story())[-3000:]}"
        time.sleep(0.05)
    return time.monotonic() - started


@contextmanager
def running(*, demo: bool) -> Iterator[Product]:
    """Starts everything in a new data folder, and ends it. With `demo`, waits until the demo is loaded."""
    with tempfile.TemporaryDirectory(prefix="leadscore-product-", ignore_cleanup_errors=True) as path, mail_server() as (sink, mail_port):
        product = start(Path(path), sink, mail_port, demo)
        try:
            product.wait_for(f"\nready {product.url}\n", READY_SECONDS)
            if demo:
                product.wait_for("sign in ", LOADED_SECONDS)
            yield product
        finally:
            if product.process.poll() is None:
                product.process.send_signal(signal.SIGINT)
                product.process.wait(STOP_SECONDS)


def start(path: Path, sink: Sink, mail_port: int, demo: bool) -> Product:
    port, log = free_port(), path / "up.log"
    environment = {name: value for name, value in os.environ.items() if name not in FROM_THE_SUITE}
    environment |= {"LEADSCORE_DATA": str(path / "data"), "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}
    command = [sys.executable, "manage.py", "up", "--port", str(port), *([] if demo else ["--no-demo"])]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    return Product(f"http://127.0.0.1:{port}", DataFolder.at(path / "data"), log, sink, process)


@contextmanager
def mail_server() -> Iterator[tuple[Sink, int]]:
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink, port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
