"""Commands run by hand, as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FROM_THE_SUITE = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


def test_a_command_without_a_running_up_says_what_to_do(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in FROM_THE_SUITE}
    command = [sys.executable, "manage.py", "create_workspace", "Acme", "--email", "dora@example.com", "--password", "Corr3ct-horse-battery"]
    folder = tmp_path / "data"
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, "LEADSCORE_DATA": str(folder)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"The database of {folder} is not running. Start it with `make up`")
    assert "Traceback" not in done.stderr


def test_a_database_of_ones_own_that_is_away_keeps_its_trace() -> None:
    away = {"DATABASE_URL": "postgresql://nobody@/leadscore?host=/nowhere", "DATABASE_OWNER_URL": "", "REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "manage.py", "create_workspace", "Acme", "--email", "dora@example.com", "--password", "Corr3ct-horse-battery"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **away}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "Traceback" in done.stderr, "make up" in done.stderr) == (1, True, False)
