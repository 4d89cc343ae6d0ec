"""The two embedded servers of a data folder, started and stopped together."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from leadscore.launcher.folder import OWNER_ROLE, CannotStart, DataFolder
from leadscore.launcher.postgres import Postgres
from leadscore.launcher.processes import Program, ask_to_stop, finish, start, stop_left_over, stop_marked
from leadscore.launcher.valkey import Valkey

READY_SECONDS = 30.0
LOG_LINES = 15


class NotReady(CannotStart):
    """A server ended, or did not answer in time; the message holds the end of its log."""


@dataclass
class Servers:
    """PostgreSQL and Valkey of one data folder. The folder must be held (`DataFolder.held`) while they run."""

    folder: DataFolder
    postgres_settings: Mapping[str, str] = field(default_factory=dict)
    durable: bool = True
    running: dict[str, tuple[Program, subprocess.Popen[bytes]]] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[Postgres, Valkey]:
        return Postgres(self.folder, self.postgres_settings), Valkey(self.folder, self.durable)

    def start(self) -> None:
        """Start both and wait until both answer. Leaves nothing running if one fails. Call `repair` before."""
        postgres, valkey = self.kinds
        try:
            for server in (valkey, postgres):
                server.prepare()
                self.running[server.program.name] = server.program, start(server.program)
            for server in (valkey, postgres):
                self.wait_until_ready(server)
            postgres.create_roles_and_database()
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self, server: Postgres | Valkey) -> None:
        program, process = self.running[server.program.name]
        give_up = time.monotonic() + READY_SECONDS
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > give_up:
                raise NotReady(f"{program.name} did not start. The end of its log:\n{last_lines(program)}")
            time.sleep(0.02)

    def stop(self) -> None:
        for program, process in self.running.values():
            ask_to_stop(program, process)
        for program, process in self.running.values():
            finish(program, process)
        self.running.clear()

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to use these servers."""
        return {
            "DATABASE_URL": self.folder.database_url(),
            "DATABASE_OWNER_URL": self.folder.database_url(OWNER_ROLE),
            "REDIS_URL": self.folder.redis_url,
        }


def repair(folder: DataFolder) -> int:
    """Stop whatever an earlier run of this folder left running, because it was killed. Returns how many processes there were."""
    folder.create()
    left = stop_marked(folder.path)
    return left + sum(stop_left_over(server.program) for server in (Postgres(folder), Valkey(folder)))


def last_lines(program: Program) -> str:
    if program.output is None or not program.output.exists():
        return "(no log)"
    return "\n".join(program.output.read_text(errors="replace").splitlines()[-LOG_LINES:])


@contextmanager
def embedded_servers(folder: DataFolder) -> Iterator[Servers]:
    """Both servers for the length of a `with` block."""
    with folder.held():
        repair(folder)
        servers = Servers(folder)
        servers.start()
        try:
            yield servers
        finally:
            servers.stop()
