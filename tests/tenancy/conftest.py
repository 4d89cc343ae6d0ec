"""Acme's rows, which must not leak, beside rows of Elsewhere's own."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import User, Workspace
from tests.tenancy.rows import Rows, fill


@pytest.fixture
def acme(workspace: Workspace, alice: User, now: datetime) -> Rows:
    """Alice's workspace with a row in every table; the word "hushhush" is in each."""
    return fill(workspace, alice, "hushhush", now)


@pytest.fixture
def other(elsewhere: Workspace, charlie: User, now: datetime) -> Rows:
    """Charlie's workspace with a row in every table."""
    return fill(elsewhere, charlie, "plainsight", now)
