"""Who is told what about a step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.due import SILENT, Entered, Person, Step, drafts, names

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
ALICE, BOB, CARLA = Person("alice@example.com", 1), Person("bob@example.com", 2), Person("carla@example.com", 3)
PEOPLE = {
    "team:sales": (ALICE, BOB),
    "team:marketing": (BOB, CARLA),
    "user:alice@example.com": (ALICE,),
    "user:Alice@Example.com": (Person("Alice@Example.com", 1),),
    "owner:3": (CARLA,),
}


def entered(stage: str, rank: int, *notify: str, quiet_days: int = 30) -> Entered:
    return Entered(100 + rank, stage, stage.title(), rank, 3, notify, quiet_days)


def step(*stages: Entered, cause: str = "activity", owner_id: int | None = None, at: datetime = NOON) -> Step:
    return Step(7, owner_id, 5, "New leads", cause, at, stages, {})


def told(one: Step, people: dict[str, tuple[Person, ...]] = PEOPLE, before: dict | None = None) -> list[tuple[str, str, str]]:
    return sorted((draft.recipient, draft.entered.stage, draft.reason) for draft in drafts(one, people, before or {}))


def before(stage: str, recipient: str, at: datetime, *, contact: int = 7, scoring_type: int = 5) -> dict:
    return {(contact, scoring_type, stage, recipient): at}


def test_each_member_of_a_team_is_told_once():
    assert told(step(entered("hot", 2, "team:sales"))) == [
        ("alice@example.com", "hot", "team:sales"),
        ("bob@example.com", "hot", "team:sales"),
    ]


def test_of_several_stages_a_recipient_is_told_of_the_highest_that_names_it():
    stages = entered("cold", 1, "team:marketing"), entered("hot", 2, "team:marketing", "team:sales"), entered("mql", 3, "user:alice@example.com")
    assert told(step(*stages)) == [
        ("alice@example.com", "mql", "user:alice@example.com"),
        ("bob@example.com", "hot", "team:marketing"),
        ("carla@example.com", "hot", "team:marketing"),
    ]


def test_the_order_in_which_stages_are_given_does_not_matter():
    stages = entered("cold", 1, "team:sales"), entered("mql", 3, "team:sales")
    assert told(step(*stages)) == told(step(*reversed(stages)))


def test_a_stage_that_names_a_recipient_twice_gives_the_first_as_the_reason():
    stage = entered("hot", 2, "team:marketing", "team:sales", "user:alice@example.com")
    assert [row for row in told(step(stage)) if row[0] in ("alice@example.com", "bob@example.com")] == [
        ("alice@example.com", "hot", "team:sales"),
        ("bob@example.com", "hot", "team:marketing"),
    ]


def test_addresses_that_differ_in_case_are_one_recipient():
    stages = entered("hot", 2, "user:alice@example.com"), entered("mql", 3, "user:Alice@Example.com")
    assert told(step(*stages)) == [("alice@example.com", "mql", "user:Alice@Example.com")]


def test_the_owner_is_told():
    assert told(step(entered("hot", 2, "owner"), owner_id=3)) == [("carla@example.com", "hot", "owner")]


@pytest.mark.parametrize("owner_id", [None, 99], ids=["no owner", "an owner who is no longer a member"])
def test_nobody_is_told_where_there_is_no_owner(owner_id):
    assert told(step(entered("hot", 2, "owner"), owner_id=owner_id)) == []


@pytest.mark.parametrize(
    ("owner_id", "expected"),
    [(3, ["carla@example.com"]), (None, ["alice@example.com", "bob@example.com"]), (99, ["alice@example.com", "bob@example.com"])],
)
def test_owner_or_team_means_the_team_only_where_there_is_no_owner(owner_id, expected):
    rows = told(step(entered("hot", 2, "owner-or:team:sales"), owner_id=owner_id))
    assert [recipient for recipient, _, _ in rows] == expected


@pytest.mark.parametrize(
    ("days", "quiet_days", "expected"),
    [
        (timedelta(0), 30, []),
        (timedelta(days=30) - timedelta(microseconds=1), 30, []),
        (timedelta(days=30), 30, ["alice@example.com"]),
        (timedelta(0), 0, ["alice@example.com"]),
        (timedelta(days=31), 60, []),
    ],
)
def test_quiet_days_end_on_the_instant(days, quiet_days, expected):
    stage = entered("hot", 2, "user:alice@example.com", quiet_days=quiet_days)
    rows = told(step(stage), before=before("hot", "alice@example.com", NOON - days))
    assert [recipient for recipient, _, _ in rows] == expected


def test_quiet_days_concern_one_contact_one_scoring_type_one_stage_and_one_recipient():
    earlier = (
        before("mql", "alice@example.com", NOON)
        | before("hot", "bob@example.com", NOON)
        | before("hot", "alice@example.com", NOON, contact=8)
        | before("hot", "alice@example.com", NOON, scoring_type=6)
    )
    assert told(step(entered("hot", 2, "user:alice@example.com")), before=earlier) == [("alice@example.com", "hot", "user:alice@example.com")]


def test_a_recipient_told_lately_of_the_highest_stage_is_not_told_of_a_lower_one():
    stages = entered("hot", 2, "team:sales"), entered("mql", 3, "user:alice@example.com")
    earlier = before("mql", "alice@example.com", NOON - timedelta(days=1))
    assert told(step(*stages), before=earlier) == [("bob@example.com", "hot", "team:sales")]


def test_having_been_told_of_a_lower_stage_does_not_silence_a_higher():
    stages = entered("hot", 2, "user:alice@example.com"), entered("mql", 3, "user:alice@example.com")
    earlier = before("hot", "alice@example.com", NOON - timedelta(days=1))
    assert told(step(*stages), before=earlier) == [("alice@example.com", "mql", "user:alice@example.com")]


@pytest.mark.parametrize("cause", ["activity", "profile", "time", "adjustment", "merge"])
def test_these_causes_are_news(cause):
    assert len(told(step(entered("hot", 2, "team:sales"), cause=cause))) == 2


@pytest.mark.parametrize("cause", ["model", "import", "erasure", "reclassification"])
def test_these_causes_send_nothing(cause):
    assert cause in SILENT
    assert told(step(entered("hot", 2, "team:sales"), cause=cause)) == []


def test_a_recipient_that_means_nobody_does_not_keep_others_from_being_told():
    stage = entered("hot", 2, "email:outside@example.org", "team:gone", "user:alice@example.com")
    assert told(step(stage)) == [("alice@example.com", "hot", "user:alice@example.com")]


def test_a_stage_without_recipients_tells_nobody():
    assert told(step(entered("cold", 1), entered("hot", 2))) == []


def test_a_draft_carries_the_change_it_tells_of():
    one = step(entered("cold", 1, "team:sales"), entered("hot", 2, "user:alice@example.com"))
    alice = next(draft for draft in drafts(one, PEOPLE, {}) if draft.user_id == ALICE.user_id)
    assert (alice.step, alice.entered.change_id, alice.recipient) == (one, 102, "alice@example.com")


@pytest.mark.parametrize(
    ("recipient", "owner_id", "expected"),
    [
        ("owner", 3, ("owner:3",)),
        ("owner", None, ()),
        ("owner-or:team:sales", 3, ("owner:3", "team:sales")),
        ("owner-or:team:sales", None, ("team:sales",)),
        ("team:sales", 3, ("team:sales",)),
        ("user:alice@example.com", 3, ("user:alice@example.com",)),
    ],
)
def test_names_to_look_for(recipient, owner_id, expected):
    assert names(recipient, owner_id) == expected


def test_a_step_cannot_be_changed():
    with pytest.raises(AttributeError):
        step().at = NOON  # type: ignore[misc]
    assert replace(step(), at=NOON) == step()
