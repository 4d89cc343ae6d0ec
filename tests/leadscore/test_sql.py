"""Statements that the database executes while their caller computes."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from leadscore.sql import fetch, running

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "INSERT INTO accounts_workspace (name, slug, time_zone) VALUES (%s, %s, 'UTC')"


def slugs() -> list[str]:
    return list(Workspace.objects.order_by("slug").values_list("slug", flat=True))


def test_what_runs_meanwhile_belongs_to_the_transaction_and_goes_with_it() -> None:
    with transaction.atomic():
        with running(ADD, ["A", "a"]):
            pass
        seen = slugs()
        transaction.set_rollback(True)
    assert (seen, slugs()) == (["a"], [])


def test_it_is_done_when_the_block_ends() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        with running("SELECT pg_sleep(%s)", [0.2]):
            pass
        assert len(captured) == 1


def test_its_error_comes_at_the_end_of_the_block_and_spoils_no_more_than_its_savepoint() -> None:
    reached = []
    with transaction.atomic():
        with pytest.raises(DataError, match="division by zero"), transaction.atomic(), running("SELECT 1 / %s", [0]):
            reached.append("the end")
        assert (reached, fetch("SELECT 1")) == (["the end"], [(1,)])


def test_an_error_of_the_block_comes_first_and_waits_for_the_statement() -> None:
    with pytest.raises(ValueError, match="ours"), transaction.atomic(), running(ADD, ["A", "a"]):
        raise ValueError("ours")
    assert slugs() == []


def test_the_connection_belongs_to_its_thread_alone_again_afterwards() -> None:
    with transaction.atomic(), running("SELECT %s", [1]):
        assert connection.allow_thread_sharing
    assert not connection.allow_thread_sharing
