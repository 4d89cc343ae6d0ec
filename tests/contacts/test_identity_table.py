"""Identity as a table, from the request of a site or a server to contacts, what they did, and who may be whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import keys
from accounts.models import KeyKind, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier, Merge
from notifications.models import Message
from tests.contacts.test_aliases import alias, suspected
from tests.contacts.test_identity import Call, did, of, said, traits
from tests.scoring.conftest import DOCUMENT, publish
from tracking.draining import drain

pytestmark = pytest.mark.django_db

Post = Callable[..., None]
NONE: list[set[str]] = []

# name: (what was known, the call, whose key, each contact's identifiers with what it did, pairs that may be one, how many merges can be undone)
Case = tuple[list[Call], Call, str, dict[str, str], list[set[str]], int]
KNOWN = [said("1", user="u1", visitor="a1", email="one@firm.test"), said("2", user="u2", visitor="a2", email="two@firm.test")]
ONE, TWO = "a1 one@firm.test u1", "a2 two@firm.test u2"
TABLE: dict[str, Case] = {
    "only unknown identifiers: a new contact gets them all": (
        KNOWN, said("9", user="u3", visitor="a3", email="three@firm.test"), "browser", {ONE: "1", TWO: "2", "a3 three@firm.test u3": "9"}, NONE, 0),
    "one known contact, and unknown identifiers: it gets them": (
        KNOWN, said("9", user="u1", visitor="a3", email="three@firm.test"), "browser",
        {"a1 a3 one@firm.test three@firm.test u1": "1 9", TWO: "2"}, NONE, 0),
    "one anonymous contact, and unknown identifiers: it gets them": (
        [did("1", visitor="a1")], said("9", user="u1", visitor="a1"), "browser", {"a1 u1": "1 9"}, NONE, 0),
    "an unknown userId on the device of one who has another: a new contact gets both": (
        KNOWN, said("9", user="u3", visitor="a1"), "browser", {"one@firm.test u1": "1", TWO: "2", "a1 u3": "9"}, NONE, 0),
    "an unknown address on the device of one who has another: a new contact gets both": (
        KNOWN, said("9", visitor="a1", email="three@firm.test"), "browser", {"one@firm.test u1": "1", TWO: "2", "a1 three@firm.test": "9"}, NONE, 0),
    "an unknown userId on the device of one who has an address alone: it gets it": (
        [said("1", visitor="a1", email="one@firm.test")], said("9", user="u3", visitor="a1"), "browser", {"a1 one@firm.test u3": "1 9"}, NONE, 0),
    "an unknown userId on somebody's device, and an address of another that is known: that one gets both": (
        KNOWN, said("9", user="u3", visitor="a1", email="two@firm.test"), "browser",
        {"one@firm.test u1": "1", "a1 a2 two@firm.test u2 u3": "2 9"}, NONE, 0),
    "a known contact, and the device of an anonymous one: that is merged into it": (
        [*KNOWN, did("3", visitor="a3"), did("4", visitor="a3")], did("9", user="u1", visitor="a3"), "browser",
        {"a1 a3 one@firm.test u1": "1 3 4 9", TWO: "2"}, NONE, 0),
    "a known contact, and the device of another: the device is its own from now on": (
        [*KNOWN, did("3", visitor="a2")], did("9", user="u1", visitor="a2"), "browser",
        {"a1 a2 one@firm.test u1": "1 9", "two@firm.test u2": "2 3"}, NONE, 0),
    "a userId of one and the address of another: the call is the first's, and they may be one": (
        KNOWN, said("9", user="u1", email="two@firm.test"), "server", {ONE: "1 9", TWO: "2"}, [{"u1", "u2"}], 0),
    "alias from a browser: as an identify that names both": (
        [*KNOWN, did("3", visitor="a3")], alias("9", "u1", "a3"), "browser", {"a1 a3 one@firm.test u1": "1 3 9", TWO: "2"}, NONE, 0),
    "alias from a browser, of two known contacts: never merged": (
        KNOWN, alias("9", "u1", "u2"), "browser", {ONE: "1 9", TWO: "2"}, [{"u1", "u2"}], 0),
    "alias from a server: the contact of the userId survives": (
        KNOWN, alias("9", "u1", "u2"), "server", {"a1 a2 one@firm.test two@firm.test u1 u2": "1 2 9"}, NONE, 1),
    "the userId goes before the address, the address before the device": (
        [*KNOWN, said("3", user="u3", visitor="a3")], said("9", user="u1", email="two@firm.test", visitor="a3"), "browser",
        {"a1 a3 one@firm.test u1": "1 9", TWO: "2", "u3": "3"}, [{"u1", "u2"}], 0),
    "the address goes before the device": (
        KNOWN, said("9", email="two@firm.test", visitor="a1"), "browser", {"one@firm.test u1": "1", "a1 a2 two@firm.test u2": "2 9"}, NONE, 0),
    "an address is trimmed and in small letters": (
        KNOWN, said("9", email=" One@Firm.Test "), "browser", {ONE: "1 9", TWO: "2"}, NONE, 0),
    "an address in context.traits is one of identify": (
        KNOWN, {**said("9", visitor="a3"), "context": {"traits": {"email": "one@firm.test"}}}, "browser",
        {f"a1 a3 {ONE[3:]}": "1 9", TWO: "2"}, NONE, 0),
    "an address among an activity's properties names nobody": (
        KNOWN, {**did("9", visitor="a3"), "properties": {"email": "one@firm.test"}}, "browser", {ONE: "1", TWO: "2", "a3": "9"}, NONE, 0),
    "an address in context.traits of an activity names nobody": (
        KNOWN, {**did("9", visitor="a3"), "context": {"traits": {"email": "one@firm.test"}}}, "browser", {ONE: "1", TWO: "2", "a3": "9"}, NONE, 0),
}  # fmt: skip


@pytest.fixture
def post(client: Client, workspace: Workspace, alice: User, now: Any) -> Post:
    """Sends calls to the collector with a key of a kind, and has them processed."""
    tokens = {"browser": str(keys.issue(workspace, KeyKind.WRITE, "Site", [], alice, now)[1]),
              "server": keys.issue(workspace, KeyKind.SECRET, "Server", ["track"], alice, now)[1]}  # fmt: skip

    def send(*calls: Call, key: str = "browser") -> None:
        body = json.dumps({"batch": list(calls), "writeKey": tokens[key]})
        assert client.post("/v1/batch", body, "application/json").json() == {"success": True}
        drain(workspace.id)

    return send


def known(workspace: Workspace) -> dict[str, str]:
    """The identifiers of each contact that is not merged away, with the calls that are its own."""
    with workspace_scope(workspace.id):
        ids = Contact.objects.filter(workspace=workspace, merged_into=None).values_list("id", flat=True)
        names = Identifier.objects.filter(workspace=workspace).order_by("value").values_list("contact_id", "value")
        calls = Activity.objects.filter(workspace=workspace).order_by("message_id").values_list("contact_id", "message_id")
        return {" ".join(name for of, name in names if of == id): " ".join(call for of, call in calls if of == id) for id in ids}


@pytest.mark.parametrize(("before", "call", "key", "after", "pairs", "undoable"), TABLE.values(), ids=TABLE.keys())
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "in one batch"])
def test_a_row(
    workspace: Workspace, post: Post, before: list[Call], call: Call, key: str, after: Mapping[str, str], pairs: list[set[str]], undoable: int,
    at_once: bool,
) -> None:  # fmt: skip
    if at_once:
        post(*before, call, key=key)
    else:
        for one in [*before, call]:
            post(one, key=key)
    assert known(workspace) == after
    assert [ids for ids, _ in suspected(workspace)] == [{of(workspace, user).id for user in pair} for pair in pairs]
    with workspace_scope(workspace.id):
        assert Merge.objects.filter(workspace=workspace).count() == undoable


def test_the_address_of_another_leaves_the_trait_alone_and_the_other_traits_are_set(workspace: Workspace, post: Post) -> None:
    post(*KNOWN, said("9", user="u1", email="two@firm.test", city="Oslo"))
    assert (traits(workspace, "u1"), traits(workspace, "u2")) == ({"email": "one@firm.test", "city": "Oslo"}, {"email": "two@firm.test"})


def test_a_message_about_either_counts_as_sent_about_the_survivor(workspace: Workspace, post: Post) -> None:
    stages = [{"key": "cold", "name": "Cold", "threshold": 10, "notify": ["user:alice@example.com"]}]
    publish(workspace, {**DOCUMENT, "stages": stages})
    view = {"type": "page", "anonymousId": "a3", "properties": {"url": "https://shop.test/pricing"}}
    post(*KNOWN, *({**view, "messageId": f"v{number}"} for number in range(3)))
    assert told(workspace) == [of(workspace, "a3").id]
    post(did("9", user="u1", visitor="a3"))
    assert told(workspace) == [of(workspace, "u1").id]


def told(workspace: Workspace) -> list[int]:
    with workspace_scope(workspace.id):
        return list(Message.objects.filter(workspace=workspace).values_list("contact_id", flat=True))


def test_the_others_id_and_page_lead_to_the_survivor(workspace: Workspace, post: Post, client: Client, alice: User) -> None:
    post(*KNOWN)
    one, two = of(workspace, "u1").id, of(workspace, "u2").id
    post(alias("9", "u1", "u2"), key="server")
    client.force_login(alice)
    page, path = (reverse("contacts:profile", args=[workspace.slug, id]) for id in (two, one))
    assert (client.get(page).status_code, client.get(page).headers["Location"]) == (302, path)
    answer = client.get(f"/api/v1/contacts/{two}/", headers={"X-Workspace": workspace.slug})
    assert (answer.status_code, answer.headers["Location"]) == (308, f"http://testserver/api/v1/contacts/{one}/")
