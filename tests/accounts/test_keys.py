"""Keys: issued, found, touched, edited, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.access import KeyFacts
from accounts.keys import NotOfThisKey, UnknownScope, edit, find, hash_of, issue, revoke, touch
from accounts.models import AuditEntry, Key, KeyKind, User, Workspace
from accounts.scope import workspace_scope


def known(token: str) -> KeyFacts:
    """A key that must be there."""
    facts = find(token)
    assert facts is not None
    return facts


def test_a_write_key_is_public_and_tracks_only(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, KeyKind.WRITE, "Shop", ["admin"], alice, now)
    assert (token[:3], len(token), key.public_token, key.scopes) == ("wk_", 43, token, ["track"])


def test_of_a_secret_key_only_the_hash_is_kept(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, KeyKind.SECRET, "CRM", ["read"], alice, now)
    stored = Key.objects.filter(id=key.id).values().get()
    assert stored["token_hash"] == hash_of(token)
    assert [name for name, value in stored.items() if value == token] == []
    assert stored["prefix"] == token[:11]


def test_the_database_refuses_to_keep_a_secret_key_in_clear(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, KeyKind.SECRET, "CRM", ["read"], alice, now)
    with pytest.raises(IntegrityError, match="accounts_key_secret_is_hashed"), transaction.atomic():
        Key.objects.filter(id=key.id).update(public_token=token)


def test_scopes_are_kept_once_and_in_order(workspace: Workspace, alice: User, now: datetime) -> None:
    key, _ = issue(workspace, KeyKind.SECRET, "CRM", ["write", "track", "write"], alice, now)
    assert key.scopes == ["track", "write"]


def test_an_unknown_scope_is_refused(workspace: Workspace, alice: User, now: datetime) -> None:
    with pytest.raises(UnknownScope, match="everything"):
        issue(workspace, KeyKind.SECRET, "CRM", ["read", "everything"], alice, now)


def test_it_is_found_by_its_text_in_one_query_without_a_scope(
    workspace: Workspace, alice: User, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, token = issue(workspace, KeyKind.SECRET, "CRM", ["read", "write"], alice, now)
    with django_assert_num_queries(1):
        facts = find(token)
    assert facts == KeyFacts(key.id, workspace.id, "secret", ("read", "write"), 1000, (), revoked=False, last_used_at=None)


def test_an_unknown_text_finds_nothing(workspace: Workspace) -> None:
    assert find("sk_" + "0" * 40) is None


def test_a_revoked_key_may_nothing(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, KeyKind.SECRET, "CRM", ["admin"], alice, now)
    assert known(token).may("keys") is True
    assert revoke(key, alice, now) is True
    assert known(token).revoked is True
    assert known(token).may("read") is False


def test_revoking_twice_is_one_deed(workspace: Workspace, alice: User, now: datetime) -> None:
    key, _ = issue(workspace, KeyKind.SECRET, "CRM", ["admin"], alice, now)
    revoke(key, alice, now)
    assert revoke(key, alice, now + timedelta(days=1)) is False
    key.refresh_from_db()
    assert key.revoked_at == now
    with workspace_scope(workspace.id):
        assert AuditEntry.objects.filter(action="key.revoked").count() == 1


def test_use_is_noted_at_most_once_a_minute(
    workspace: Workspace, alice: User, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, token = issue(workspace, KeyKind.SECRET, "CRM", ["read"], alice, now)
    touch(known(token), now)
    facts = known(token)
    with django_assert_num_queries(0):
        touch(facts, now + timedelta(seconds=59))
    assert known(token).last_used_at == now
    touch(facts, now + timedelta(seconds=61))
    assert known(token).last_used_at == now + timedelta(seconds=61)


def test_a_late_worker_does_not_move_last_use_back(workspace: Workspace, alice: User, now: datetime) -> None:
    _, token = issue(workspace, KeyKind.SECRET, "CRM", ["read"], alice, now)
    before = known(token)
    touch(before, now)
    touch(before, now - timedelta(seconds=5))
    assert known(token).last_used_at == now


def changes(workspace: Workspace) -> list[tuple[str, dict[str, object]]]:
    """Target and data of each edit in the audit log."""
    with workspace_scope(workspace.id):
        return list(AuditEntry.objects.filter(action="key.changed").order_by("id").values_list("target", "data"))


def test_an_edit_changes_what_is_given_and_is_recorded(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, KeyKind.WRITE, "Shop", [], alice, now)
    assert edit(key, by=alice, name="Site", requests_per_second=20, allowed_origins=["https://shop.example"]) is True
    assert edit(key, by=alice, requests_per_second=30) is True
    key.refresh_from_db()
    assert (key.name, known(token).requests_per_second, known(token).allowed_origins) == ("Site", 30, ("https://shop.example",))
    assert changes(workspace) == [
        (
            "Site",
            {
                "name": {"from": "Shop", "to": "Site"},
                "requests_per_second": {"from": 1000, "to": 20},
                "allowed_origins": {"from": [], "to": ["https://shop.example"]},
            },
        ),
        ("Site", {"requests_per_second": {"from": 20, "to": 30}}),
    ]


def test_an_edit_that_changes_nothing_is_not_recorded(workspace: Workspace, alice: User, now: datetime) -> None:
    key, _ = issue(workspace, KeyKind.WRITE, "Shop", [], alice, now)
    assert edit(key, by=alice, name="Shop", requests_per_second=1000, allowed_origins=[]) is False
    assert changes(workspace) == []


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        (KeyKind.WRITE, {"requests_per_second": 0}, "1 to 10,000"),
        (KeyKind.WRITE, {"requests_per_second": 10_001}, "1 to 10,000"),
        (KeyKind.SECRET, {"allowed_origins": ["https://shop.example"]}, "Only write keys"),
        (KeyKind.WRITE, {"allowed_origins": [f"https://s{number}.example" for number in range(51)]}, "at most 50"),
    ],
)
def test_an_edit_that_cannot_be_leaves_the_key(workspace: Workspace, alice: User, now: datetime, kind: str, given: dict[str, Any], why: str) -> None:
    key, token = issue(workspace, kind, "Shop", ["read"], alice, now)
    before = known(token)
    with pytest.raises(NotOfThisKey, match=why):
        edit(key, by=alice, **given)
    assert (known(token), changes(workspace)) == (before, [])


def test_a_rate_that_an_operator_gave_may_stay(workspace: Workspace, alice: User, now: datetime) -> None:
    key, token = issue(workspace, KeyKind.SECRET, "CRM", ["track"], alice, now)
    Key.objects.filter(id=key.id).update(requests_per_second=50_000)
    edit(key, by=alice, name="ERP", requests_per_second=50_000)
    assert known(token).requests_per_second == 50_000


def test_the_database_refuses_origins_of_a_secret_key(workspace: Workspace, alice: User, now: datetime) -> None:
    key, _ = issue(workspace, KeyKind.SECRET, "CRM", ["read"], alice, now)
    with pytest.raises(IntegrityError, match="accounts_key_origins_of_write_keys"), transaction.atomic():
        Key.objects.filter(id=key.id).update(allowed_origins=["https://shop.example"])
