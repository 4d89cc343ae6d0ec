"""`manage.py up`: everything leadscore consists of, on one machine, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from leadscore.celery import WORKER_SEEN
from leadscore.launcher.children import children, demo_loader
from leadscore.launcher.embedded import Servers, repair
from leadscore.launcher.folder import CannotStart, DataFolder, FolderInUse
from leadscore.launcher.statics import collect_if_changed
from leadscore.launcher.supervisor import Supervisor, say

HOST = "127.0.0.1"
READY_SECONDS = 60.0


class Command(BaseCommand):
    help = "Runs PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name others), web, worker and beat, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="leave out the demo workspace")

    def handle(self, *args: Any, port: int, no_demo: bool, **options: Any) -> None:
        refuse_port_in_use(port)
        try:
            with settings.DATA_FOLDER.held():
                run(settings.DATA_FOLDER, port, with_demo=settings.DEMO_MODE and not no_demo)
        except FolderInUse as error:
            raise CommandError(f"{error} Stop that one first, or name another folder with LEADSCORE_DATA.") from error
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            say("stopped.")


def run(folder: DataFolder, port: int, with_demo: bool) -> None:
    """Start in the order of need, then watch. However this ends, nothing is left running."""
    site = os.environ.get("SITE_URL") or f"http://{HOST}:{port}"
    supervisor = Supervisor()
    if repair(folder):
        say("an earlier run was killed; what it left running has been stopped.")
    with stopped_by_signals(supervisor):
        try:
            start_servers(folder, supervisor)
            folder.note_site_url(site)
            prepare()
            start_children(folder, supervisor, port, site)
            announce(port)
            if with_demo:
                supervisor.send(demo_loader(folder, environment_of(folder, site)))
            else:
                say(f"make an account at {site}/accounts/signup/, or a workspace with `manage.py create_workspace` on the same LEADSCORE_DATA.")
            supervisor.watch()
        finally:
            say("stopping.")
            supervisor.stop({"web", "worker", "beat", "demo"})
            supervisor.stop({"postgres", "valkey"})


def start_servers(folder: DataFolder, supervisor: Supervisor) -> None:
    if not settings.DEMO_MODE:
        return
    servers = Servers(folder)
    servers.start()
    for program, process in servers.running.values():
        supervisor.adopt(program, process)
    say(f"PostgreSQL and Valkey run; their data is in {folder.path}.")


def prepare() -> None:
    """Tables and static files: quick when they are there already."""
    with ThreadPoolExecutor(1) as beside:
        collecting = beside.submit(collect_if_changed)
        if "owner" in settings.DATABASES:
            call_command("setup_database", quiet=True)
        if collecting.result():
            say("static files are collected.")
    connections.close_all()


def start_children(folder: DataFolder, supervisor: Supervisor, port: int, site: str) -> None:
    """Start them together and wait until requests are served and a worker takes work."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(WORKER_SEEN)  # a mark of the last run
    for program in children(folder, HOST, port, environment_of(folder, site)):
        supervisor.add(program)
    ready = supervisor.wait_until(lambda: bool(client.exists(WORKER_SEEN)) and serves(port), READY_SECONDS)
    client.close()
    if not ready:
        raise CommandError("Web or worker did not get ready; the lines above say why.")


def environment_of(folder: DataFolder, site: str) -> dict[str, str]:
    """What the project's own processes are told beside what they inherit."""
    return {"SITE_URL": site, "LEADSCORE_DATA": str(folder.path), "DJANGO_SETTINGS_MODULE": "leadscore.settings"}


def serves(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def announce(port: int) -> None:
    sys.stdout.write(f"ready http://{HOST}:{port}\n")
    sys.stdout.flush()


def refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(f"Port {port} is in use. Choose another with --port.") from error


@contextmanager
def stopped_by_signals(supervisor: Supervisor) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM, or a closed terminal) stops in order; a second one kills."""
    asked = False

    def handle(signal_number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            supervisor.kill()
            return
        asked = True
        raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, handle) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
