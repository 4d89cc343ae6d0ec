"""What mail scanners and people's marks do to scores, stages and messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import teams
from accounts.models import AuditEntry, Job, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, BotMark, Contact, LastSeen
from contacts.scanners import Settings
from notifications.models import Message
from scoring import erasing, reclassifying, rejudging, sent_because
from scoring.explanation import of_contact
from scoring.models import Award, Score, StageChange
from tests.scoring.conftest import Send, publish

pytestmark = pytest.mark.django_db

CLICKED = "Email Link Clicked"
DOCUMENT: dict[str, Any] = {
    "key": "new-leads", "name": "New leads",
    "rules": [
        {"key": "click", "name": "Clicked", "when": "activity", "activity": CLICKED, "points": 10},
        {"key": "page", "name": "Viewed", "when": "activity", "activity": "Page Viewed", "points": 4},
        {"key": "first", "name": "First", "when": "activity", "activity": "Form Submitted", "points": 6, "frequency": {"limit": 1, "per": "ever"}},
    ],
    "stages": [
        {"key": "warm", "name": "Warm", "threshold": 10, "notify": ["team:sales"], "quiet_days": 0},
        {"key": "hot", "name": "Hot", "threshold": 20, "notify": ["team:sales"], "quiet_days": 0},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _published(workspace: Workspace, alice: User) -> None:
    with workspace_scope(workspace.id):
        sales = workspace.teams.get(key="sales")
        teams.set_members(sales, [alice.id], alice)
    publish(workspace, DOCUMENT)


@pytest.fixture
def click(now: datetime) -> Callable[..., dict[str, Any]]:
    """A click on a link of the e-mail, so many seconds after 09:00."""

    def click(link: str, second: float, mail: str = "e1", user: str = "u") -> dict[str, Any]:
        at = now - timedelta(minutes=30) + timedelta(seconds=second)
        properties = {"email_id": mail, "link_url": f"https://x.example/{link}"}
        return {
            "type": "track", "userId": user, "event": CLICKED, "messageId": f"{mail}-{link}", "timestamp": at.isoformat(), "properties": properties,
        }  # fmt: skip

    return click


def points() -> int:
    return Score.objects.get(version__state="live").points


def changes() -> list[tuple[str, str, str]]:
    return list(StageChange.objects.order_by("id").values_list("direction", "stage", "cause"))


def id_of(message_id: str) -> int:
    return Activity.objects.values_list("id", flat=True).get(message_id=message_id)


def because(*message_ids: str) -> list[str]:
    """The stages of the messages that went out because of these activities."""
    sent = sent_because.messages(Workspace.objects.get().id, contact_id(), {id_of(one) for one in message_ids})
    return [message.stage for message in sent.messages]


def contact_id() -> int:
    return Contact.objects.values_list("id", flat=True).get()


def test_a_scanner_whose_clicks_come_together_gives_nothing_and_tells_nobody(workspace: Workspace, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 1), click("c", 2))
    with workspace_scope(workspace.id):
        assert set(Activity.objects.values_list("bot", flat=True)) == {"scanner: one of 3 links of an e-mail followed within 10 seconds"}
        assert (points(), changes(), Message.objects.count(), Award.objects.count()) == (0, [], 0, 0)
        assert set(BotMark.objects.values_list("evidence", "had_counted", "marked_by")) == {("burst", False, "rule")}
        assert not LastSeen.objects.exists()


def test_the_click_that_completes_a_burst_takes_back_what_the_earlier_ones_gave(workspace: Workspace, send: Send, click: Any) -> None:
    send(click("a", 0))
    send(click("b", 1))
    with workspace_scope(workspace.id):
        assert (points(), changes()) == (20, [("entered", "warm", "activity"), ("entered", "hot", "activity")])
    send(click("c", 2))
    with workspace_scope(workspace.id):
        assert (points(), Award.objects.count()) == (0, 0)
        assert changes()[2:] == [("left", "hot", "reclassification"), ("left", "warm", "reclassification")]
        assert Message.objects.count() == 2
        assert dict(BotMark.objects.values_list("activity_id", "had_counted")) == {id_of("e1-a"): True, id_of("e1-b"): True, id_of("e1-c"): False}


def test_what_a_person_did_in_the_same_batch_is_a_step_of_its_own_after_it(workspace: Workspace, send: Send, click: Any, now: datetime) -> None:
    send(click("a", 0), click("b", 1))
    page = {"type": "page", "userId": "u", "properties": {"url": "https://x.example/"}}
    send(click("c", 2), *({**page, "messageId": f"p{number}"} for number in range(3)))
    with workspace_scope(workspace.id):
        assert points() == 12
        assert changes() == [
            ("entered", "warm", "activity"), ("entered", "hot", "activity"),
            ("left", "hot", "reclassification"), ("left", "warm", "reclassification"), ("entered", "warm", "activity"),
        ]  # fmt: skip
        assert list(Message.objects.order_by("id").values_list("stage", flat=True)) == ["hot", "warm"]


def test_other_peoples_clicks_on_the_same_email_stay_theirs(workspace: Workspace, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 1), click("c", 2), {**click("d", 2, user="v"), "messageId": "v-d"})
    with workspace_scope(workspace.id):
        assert dict(Activity.objects.values_list("contact__identifiers__value", "bot"))["v"] == ""
        assert sorted(Score.objects.values_list("points", flat=True)) == [0, 10]


def test_a_person_marks_an_activity_and_takes_it_back(workspace: Workspace, alice: User, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 400))
    with workspace_scope(workspace.id):
        changed = reclassifying.mark(workspace, contact_id(), id_of("e1-b"), is_bot=True, reason="Our own test", by=alice)
        assert (changed, points(), because("e1-b")) == (True, 10, ["hot"])
        assert Activity.objects.get(message_id="e1-b").bot == "by hand: Our own test"
        mark = BotMark.objects.get()
        assert (mark.is_bot, mark.marked_by, mark.reason, mark.author, mark.had_counted) == (True, "person", "Our own test", alice, True)
        again = reclassifying.leave_to_rules(workspace, contact_id(), id_of("e1-b"), by=alice)
        assert (again, points(), BotMark.objects.count()) == (True, 20, 0)
        assert changes()[2:] == [("left", "hot", "reclassification"), ("entered", "hot", "reclassification")]
        assert Message.objects.count() == 1
        actions = AuditEntry.objects.filter(action__startswith="activity.").order_by("id").values_list("action", "target")
        assert list(actions) == [("activity.marked", str(id_of("e1-b"))), ("activity.left_to_rules", str(id_of("e1-b")))]


def test_a_persons_word_outranks_the_rule_before_and_after_it(workspace: Workspace, alice: User, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 1))
    with workspace_scope(workspace.id):
        reclassifying.mark(workspace, contact_id(), id_of("e1-a"), is_bot=False, by=alice)
    send(click("c", 2), click("d", 3))
    with workspace_scope(workspace.id):
        assert (points(), Activity.objects.get(message_id="e1-a").bot) == (10, "")
        reclassifying.mark(workspace, contact_id(), id_of("e1-b"), is_bot=False, reason="She said so", by=alice)
        assert points() == 20
        again = reclassifying.leave_to_rules(workspace, contact_id(), id_of("e1-a"), by=alice)
        assert (again, points()) == (True, 10)


def test_a_freed_limit_counts_the_next_match(workspace: Workspace, alice: User, send: Send) -> None:
    form = {"type": "track", "event": "Form Submitted", "userId": "u"}
    send({**form, "messageId": "f1"})
    send({**form, "messageId": "f2"})
    with workspace_scope(workspace.id):
        reclassifying.mark(workspace, contact_id(), id_of("f1"), is_bot=True, by=alice)
        assert (points(), [award.message_id for award in Award.objects.all()]) == (6, ["f2"])
        reclassifying.mark(workspace, contact_id(), id_of("f2"), is_bot=True, by=alice)
        assert points() == 0


def test_marking_what_is_a_bots_already_changes_no_score(workspace: Workspace, alice: User, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 1), click("c", 2))
    with workspace_scope(workspace.id):
        changed = reclassifying.mark(workspace, contact_id(), id_of("e1-a"), is_bot=True, by=alice)
        assert (changed, because("e1-a"), points()) == (False, [], 0)
        assert BotMark.objects.get(activity_id=id_of("e1-a")).had_counted is False


def test_only_messages_that_needed_the_activity_are_named(workspace: Workspace, send: Send, click: Any) -> None:
    send(click("a", 0))  # warm, with or without what follows
    send(click("b", 600, mail="e2"))  # hot
    with workspace_scope(workspace.id):
        asked = ("e1-a",), ("e2-b",), ("e1-a", "e2-b"), ()
        assert [because(*messages) for messages in asked] == [["hot", "warm"], ["hot"], ["hot", "warm"], []]


def test_what_came_late_had_no_part_in_a_message_that_was_sent_before(workspace: Workspace, send: Send, click: Any, now: datetime) -> None:
    """The second click came before the last and is received after it: at the last one, only the first had counted."""
    send(click("a", 0))
    send(click("c", 900, mail="e3"), at=now + timedelta(minutes=1))
    send(click("b", 600, mail="e2"), at=now + timedelta(minutes=2))
    with workspace_scope(workspace.id):
        assert [because(message) for message in ("e1-a", "e2-b", "e3-c")] == [["hot", "warm"], [], ["hot"]]


def test_messages_about_a_very_long_history_are_not_looked_at_and_that_is_said(
    workspace: Workspace, send: Send, click: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(click("a", 0))
    send(click("b", 600, mail="e2"))
    with workspace_scope(workspace.id):
        for limit, most, expected in (("MOST", 1, (["hot"], 1)), ("MOST_SCORED", 2, ([], 2)), ("MOST_KNOWN", 1, ([], 2))):
            with monkeypatch.context() as patched:
                patched.setattr(sent_because, limit, most)
                sent = sent_because.messages(workspace.id, contact_id(), {id_of("e1-a")})
                assert ([message.stage for message in sent.messages], sent.unseen) == expected, limit


def test_activities_of_others_cannot_be_marked(workspace: Workspace, alice: User, send: Send, click: Any) -> None:
    send(click("a", 0), {**click("b", 0, user="v"), "messageId": "v-b"}, {"type": "identify", "userId": "u", "messageId": "i"})
    with workspace_scope(workspace.id):
        mine = Activity.objects.get(message_id="e1-a").contact_id
        assert mine is not None
        for other in (id_of("v-b"), id_of("i"), 2**62):
            with pytest.raises(Activity.DoesNotExist):
                reclassifying.mark(workspace, mine, other, is_bot=True, by=alice)
        with pytest.raises(Contact.DoesNotExist):
            reclassifying.mark(workspace, 2**62, id_of("e1-a"), is_bot=True, by=alice)
        assert not BotMark.objects.exists()


def test_changed_settings_are_applied_to_what_is_stored(workspace: Workspace, alice: User, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 1))
    for settings, expected in ((Settings(links=2), 0), (Settings(on=False), 20), (Settings(), 20)):
        with workspace_scope(workspace.id):
            job = rejudging.change(workspace, settings, by=alice)
            assert job is not None
            assert rejudging.change(workspace, settings, by=alice) is None
        while rejudging.advance(workspace.id, job.id):
            pass
        with workspace_scope(workspace.id):
            job.refresh_from_db()
            assert (job.state, points()) == ("done", expected)
    with workspace_scope(workspace.id):
        assert [job.result for job in Job.objects.filter(kind="bots").order_by("id")] == [{"contacts": 1}, {"contacts": 1}, {"contacts": 0}]
        assert {cause for _, _, cause in changes()[2:]} == {"reclassification"}
        assert Message.objects.count() == 1


def test_erasing_a_contact_erases_what_was_said_of_its_activities(workspace: Workspace, alice: User, send: Send, click: Any) -> None:
    send(click("a", 0), click("b", 1), click("c", 2))
    with workspace_scope(workspace.id):
        erasing.erase(workspace, contact_id(), by=alice)
        assert (BotMark.objects.count(), Activity.objects.exclude(bot="").count()) == (0, 0)


def test_the_score_is_that_from_scratch_after_all_of_it(workspace: Workspace, alice: User, send: Send, click: Any, now: datetime) -> None:
    send(click("a", 0))
    send(click("b", 1), click("x", 300, mail="e2"))
    send(click("c", 2))
    with workspace_scope(workspace.id):
        for from_scratch in (False, True):
            (explained,) = of_contact(workspace.id, contact_id(), now + timedelta(hours=1), from_scratch=from_scratch)
            assert explained.explanation.outcome.points == points() == 10


def test_a_batch_takes_the_same_statements_whatever_its_number_of_emails(workspace: Workspace, send: Send, click: Any) -> None:
    numbers = []
    for users in (2, 12):
        send(*({**click("a", 0, mail=f"s{users}", user=f"u{users}-{n}"), "messageId": f"s{users}-{n}"} for n in range(users)))
        calls = [
            {**click(link, 1, mail=f"s{users}", user=f"u{users}-{n}"), "messageId": f"s{users}-{n}-{link}"} for n in range(users) for link in "bc"
        ]
        with CaptureQueriesContext(connection) as captured:
            send(*calls)
        numbers.append(len(captured))
    assert numbers[0] == numbers[1]
