"""Fixtures that every test may use. An app's own fixtures lie in its folder's conftest."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import psycopg2
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from accounts.models import Membership, Role, User, Workspace
from accounts.workspaces import create_workspace
from leadscore import clock

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# Filled by migrations, so a test that commits must leave them.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strict-skips", action="store_true", help="a skipped test is a failure")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return fail_if_skipped(report, item.config) if not hasattr(report, "wasxfail") else report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return fail_if_skipped(report, collector.config)


def fail_if_skipped(report: Report, config: pytest.Config) -> Report:
    if report.skipped and config.getoption("--strict-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which --strict-skips does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """No separate test database: the run has its own server. The owner migrates it; tests connect as the process role."""
    with django_db_blocker.unblock():
        call_command("setup_database", quiet=True)


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner() -> Iterator[None]:
    """A test that commits is cleaned up after by the owner, for the process role may not TRUNCATE."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_tables())
        yield


def empty_tables() -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")  # a transaction that a test left open shows as an error, not as a hang
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace")
        tables = [name for (name,) in cursor.fetchall() if name not in KEPT_TABLES]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in tables))
        filled = [f'"{name}"' for (name,) in cursor.fetchall()]
        if filled:
            cursor.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")


@contextmanager
def as_owner() -> Iterator[psycopg2.extensions.connection]:
    """A connection beside Django's, whose test cases allow none but the default."""
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL)
    owner.autocommit = True
    try:
        yield owner
    finally:
        owner.close()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits and marks of one test are not the next one's."""
    yield
    cache.clear()


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[psycopg2.extensions.connection]:
    """Autocommits as the owner of the tables, whom policies do not bind. It sees only what has been committed, so a test that reads or
    writes rows through it needs `django_db(transaction=True)`.
    """
    with as_owner() as owner:
        yield owner


# The cast: Alice owns the workspace, Bob only looks at it, Charlie owns another one and is a stranger to this.


@pytest.fixture
def now(db: None) -> datetime:
    """One reading of the clock, for deeds."""
    return clock.now()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com", name="Alice Archer")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.com", name="Bob Baker")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.net", name="Charlie Cook")


@pytest.fixture
def workspace(alice: User, bob: User, now: datetime) -> Workspace:
    """Alice's, at /w/acme/. Bob is a viewer."""
    workspace = create_workspace("Acme", alice, now=now)
    Membership.objects.create(workspace=workspace, user=bob, role=Role.VIEWER)
    return workspace


@pytest.fixture
def elsewhere(charlie: User, now: datetime) -> Workspace:
    """Charlie's, at /w/elsewhere/."""
    return create_workspace("Elsewhere", charlie, now=now)


@pytest.fixture
def database_away(workspace: Workspace) -> Iterator[None]:
    """Connections fail as they do when nobody listens. To be asked for once all that a test needs is there."""
    host = connection.settings_dict["HOST"]
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    connection.settings_dict.update(HOST="/nowhere", OPTIONS={name: value for name, value in options.items() if name != "host"})
    yield
    connection.close()
    connection.settings_dict.update(HOST=host, OPTIONS=options)
