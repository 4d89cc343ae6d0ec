"""A preview in numbers, as the API answers it and pages show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scoring.foretelling import TOLD_DAYS
from scoring.model import Model, Stage
from scoring.preview_numbers import Numbers, estimate, scaled


def report(live: Model | None, draft: Model, numbers: Numbers, of: int, cuts: Sequence[int]) -> dict[str, Any]:
    """What is counted, or from a sample of the contacts estimated for all `of` them. What is live is null where no version is.

    How many contacts there are of a kind comes with what it lies between; the distribution and messages are scaled up.
    """
    sampled = numbers.contacts
    return {
        "contacts": of,
        "sampled": sampled,
        "exact": sampled >= of,
        "stages": [_stage(stage, live, draft, numbers, of) for stage in _ladder(live, draft)],
        "moves": {
            **_between("contacts", numbers.up + numbers.down, sampled, of),
            **_between("up", numbers.up, sampled, of, "up_"),
            **_between("down", numbers.down, sampled, of, "down_"),
        },
        **_between("points_changed", numbers.changed, sampled, of, "points_changed_"),
        "crossings": [
            {"from": before or None, "to": after or None, **_between("contacts", count, sampled, of)}
            for (before, after), count in sorted(numbers.crossings.items(), key=lambda one: (-one[1], one[0]))
        ],
        "distribution": {
            "edges": list(cuts),
            "now": [scaled(numbers.bins_now[place], sampled, of) for place in range(len(cuts))] if live else None,
            "then": [scaled(numbers.bins_then[place], sampled, of) for place in range(len(cuts))],
        },
        "messages": _messages(live, numbers, of),
    }


def _between(name: str, found: int, sampled: int, of: int, prefix: str = "") -> dict[str, int]:
    """So many contacts, and between which numbers with 95 % certainty."""
    estimated = estimate(found, sampled, of)
    return {name: estimated.count, f"{prefix}low": estimated.low, f"{prefix}high": estimated.high}


def _ladder(live: Model | None, draft: Model) -> list[Stage | None]:
    """The draft's stages from the highest, those that only the live version has, and no stage."""
    keys = {stage.key for stage in draft.stages}
    gone = [stage for stage in live.stages if stage.key not in keys] if live else []
    return [*reversed(draft.stages), *reversed(gone), None]


def _stage(stage: Stage | None, live: Model | None, draft: Model, numbers: Numbers, of: int) -> dict[str, Any]:
    key = stage.key if stage else ""
    now = _between("now", numbers.now[key], numbers.contacts, of, "now_")
    return {
        "stage": key or None,
        "name": stage.name if stage else None,
        **(now if live else dict.fromkeys(now)),
        **_between("then", numbers.then[key], numbers.contacts, of),
        "gone": stage is not None and all(one.key != key for one in draft.stages),
    }


def _messages(live: Model | None, numbers: Numbers, of: int) -> dict[str, Any]:
    def among_all(count: int) -> int:
        return scaled(count, numbers.contacts, of)

    named = sorted({*numbers.told_now, *numbers.told_then})
    return {
        "days": TOLD_DAYS,
        "now": among_all(numbers.told_now.total()) if live else None,
        "then": among_all(numbers.told_then.total()),
        "recipients": [
            {
                "recipient": name,
                "now": among_all(numbers.told_now[name]) if live else None,
                "then": among_all(numbers.told_then[name]),
            }
            for name in named
        ],
    }
