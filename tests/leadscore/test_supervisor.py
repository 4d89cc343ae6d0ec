"""What the supervisor does with a process that has an errand."""

from __future__ import annotations

import shutil
import sys

import pytest

from leadscore.launcher.folder import DataFolder
from leadscore.launcher.processes import Program
from leadscore.launcher.supervisor import Supervisor


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder.at(tmp_path / "data")
    folder.create()
    yield folder
    shutil.rmtree(folder.sockets, ignore_errors=True)


def run_errand(folder: DataFolder, code: str) -> Supervisor:
    supervisor = Supervisor()
    supervisor.send(Program("errand", [sys.executable, "-c", code], folder.path))
    assert supervisor.wait_until(lambda: not supervisor.watched, 20)
    return supervisor


def test_an_errand_that_is_done_is_not_started_again(folder, capsys):
    supervisor = run_errand(folder, "pass")
    supervisor.check()
    assert supervisor.watched == []
    assert not (folder.run / "errand.pid").exists()
    assert capsys.readouterr().out == ""


def test_an_errand_that_failed_is_told_of(folder, capsys):
    run_errand(folder, "raise SystemExit(3)")
    assert "errand did not finish (exit code 3)" in capsys.readouterr().out
