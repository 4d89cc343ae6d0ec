"""A preview in numbers, as the API answers it and pages show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scoring.foretelling import TOLD_DAYS
from scoring.model import Model, Stage
from scoring.preview_numbers import Numbers, estimate, scaled


def report(live: Model | None, draft: Model, numbers: Numbers, of: int, cuts: Sequence[int]) -> dict[str, Any]:
    """What is counted, or from a sample of the contacts estimated for all `of` them. `now` is null where no version is live."""
    sampled = numbers.contacts
    moved = estimate(numbers.up + numbers.down, sampled, of)
    return {
        "contacts": of,
        "sampled": sampled,
        "exact": sampled >= of,
        "stages": [_stage(stage, live, draft, numbers, of) for stage in _ladder(live, draft)],
        "moves": {
            "contacts": moved.count, "low": moved.low, "high": moved.high,
            "up": scaled(numbers.up, sampled, of), "down": scaled(numbers.down, sampled, of),
        },
        "points_changed": scaled(numbers.changed, sampled, of),
        "crossings": [
            {"from": before or None, "to": after or None, "contacts": scaled(count, sampled, of)}
            for (before, after), count in sorted(numbers.crossings.items(), key=lambda one: (-one[1], one[0]))
        ],
        "distribution": {
            "edges": list(cuts),
            "now": [scaled(numbers.bins_now[place], sampled, of) for place in range(len(cuts))] if live else None,
            "then": [scaled(numbers.bins_then[place], sampled, of) for place in range(len(cuts))],
        },
        "messages": _messages(live, numbers, of),
    }  # fmt: skip


def _ladder(live: Model | None, draft: Model) -> list[Stage | None]:
    """The draft's stages from the highest, those that only the live version has, and no stage."""
    keys = {stage.key for stage in draft.stages}
    gone = [stage for stage in live.stages if stage.key not in keys] if live else []
    return [*reversed(draft.stages), *reversed(gone), None]


def _stage(stage: Stage | None, live: Model | None, draft: Model, numbers: Numbers, of: int) -> dict[str, Any]:
    key = stage.key if stage else ""
    then = estimate(numbers.then[key], numbers.contacts, of)
    return {
        "stage": key or None,
        "name": stage.name if stage else None,
        "now": scaled(numbers.now[key], numbers.contacts, of) if live else None,
        "then": then.count,
        "low": then.low,
        "high": then.high,
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
