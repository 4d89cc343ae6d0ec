"""A workspace, looked at by its owner."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User, Workspace


@pytest.fixture
def home(client: Client, alice: User, workspace: Workspace) -> str:
    """The path of its start page."""
    client.force_login(alice)
    return f"/w/{workspace.slug}/"
