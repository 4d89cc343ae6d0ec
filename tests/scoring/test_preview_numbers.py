"""What parts of a preview count adds up, on its way through JSON too."""

from __future__ import annotations

from collections import Counter

from leadscore.exact_json import dumps, loads
from scoring.preview_numbers import Numbers


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
