"""`manage.py bench`: run the benchmarks on embedded servers of their own, which sync to disk as those of `up` do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadscore.launcher.embedded import embedded_servers
from leadscore.launcher.folder import DataFolder


class Command(BaseCommand):
    help = "Runs benchmarks/*.py, or those that are named, each with an empty set-up database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="such as `draining`; all without")

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        found = {path.stem: path for path in sorted((settings.BASE_DIR / "benchmarks").glob("[!_]*.py"))}
        unknown = sorted(set(names) - set(found))
        if unknown:
            raise CommandError(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(found)}.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it as well finds no server and no folder left behind
        for name in names or found:
            self.stdout.write(f"== {name}")
            run(found[name])


def run(script: Path) -> None:
    """In a new process, for what it measures includes its memory."""
    folder = DataFolder.at(tempfile.mkdtemp(prefix="leadscore-bench-"))
    try:
        with embedded_servers(folder) as servers:
            environment = {**os.environ, **servers.environment(), "LEADSCORE_DATA": str(folder.path), "SECRET_KEY": settings.SECRET_KEY}
            environment["PYTHONPATH"] = str(settings.BASE_DIR)
            for command in (["manage.py", "setup_database", "--quiet"], [str(script)]):
                subprocess.run([sys.executable, *command], cwd=settings.BASE_DIR, env=environment, check=True)
    finally:
        shutil.rmtree(folder.path)
