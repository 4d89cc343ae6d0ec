"""What `manage.py` runs: Django's commands, and a hint where the servers they need are not there."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import OperationalError


def run(arguments: Sequence[str]) -> None:
    """Runs the command. In demo mode without `up` it ends with what to do; a server that is there and fails keeps its trace."""
    try:
        execute_from_command_line(list(arguments))
    except OperationalError:
        if not settings.DEMO_MODE or settings.DATA_FOLDER.serves:
            raise
        sys.exit(
            f"The database of {settings.DATA_FOLDER.path} is not running. Start it with `make up` (or `manage.py up`) in another terminal and "
            "leave it running, or name the folder of one that runs: LEADSCORE_DATA has to be the same for both."
        )
