"""A pytest plugin that runs the suite on a PostgreSQL and a Valkey of its own. Loaded early (`-p tests.services`), before settings are read.

The servers live in a new folder under /tmp for one run. They end with it, also after Ctrl-C; if pytest is killed the kernel stops them,
and the next run removes the folder. What protects data from a power cut is off.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from leadscore.launcher.embedded import Servers, repair
from leadscore.launcher.folder import CannotStart, DataFolder

PREFIX = "leadscore-test-"
SURELY_STARTED = 60  # seconds; a younger folder may belong to a run that does not hold it yet
# Without autovacuum: it would count a table while it is empty between two tests, and have plans made for nothing in it while the next fills it.
FAST = {"autovacuum": "off", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}
# Read by settings.py; a value from the developer's shell would send mail or change what is tested.
NOT_FROM_OUTSIDE = ("EMAIL_URL", "ANYMAIL_PROVIDER", "SITE_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "CELERY_BROKER_URL", "METRICS_TOKEN")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """A wrapper runs before every plain hook, and so before pytest-django loads the settings."""
    remove_abandoned_folders()
    folder = DataFolder.at(tempfile.mkdtemp(prefix=PREFIX))
    held = folder.held()
    held.__enter__()
    servers = Servers(folder, FAST, durable=False)
    servers.start()

    def end() -> None:
        servers.stop()
        remove(folder)
        held.__exit__(None, None, None)

    early_config.add_cleanup(end)
    use(servers)
    return (yield)


def use(servers: Servers) -> None:
    for name in NOT_FROM_OUTSIDE:
        os.environ.pop(name, None)
    os.environ.update(servers.environment(), LEADSCORE_DATA=str(servers.folder.path), SECRET_KEY="only-for-tests-" * 4 + "0123456789")
    os.environ.setdefault("STATIC_IS_COLLECTED", "false")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")


def remove_abandoned_folders() -> None:
    """Folders of runs that were killed: nobody holds them any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        folder = DataFolder.at(path)
        try:
            if time.time() - path.stat().st_mtime < SURELY_STARTED:
                continue
            with folder.held():
                repair(folder)
                remove(folder)
        except (CannotStart, FileNotFoundError):
            continue  # it runs, or another run is removing it, or it is another user's


def remove(folder: DataFolder) -> None:
    shutil.rmtree(folder.path)
    shutil.rmtree(folder.sockets, ignore_errors=True)
