"""Every example of docs/how-scores-work.md is lived through: its rules are published, and what its table says happens to a contact."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts import people
from contacts.models import Identifier
from notifications.models import Message
from scoring import progress
from scoring.adjusting import adjust
from scoring.due import bring_up_to_date
from scoring.engine import Profile
from scoring.explanation import Explained, of_contact
from scoring.joining import merge
from scoring.models import ScoringType, StageChange
from scoring.rule_sentences import rule_sentence
from tests.scoring.conftest import Send, publish, score_of

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-scores-work.md"
EXAMPLE = re.compile(r"(?P<sentences>(?:- [^\n]*\n)*)\n?```json\n(?P<document>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL)
WHAT = re.compile(
    r"nothing|identify (?P<traits>{.*})|adjust (?P<points>[+-]\d+) (?P<reason>.+)|as of (?P<as_of>[\d: -]+)|merge (?P<other>\w+)"
    r"|(?:late from (?P<occurred>[\d-]+ [\d:]+): )?(?P<activity>[A-Z][\w ]+?)(?: (?P<properties>{.*}))?"
)


@dataclass(frozen=True)
class Example:
    title: str
    document: dict[str, Any]
    rows: list[dict[str, str]]
    sentences: list[str]


def examples() -> list[Example]:
    found = []
    for section in PAGE.read_text().split("\n## ")[1:]:
        title = section.split("\n", 1)[0]
        for number, match in enumerate(EXAMPLE.finditer(section)):
            document = {"key": "new-leads", "name": "New leads", **json.loads(match["document"])}
            sentences = [line.removeprefix("- ") for line in match["sentences"].splitlines()]
            found.append(Example(f"{title} {number or ''}".strip(), document, _rows(match["table"]), sentences))
    return found


def _rows(table: str) -> list[dict[str, str]]:
    head, _, *lines = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Life:
    """The contacts of an example, and what is asked of them."""

    workspace: Workspace
    send: Send
    rows: int = 0

    def happens(self, row: dict[str, str]) -> None:
        """Does what a row says, at its time."""
        t, user, what = instant(row["when"]), row.get("who", "lena"), WHAT.fullmatch(row["what"])
        assert what, row
        self.rows += 1
        call = {"userId": user, "messageId": f"m{self.rows}", "timestamp": instant(what["occurred"] or row["when"]).isoformat()}
        if what["traits"]:
            self.send({**call, "type": "identify", "traits": json.loads(what["traits"])}, at=t)
        elif what["activity"]:
            self.send({**call, "type": "track", "event": what["activity"], "properties": json.loads(what["properties"] or "{}")}, at=t)
        else:
            self._by_hand(what, user, t)
        while bring_up_to_date(self.workspace.id, lambda: t):
            pass

    def _by_hand(self, what: re.Match[str], user: str, t: datetime) -> None:
        with workspace_scope(self.workspace.id):
            if what["points"]:
                scoring_type = ScoringType.objects.get(workspace=self.workspace)
                adjust(self.workspace, self.contact(user), scoring_type, int(what["points"]), what["reason"], by=None, clock=lambda: t)
            elif what["other"]:
                merge(self.workspace, self.contact(what["other"]), self.contact(user), by=None, clock=lambda: t)

    def contact(self, user: str) -> int:
        return Identifier.objects.get(workspace=self.workspace, kind="user_id", value=user).contact_id

    def said(self, row: dict[str, str]) -> dict[str, str]:
        """What the product says in place of each column that the row answers."""
        with workspace_scope(self.workspace.id):
            contact = self.contact(row.get("who", "lena"))
            what = WHAT.fullmatch(row["what"])
            t = instant(what["as_of"]) if what and what["as_of"] else instant(row["when"])
            (explained,) = of_contact(self.workspace.id, contact, t, from_scratch=True)
            if t == instant(row["when"]):
                self._is_kept(contact, explained)
            return {column: SAID[column](self, contact, explained, t) for column in row if column in SAID}

    def _is_kept(self, contact: int, explained: Explained) -> None:
        """What is kept up to date is what comes from scratch: the stage now, the points at the instant that the row names."""
        kept = score_of(self.workspace, contact)
        (then,) = of_contact(self.workspace.id, contact, kept.computed_at, from_scratch=True)
        assert (kept.stage, kept.points) == (explained.explanation.outcome.stage, then.explanation.outcome.points)

    def recorded(self, t: datetime) -> str:
        changes = StageChange.objects.filter(workspace=self.workspace, at=t).order_by("id").values_list("direction", "stage_name")
        return ", ".join(f"{direction} {name}" for direction, name in changes) or "none"

    def messages(self, t: datetime) -> str:
        changes = StageChange.objects.filter(workspace=self.workspace, at=t).values_list("id", flat=True)
        stages = Message.objects.filter(workspace=self.workspace, stage_change_id__in=changes).values_list("stage", flat=True)
        return ", ".join(sorted({stage.capitalize() for stage in stages})) or "none"


def missing(explained: Explained) -> str:
    return f"{explained.points_missing} to {explained.next_stage.name}" if explained.next_stage else "nothing"


def falls(life: Life, contact: int, explained: Explained, t: datetime) -> str:
    person = people.load(life.workspace.id, [contact])[contact]
    fall = progress.fall(explained, Profile(person.profile(), person.company_traits), t)
    return f"{fall.at:%Y-%m-%d %H:%M} to {fall.stage.name if fall.stage else 'none'}" if fall else "never"


SAID: dict[str, Callable[[Life, int, Explained, datetime], str]] = {
    "score": lambda life, contact, explained, t: str(explained.explanation.outcome.points),
    "grade": lambda life, contact, explained, t: explained.explanation.outcome.grade or "none",
    "stage": lambda life, contact, explained, t: explained.stage.name if explained.stage else "none",
    "recorded": lambda life, contact, explained, t: life.recorded(t),
    "messages": lambda life, contact, explained, t: life.messages(t),
    "missing": lambda life, contact, explained, t: missing(explained),
    "falls back": falls,
}
KNOWN_COLUMNS = {"when", "who", "what", *SAID}


def test_the_page_has_an_example_for_everything_that_a_model_can_do() -> None:
    whole = json.dumps([example.document for example in examples()])
    told = ("activity", "profile", "inactivity", "reset", "conditions", "limit", "each", "reach", "within_days", "days", "half_life_days",
            "linear_days", "group", "minimum", "maximum", "grade", "by_grade", "stages", "notify", "quiet_days", "within_next")  # fmt: skip
    assert [one for one in told if f'"{one}"' not in whole] == []
    assert PAGE.read_text().count("```json") == len(examples())
    assert {column for example in examples() for row in example.rows for column in row} == KNOWN_COLUMNS


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_each_rule_of_an_example_is_read_back(example: Example) -> None:
    assert example.sentences == [str(rule_sentence(rule)) for rule in example.document.get("rules", [])]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_the_example_is_true(workspace: Workspace, send: Send, example: Example) -> None:
    publish(workspace, example.document)
    life = Life(workspace, send)
    for row in example.rows:
        life.happens(row)
        assert life.said(row) == {column: row[column] for column in row if column in SAID}, row
