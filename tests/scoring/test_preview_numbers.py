"""What parts of a preview count adds up, on its way through JSON too."""

from __future__ import annotations

from collections import Counter

from leadscore.exact_json import dumps, loads
from scoring.document import parse
from scoring.preview_numbers import Numbers
from scoring.preview_report import report
from tests.scoring.conftest import DOCUMENT


def test_sums_of_parts_are_the_sums_of_the_whole() -> None:
    parts = [
        Numbers(
            contacts=2, now=Counter({"": 1, "hot": 1}), then=Counter({"hot": 2}), crossings=Counter({("", "hot"): 1}), up=1, changed=2,
            told_then=Counter({"team:sales": 3}), bins_now=Counter({0: 2}), bins_then=Counter({0: 1, 12: 1}),
        ),
        Numbers(
            contacts=1, now=Counter({"hot": 1}), then=Counter({"": 1}), crossings=Counter({("hot", ""): 1}), down=1, changed=1,
            told_now=Counter({"owner": 1}), bins_now=Counter({12: 1}), bins_then=Counter({0: 1}),
        ),
    ]  # fmt: skip
    whole = Numbers()
    for part in parts:
        whole.add(Numbers.from_json(loads(dumps(part.to_json()))))
    assert whole == Numbers(
        contacts=3, now=Counter({"": 1, "hot": 2}), then=Counter({"": 1, "hot": 2}), crossings=Counter({("", "hot"): 1, ("hot", ""): 1}),
        up=1, down=1, changed=3, told_now=Counter({"owner": 1}), told_then=Counter({"team:sales": 3}), bins_now=Counter({0: 2, 12: 1}),
        bins_then=Counter({0: 2, 12: 1}),
    )  # fmt: skip


def test_one_of_a_thousand_sampled_says_little_of_a_hundred_thousand() -> None:
    model = parse(DOCUMENT, "UTC")
    rest = 999
    numbers = Numbers(
        contacts=1_000, now=Counter({"": rest, "cold": 1}), then=Counter({"": rest, "hot": 1}), crossings=Counter({("cold", "hot"): 1}), up=1,
        changed=1, bins_now=Counter({0: 1_000}), bins_then=Counter({0: 1_000}),
    )  # fmt: skip
    shown = report(model, model, numbers, 100_000, [0])
    low, high = 17, 561  # Wilson's interval is 0.018 % to 0.565 %, and a little less as the thousand are known
    assert shown["moves"] == {
        "contacts": 100, "low": low, "high": high, "up": 100, "up_low": low, "up_high": high, "down": 0, "down_low": 0, "down_high": 379,
    }  # fmt: skip
    assert (shown["points_changed"], shown["points_changed_low"], shown["points_changed_high"]) == (100, low, high)
    assert shown["crossings"] == [{"from": "cold", "to": "hot", "contacts": 100, "low": low, "high": high}]
    hot, cold = shown["stages"][1:3]
    assert [hot[name] for name in ("now", "now_low", "now_high", "then", "low", "high")] == [0, 0, 379, 100, low, high]
    assert [cold[name] for name in ("now", "now_low", "now_high", "then", "low", "high")] == [100, low, high, 0, 0, 379]
