"""Possible duplicates through the API: listed with why, dismissed, merged by the path of the contact."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact, Duplicate
from tests.api.conftest import Api
from tests.contacts.test_aliases import alias
from tests.contacts.test_identity import BROWSER, of, said
from tests.scoring.conftest import Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(workspace: Workspace, elsewhere: Workspace, send: Send) -> list[int]:
    """Ada and Bea, of whom two calls say that they are one; their ids. Elsewhere, a pair that is none of Acme's."""
    send(said("1", user="ada"), said("2", user="bea", email="bea@firm.test"), said("3", user="cleo"))
    send(said("4", user="ada", email="bea@firm.test"))
    send(alias("5", "ada", "bea"), source=BROWSER)
    with workspace_scope(elsewhere.id):
        one, another = (Contact.objects.create(workspace=elsewhere, created_at="2026-01-01T00:00Z") for _ in range(2))
        Duplicate.objects.create(workspace=elsewhere, first=one, second=another, reason="email", value="x@y.test", at="2026-01-01T00:00Z")
    return [of(workspace, "ada").id, of(workspace, "bea").id]


def test_each_reason_is_listed_the_latest_first(api: Api, workspace: Workspace, pair: list[int]) -> None:
    listed = api.get("/duplicates/")["results"]
    assert [(one["contacts"], one["reason"], one["value"]) for one in listed] == [(pair, "alias", "bea"), (pair, "email", "bea@firm.test")]
    first = api.get("/duplicates/?limit=1")
    second = api.get(first["next"])
    assert ([one["id"] for one in first["results"] + second["results"]], second["next"]) == ([one["id"] for one in listed], None)
    assert len(api.get(f"/duplicates/?contact={pair[0]}")["results"]) == 2
    assert api.get(f"/duplicates/?contact={of(workspace, 'cleo').id}")["results"] == []


def test_a_pair_that_is_dismissed_or_merged_is_listed_no_longer(api: Api, pair: list[int], workspace: Workspace, send: Send) -> None:
    first = api.get("/duplicates/")["results"][0]["id"]
    for _ in range(2):
        assert api("POST", f"/duplicates/{first}/dismiss/").status_code == 204
        assert api.get("/duplicates/")["results"] == []
    send(said("6", user="cleo", email="bea@firm.test"))
    cleo = of(workspace, "cleo").id
    assert [one["contacts"] for one in api.get("/duplicates/")["results"]] == [[pair[1], cleo]]
    api("POST", f"/contacts/{pair[1]}/merge/", {"into": pair[0]})
    assert [one["contacts"] for one in api.get("/duplicates/")["results"]] == [[pair[0], cleo]]
    api("POST", f"/contacts/{cleo}/merge/", {"into": pair[0]})
    assert api.get("/duplicates/")["results"] == []


def test_a_pair_of_another_workspace_and_a_key_that_only_reads_are_refused(
    api: Api, key_with: Callable[..., Api], pair: list[int], elsewhere: Workspace
) -> None:
    with workspace_scope(elsewhere.id):
        strange = Duplicate.objects.get(workspace=elsewhere)
    assert api("POST", f"/duplicates/{strange.id}/dismiss/").status_code == 404
    assert api.get(f"/duplicates/?contact={strange.first_id}")["results"] == []
    own = api.get("/duplicates/")["results"][0]["id"]
    assert key_with("read").faults("POST", f"/duplicates/{own}/dismiss/", status=403) == []
    assert len(key_with("read").get("/duplicates/")["results"]) == 2
