"""What a summary says, as plain words: from the facts at its publishing to the lines of its templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadscore.drawings import stage_class
from leadscore.formats import number
from notifications.wording import LONGEST_SUBJECT, clip, footer_of, line, name_of, profile_path


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact that entered a stage. `about` is its company, where it has one."""

    points: str
    name: str
    about: str
    url: str


@dataclass(frozen=True, slots=True)
class StageListed:
    """Who entered one stage; `more` says how many are not named."""

    name: str
    stage_class: str
    count: str
    contacts: tuple[Listed, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Summary:
    subject: str
    source: str
    title: str
    note: str
    lead: str
    stages: tuple[StageListed, ...]
    button: str
    url: str
    footer: str


def summary(facts: Mapping[str, Any], *, reason: str, site_url: str, teams: Mapping[str, str]) -> Summary:
    """The words of one summary; see `notifications.summaries` for its facts."""
    workspace, scoring_type, version = facts["workspace"], facts["scoring_type"], facts["version"]
    entered = sum(stage["count"] for stage in facts["stages"])
    counted = f"{number(entered)} {'contact' if entered == 1 else 'contacts'}"
    return Summary(
        subject=clip(f"{line(scoring_type['name'], 60)}, version {version}: {counted} entered a stage", LONGEST_SUBJECT),
        source=line(workspace["name"]),
        title=f"{line(scoring_type['name'])}, version {version}",
        note=line(facts["note"], 500),
        lead=f"By the rules that went live now, {counted} entered a stage that names you. Nothing new was done: it is counted differently.",
        stages=tuple(_stage(stage, workspace["slug"], site_url) for stage in facts["stages"]),
        button="See what changed",
        url=f"{site_url}/w/{workspace['slug']}/scoring/{scoring_type['key']}/versions/{version}/",
        footer=footer_of(reason, line(workspace["name"]), teams),
    )


def _stage(stage: Mapping[str, Any], slug: str, site_url: str) -> StageListed:
    listed = tuple(
        Listed(number(one["points"]), name_of(one), line(one["company"]), site_url + profile_path(slug, one["id"])) for one in stage["contacts"]
    )
    more = stage["count"] - len(listed)
    return StageListed(
        line(stage["name"]), stage_class(stage["rank"], stage["stages"]), number(stage["count"]), listed, f"and {number(more)} more" if more else ""
    )
