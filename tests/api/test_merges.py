"""Merging and taking apart through the API; ids of contacts merged away lead on."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts import merging
from contacts.models import Contact
from scoring import joining
from tests.api.conftest import Api
from tests.racing import in_a_thread, wait_until_one_waits_for_a_lock
from tests.scoring.test_carrying import work

pytestmark = pytest.mark.django_db


def made(api: Api, user: str, **traits: Any) -> int:
    return int(json.loads(api("POST", "/contacts/", {"user_id": user, "traits": traits}).content)["id"])


@pytest.fixture
def three(api: Api) -> list[int]:
    return [made(api, user, city=user) for user in ("a", "b", "c")]


def test_a_merge_answers_the_survivor_and_every_path_of_the_other_leads_to_it(api: Api, three: list[int]) -> None:
    a, b, c = three
    merged = api("POST", f"/contacts/{a}/merge/", {"into": b})
    assert (merged.status_code, json.loads(merged.content)["user_ids"], json.loads(merged.content)["id"]) == (200, ["a", "b"], b)
    assert api("POST", f"/contacts/{b}/merge/", {"into": c}).status_code == 200
    for id in (a, b):
        for path in ("", "activities/", "history/", "scores/", "merges/"):
            response = api("GET", f"/contacts/{id}/{path}")
            assert (response.status_code, response["Location"]) == (308, f"http://testserver/api/v1/contacts/{c}/{path}")


def test_a_merge_is_listed_and_can_be_undone(api: Api, three: list[int], alice: User) -> None:
    a, b, c = three
    api("POST", f"/contacts/{a}/merge/", {"into": b})
    (listed,) = api.get(f"/contacts/{b}/merges/")["results"]
    assert (listed["contact"], listed["cause"], sorted(listed)) == (a, "person", ["at", "cause", "contact", "undo_until"])
    assert api.get(f"/contacts/{c}/merges/")["results"] == []
    assert api.faults("POST", f"/contacts/{c}/unmerge/", {"contact": a}) == [("contact", "unknown")]
    apart = api("POST", f"/contacts/{b}/unmerge/", {"contact": a})
    assert (apart.status_code, json.loads(apart.content)["user_ids"], json.loads(apart.content)["traits"]) == (200, ["a"], {"city": "a"})
    assert api.get(f"/contacts/{b}/")["user_ids"] == ["b"]
    assert api.get(f"/contacts/{b}/merges/")["results"] == []
    assert api.faults("POST", f"/contacts/{b}/unmerge/", {"contact": a}) == [("contact", "unknown")]


def test_what_cannot_be_merged_is_refused_at_its_field(api: Api, three: list[int], elsewhere: Workspace, now: Any) -> None:
    a, b, c = three
    with workspace_scope(elsewhere.id):
        strange = Contact.objects.create(workspace=elsewhere, created_at=now).id
    path = f"/contacts/{a}/merge/"
    assert api.faults("POST", path, {"into": a}) == [("into", "same")]
    assert api.faults("POST", path, {"into": strange}) == [("into", "unknown")]
    assert api.faults("POST", path, {}) == [("into", "required")]
    assert api.faults("POST", path, {"into": "b"}) == [("into", "invalid")]
    assert api.faults("POST", f"/contacts/{strange}/merge/", {"into": a}, 404) == []
    api("POST", f"/contacts/{c}/merge/", {"into": b})
    assert api.faults("POST", path, {"into": c}) == [("into", "unknown")]
    assert api.get(f"/contacts/{a}/")["user_ids"] == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_contact_that_is_merged_just_now_leads_to_its_survivor(api: Api, three: list[int], workspace: Workspace, alice: User) -> None:
    a, b, c = three
    with ThreadPoolExecutor(1) as pool:
        with workspace_scope(workspace.id):
            joining.merge(workspace, a, c, by=alice)
            answer = in_a_thread(pool, lambda: api("POST", f"/contacts/{a}/merge/", {"into": b}))
            wait_until_one_waits_for_a_lock()
        moved = answer.result()
    assert (moved.status_code, moved["Location"].removeprefix("http://testserver/api/v1")) == (308, f"/contacts/{c}/merge/")


def test_a_key_that_only_reads_merges_nothing(api: Api, key_with: Callable[..., Api], three: list[int]) -> None:
    a, b, _ = three
    reader = key_with("read")
    assert reader.faults("POST", f"/contacts/{a}/merge/", {"into": b}, 403) == []
    api("POST", f"/contacts/{a}/merge/", {"into": b})
    assert reader.faults("POST", f"/contacts/{b}/unmerge/", {"contact": a}, 403) == []
    assert reader.get(f"/contacts/{b}/merges/")["results"][0]["contact"] == a


def test_a_long_merge_and_its_undoing_are_jobs_that_the_contact_and_its_scores_tell_of(
    api: Api, three: list[int], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recomputing() -> tuple[bool, bool]:
        return api.get(f"/contacts/{b}/")["recomputing"], api.get(f"/contacts/{b}/scores/")["recomputing"]

    monkeypatch.setattr(merging, "LONG", 1)
    a, b, _ = three
    merged = api("POST", f"/contacts/{a}/merge/", {"into": b})
    assert (merged.status_code, json.loads(merged.content)["recomputing"], recomputing()) == (200, True, (True, True))
    assert api.faults("POST", f"/contacts/{b}/unmerge/", {"contact": a}) == [("contact", "recomputing")]
    work(workspace)
    assert recomputing() == (False, False)
    apart = api("POST", f"/contacts/{b}/unmerge/", {"contact": a})
    job = json.loads(apart.content)["job"]
    assert (apart.status_code, api.get(f"/jobs/{job}/")["state"], recomputing()) == (202, "queued", (True, True))
    work(workspace)
    assert (api.get(f"/jobs/{job}/")["result"], recomputing(), api.get(f"/contacts/{a}/")["user_ids"]) == ({"contact": a}, (False, False), ["a"])
