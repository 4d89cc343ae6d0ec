"""The project's own processes, as one machine runs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from leadscore.celery import QUEUES
from leadscore.launcher.folder import DataFolder
from leadscore.launcher.processes import Program
from leadscore.launcher.statics import MANAGE

WEB_PROCESSES = 2
# A thread spends most of a request waiting for a commit, and PostgreSQL syncs many commits at once: on two cores, 16 threads took 1,400
# calls a second and 4 took 900 (benchmarks/accept.py). Gunicorn's threads took 900; it spends 1.05 ms of processor time a call, Granian 0.66.
WEB_THREADS = 16
WORKER_PROCESSES = 2
# That warning is about messages that hold code; ours are JSON.
NO_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


def children(folder: DataFolder, host: str, port: int, environment: dict[str, str]) -> list[Program]:
    """Web, worker and beat. Their output is piped."""
    environment = {**environment, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": NO_ROOT_WARNING, "STATIC_IS_COLLECTED": "true"}

    def program(name: str, *command: str) -> Program:
        return Program(name, [str(Path(sys.executable).parent / command[0]), *command[1:]], folder.path, environment=environment)

    return [
        program("web", *web_command(host, port)),
        program(
            "worker", "celery", "--quiet", "-A", "leadscore", "worker", "--queues", ",".join(QUEUES), "--concurrency", str(WORKER_PROCESSES),
            "--without-gossip", "--without-mingle", "--hostname", f"worker-{os.getpid()}@%h",
        ),
        program("beat", "celery", "--quiet", "-A", "leadscore", "beat", "--schedule", str(folder.path / "celerybeat-schedule"), "--pidfile="),
    ]  # fmt: skip


def demo_loader(folder: DataFolder, environment: dict[str, str]) -> Program:
    """Makes the demo workspace unless it is there, says how to sign in, and ends. A process of its own: it takes a while the first time."""
    command = [sys.executable, str(MANAGE), "load_demo"]
    return Program("demo", command, folder.path, environment={**environment, "PYTHONUNBUFFERED": "1"})


def web_command(host: str, port: int) -> list[str]:
    return [
        "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(WEB_PROCESSES),
        "--blocking-threads", str(WEB_THREADS), "--no-ws", "--workers-kill-timeout", "3", "--log-level", "error", "leadscore.wsgi:application",
    ]  # fmt: skip
