"""What the list of contacts is asked for in its address, and the chips that say and change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict

from accounts.models import Workspace
from contacts.models import Company
from contacts.people import words
from leadscore.query_text import query_text, whole_number
from scoring.ranking import Sort, Wanted
from scoring.versions import Active, of_type

SORTS: Mapping[Sort, str] = {"points": "Points, high first", "seen": "Last seen, latest first", "new": "Newest first"}
NO_STAGE = "none"
NOBODY = "none"
KNOWN = {"known": ("Known", True), "anonymous": ("Anonymous", False)}
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter: its value in the address, and the address with it alone chosen."""

    value: str
    text: str
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter. `value` says what is chosen, "" for nothing; `remove` is the address without it, "" where one is always chosen.

    Of several that may be chosen at once, `others` are the parameters that a form has to keep.
    """

    name: str
    label: str
    value: str
    options: list[Option] = field(default_factory=list)
    remove: str = ""
    others: list[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A list's address, and what leads to others."""

    query: QueryDict

    @property
    def text(self) -> str:
        """What is searched for."""
        return query_text(self.query, "q", LONGEST_QUERY)

    def href(self, **changes: str | None) -> str:
        """The address with some parameters changed (None removes one), from the first page on."""
        changed = self.query.copy()
        for name in ("after", "before", *changes):
            changed.pop(name, None)
        changed.update({name: value for name, value in changes.items() if value is not None})
        return f"?{changed.urlencode()}"

    def others(self, name: str) -> list[tuple[str, str]]:
        """The parameters beside `name`, for a form that changes that one."""
        return [(key, value) for key, values in self.query.lists() if key not in (name, "after", "before") for value in values]


def company_of(workspace: Workspace, query: QueryDict) -> tuple[int, str] | None:
    """The company that a list's address names, by id and name; None for none."""
    company_id = whole_number(query.get("company", ""))
    if company_id is None:
        return None
    found = Company.objects.filter(workspace=workspace, id=company_id).only("name", "group_id", "domain").first()
    return (found.id, str(found)) if found else None


@dataclass(frozen=True, slots=True)
class Asked(Address):
    """The address of the list of contacts, read. What is wrong in it filters nothing. `company`: its id and name."""

    versions: Sequence[Active]
    members: Mapping[int, str]
    company: tuple[int, str] | None = None

    @property
    def version(self) -> Active | None:
        """Of the scoring type asked for, else of the first one."""
        return of_type(self.versions, self.query.get("type"))

    @property
    def stages(self) -> dict[str, tuple[int, str]]:
        """Value in the address → rank and name, highest first."""
        if self.version is None:
            return {}
        ranked = [(stage.key, (rank, stage.name)) for rank, stage in enumerate(self.version.model.stages, start=1)]
        return {**dict(reversed(ranked)), NO_STAGE: (0, "No stage")}

    def owners(self, person: int) -> dict[str, tuple[int, str]]:
        """Value in the address → user (0: nobody) and name, the person who asks first."""
        others = {str(user): (user, name) for user, name in self.members.items() if user != person}
        return {str(person): (person, "Me"), NOBODY: (0, "Nobody"), **others}

    def wanted(self, person: int) -> Wanted:
        version, owner = self.version, self.owners(person).get(self.query.get("owner", ""))
        sought = tuple(words(self.text))
        return Wanted(
            version_id=version.id if version else None,
            ranks=tuple(sorted({self.stages[key][0] for key in self.query.getlist("stage") if key in self.stages})),
            owner_id=owner[0] if owner else None,
            known=KNOWN.get(self.query.get("who", ""), ("", None))[1],
            words=sought,
            company_id=self.company[0] if self.company else None,
            ids=() if self.text and not sought else None,
            sort=self.sort,
        )

    @property
    def sort(self) -> Sort:
        allowed: list[Sort] = [sort for sort in SORTS if sort != "points" or self.version]
        return next((sort for sort in allowed if sort == self.query.get("sort")), allowed[0])

    def chips(self, person: int) -> list[Chip]:
        """The filters in their order; those without a choice are left out."""
        chips = [self._types(), self._stages(), self._one("owner", "Owner", {key: name for key, (_, name) in self.owners(person).items()})]
        chips.append(self._one("who", "Kind", {key: name for key, (name, _) in KNOWN.items()}))
        return [chip for chip in chips if chip.options]

    def sorting(self) -> Chip:
        options = [Option(sort, text, sort == self.sort, self.href(sort=sort)) for sort, text in SORTS.items() if sort != "points" or self.version]
        return Chip("sort", "Sort", SORTS[self.sort], options)

    def _types(self) -> Chip:
        options = [
            Option(version.type_key, version.model.name, version == self.version, self.href(type=version.type_key, stage=None))
            for version in self.versions
        ]
        return Chip("type", "Scoring type", self.version.model.name if self.version else "", options)

    def _stages(self) -> Chip:
        asked = self.query.getlist("stage")
        options = [Option(key, name, key in asked, self.href(stage=key)) for key, (_, name) in self.stages.items()]
        chosen = [option.text for option in options if option.chosen]
        label = "Stage is any of" if len(chosen) > 1 else "Stage"
        return Chip("stage", label, ", ".join(chosen), options, self.href(stage=None), self.others("stage"))

    def _one(self, name: str, label: str, choices: Mapping[str, str]) -> Chip:
        asked = self.query.get(name, "")
        options = [Option(key, text, key == asked, self.href(**{name: key})) for key, text in choices.items()]
        return Chip(name, label, choices.get(asked, ""), options, self.href(**{name: None}))
