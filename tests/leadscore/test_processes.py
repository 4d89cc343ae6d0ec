"""What a run that was killed leaves behind, and how the next one finds it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from leadscore.launcher.folder import DataFolder, FolderInUse, FolderNotOurs
from leadscore.launcher.postgres import AS_NOBODY, IN_NAMESPACE, Postgres, as_ordinary_user
from leadscore.launcher.processes import MARK, Program, finish, is_alive, start, stop_left_over, stop_marked

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder.at(tmp_path / "data")
    folder.create()
    yield folder
    shutil.rmtree(folder.sockets, ignore_errors=True)


def sleeper(folder: DataFolder) -> Program:
    return Program("sleeper", SLEEP, folder.path, output=folder.logs / "sleeper.log")


def test_a_process_named_by_a_pid_file_is_stopped(folder):
    program = sleeper(folder)
    process = start(program)
    assert stop_left_over(program) is True
    assert process.wait(5) == -signal.SIGTERM
    assert not program.pid_file.exists()


def test_another_process_that_got_the_number_is_left_alone(folder):
    program = sleeper(folder)
    stranger = subprocess.Popen(SLEEP)
    program.pid_file.write_text(f"{stranger.pid} {psutil.Process(stranger.pid).create_time() - 3600}")
    assert stop_left_over(program) is False
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_children_of_children_are_found_by_their_mark(folder):
    marked = subprocess.Popen(SLEEP, env={**os.environ, MARK: str(folder.path)})
    other = subprocess.Popen(SLEEP, env={**os.environ, MARK: str(folder.path) + "-other"})
    assert stop_marked(folder.path) == 1
    assert (marked.wait(5), other.poll()) == (-signal.SIGTERM, None)
    other.kill()
    other.wait()


def test_stopping_ends_what_the_process_had_started(folder):
    started = f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
    program = Program("parent", [sys.executable, "-c", started], folder.path)
    process = start(program)
    grandchild = psutil.Process(int(process.stdout.readline()))
    finish(program, process, seconds=0)
    give_up = time.monotonic() + 5
    while is_alive(grandchild) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not is_alive(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_child_ends_with_a_parent_that_is_killed(folder):
    code = f"""
import sys, time
from pathlib import Path
from leadscore.launcher.processes import Program, start
print(start(Program("child", {SLEEP!r}, Path({str(folder.path)!r}), output=Path("/dev/null"))).pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))
    time.sleep(0.3)  # until it has become the command
    parent.kill()
    parent.wait()
    give_up = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not is_alive(child)


def test_a_folder_is_held_by_one_process_at_a_time(folder):
    code = f"from leadscore.launcher.folder import DataFolder\nwith DataFolder.at({str(folder.path)!r}).held(): print('held')"
    with folder.held():
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert FolderInUse.__name__ in other.stderr
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert again.stdout == "held\n"


def test_a_folder_that_is_somebody_elses_is_refused(folder):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(folder.sockets, 65534, 65534)
    with pytest.raises(FolderNotOurs, match="belongs to somebody else"):
        folder.create()


def test_all_who_ask_at_once_get_one_secret_key(folder):
    code = f"from leadscore.launcher.folder import DataFolder\nprint(DataFolder.at({str(folder.path)!r}).secret_key())"
    asked = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = {process.communicate()[0].strip() for process in asked}
    assert keys == {folder.secret_key()}
    assert (folder.path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("prefix", [IN_NAMESPACE, AS_NOBODY], ids=["namespace", "nobody"])
def test_root_runs_postgres_as_somebody_else(folder, prefix, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("this machine's user is not root")
    monkeypatch.setattr("leadscore.launcher.postgres.as_ordinary_user", lambda: prefix)
    server = Postgres(folder, {"fsync": "off"})
    server.prepare()
    process = start(server.program)
    give_up = time.monotonic() + 20
    while not server.is_ready() and time.monotonic() < give_up:
        time.sleep(0.05)
    server.create_roles_and_database()
    server.create_roles_and_database()
    assert server.is_ready()
    process.send_signal(signal.SIGINT)
    finish(server.program, process)
    assert process.returncode == 0


def test_whoever_is_not_root_needs_no_prefix(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert as_ordinary_user.__wrapped__() == []
