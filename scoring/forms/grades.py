"""A criterion of the grade as fields of a form, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from scoring import suggestions
from scoring.condition_sentences import condition_sentence
from scoring.forms import conditions, typed
from scoring.wording import MISSING

BLANK: Mapping[str, Any] = {"name": "", "steps": 1, "conditions": conditions.BLANK}
UNTITLED = "New criterion"
MOST_NAME = 200


@dataclass(frozen=True, slots=True)
class CriterionForm:
    """A criterion in its fields. `at` is its path in the document; `name` is empty where it is the one made from its conditions."""

    id: str
    at: str
    name: str
    name_made: str
    steps: str
    tree: conditions.Branch
    fields: list[suggestions.Field]
    is_stored: bool

    side = "profile"
    group_words = conditions.GROUP_WORDS
    op_words = conditions.op_words("profile")


def form(workspace_id: int, criterion: Mapping[str, Any], place: int, *, is_stored: bool) -> CriterionForm:
    """The form of a criterion at this place of the grade's criteria."""
    at, made, name = f"grade.criteria[{place}]", name_of(criterion), typed.shown(criterion.get("name"))
    return CriterionForm(
        id=f"criterion-{place}", at=at, name="" if name in (made, UNTITLED) else name, name_made="" if made == UNTITLED else made,
        steps=typed.shown(criterion.get("steps")), tree=conditions.tree(criterion.get("conditions"), f"{at}.conditions"),
        fields=suggestions.profile_fields(workspace_id), is_stored=is_stored,
    )  # fmt: skip


def read(posted: QueryDict) -> dict[str, Any]:
    """The criterion that the fields say; without a name it is named after its conditions."""
    node = conditions.read(posted, "profile")
    criterion = {"conditions": {"all": []} if node is None else node, **typed.given(steps=typed.whole(posted.get("steps", "")))}
    return {"name": typed.text(posted.get("name", "")) or name_of(criterion), **criterion}


def name_of(criterion: Mapping[str, Any]) -> str:
    """A name made from the conditions, such as `The industry is Software`."""
    words = str(condition_sentence(criterion.get("conditions")))
    return UNTITLED if not words or MISSING in words else (words[0].upper() + words[1:])[:MOST_NAME]
