"""`manage.py up`, run as a newcomer runs it: a process of its own, a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from leadscore.launcher.folder import DataFolder
from leadscore.launcher.processes import is_alive, mark_of, recorded

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["postgres", "valkey", "web", "worker", "beat"]
FROM_THE_SUITE = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "STATIC_IS_COLLECTED")
READY_SECONDS = 90
STOP_SECONDS = 20


class Up:
    """One run of the command. Its output is in `log`."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self.folder, self.port = folder, port
        self.log = folder.path.with_suffix(f".{time.monotonic_ns()}.log")
        environment = {name: value for name, value in os.environ.items() if name not in FROM_THE_SUITE}
        self.environment = {**environment, "LEADSCORE_DATA": str(folder.path)}
        self.command = [sys.executable, "manage.py", "up", "--port", str(port), "--no-demo"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def wait_for(self, text: str, seconds: float = READY_SECONDS) -> None:
        give_up = time.monotonic() + seconds
        while text not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < give_up, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def wait_until_ready(self) -> None:
        self.wait_for(f"\nready http://127.0.0.1:{self.port}\n")

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()

    def again(self) -> subprocess.CompletedProcess[str]:
        """The same command a second time, to see it refused."""
        return subprocess.run(self.command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def pid(self, name: str) -> int:
        return int((self.folder.run / f"{name}.pid").read_text().split()[0])

    def left_running(self) -> list[str]:
        """What still runs for this data folder: whatever carries its mark, and the servers, which overwrite theirs."""
        marked = [process for process in psutil.process_iter() if mark_of(process) == str(self.folder.path)]
        servers = [process for process in psutil.process_iter(["cmdline"]) if str(self.folder.sockets) in " ".join(process.info["cmdline"] or [])]
        return [repr(process) for process in {*marked, *servers} if is_alive(process)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def folder() -> Iterator[DataFolder]:
    with tempfile.TemporaryDirectory(prefix="leadscore-up-", ignore_cleanup_errors=True) as path:
        yield DataFolder.at(Path(path) / "data")


@pytest.fixture(scope="module")
def up(folder: DataFolder) -> Iterator[Up]:
    folder.path.mkdir()
    running = Up(folder, free_port())
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def test_it_serves_requests_when_it_says_ready(up):
    assert up.get("/healthz") == (200, "ok\n")
    assert up.get("/readyz") == (200, "ok\n")


def test_it_runs_each_part_once(up):
    assert [recorded(up.folder.run / f"{name}.pid") is not None for name in NAMES] == [True] * len(NAMES)


def test_without_the_demo_it_says_how_to_get_in(up):
    up.wait_for(f"make an account at http://127.0.0.1:{up.port}/accounts/signup/, or a workspace with `manage.py create_workspace`", 10)


def test_processes_connect_as_the_role_that_policies_bind(up):
    connection = psycopg2.connect(up.folder.database_url())
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchall() == [("leadscore_owner",)]
    connection.close()


def test_a_second_one_on_the_same_folder_is_refused_by_name(up):
    other = Up.again(up)
    assert (other.returncode, f"Port {up.port} is in use" in other.stderr) == (1, True)
    up.command[4] = str(free_port())
    other = Up.again(up)
    assert (other.returncode, f"is in use by process {up.process.pid}" in other.stderr) == (1, True)


def test_a_part_that_dies_is_started_again(up):
    before = up.pid("beat")
    os.kill(before, signal.SIGKILL)
    up.wait_for("beat ended (signal SIGKILL); starting it again in 1 s.", 10)
    give_up = time.monotonic() + 20
    while recorded(up.folder.run / "beat.pid") is None and time.monotonic() < give_up:
        time.sleep(0.1)
    assert up.pid("beat") != before


def test_ctrl_c_leaves_no_process(up):
    assert up.stop() == 0
    assert up.left_running() == []
    assert not list(up.folder.run.glob("*.pid"))


def test_after_kill_9_the_next_run_repairs_and_keeps_the_data(folder):
    first = Up(folder, free_port())
    first.wait_until_ready()
    secret = folder.secret_key()
    first.process.kill()
    first.process.wait()
    second = Up(folder, free_port())
    try:
        second.wait_until_ready()
        assert second.get("/readyz") == (200, "ok\n")
        assert folder.secret_key() == secret
    finally:
        second.stop()
    assert second.left_running() == []
