"""The demo, loaded once for all tests of it: what they change, they roll back. The other tests find the tables empty again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Workspace
from demo import loading
from tests.conftest import empty_tables

NOW = datetime(2031, 5, 14, 9, 41, tzinfo=UTC)  # a Wednesday


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Workspace]:
    """The demo as it would have been loaded at NOW."""
    with django_db_blocker.unblock():
        assert loading.load(NOW, "a password", lambda reached: None)
        workspace = loading.find()
        assert workspace
        yield workspace
        empty_tables()
