"""The scoring engine: a version, a contact's activities and profile, and an instant in; points, grade and stage out.

Pure (scoring semantics §4 to §6, §8), and one door to: awarding (activities → awards), scores (awards and profile →
outcome), explaining (the lines that add up to it) and passing (outcome → stages entered and left).

From scratch: `outcome(model, tally(model, awards(model, activities, t), t), profile, t)`. As activities arrive: `matches`,
`place` among the awards of the same slot, `moved` for what expired, `changed`, `outcome`. Both give the same.
"""

from scoring.awarding import Activity, Award, Change, Unscorable, award, awards, is_past, matches, place, slot_of
from scoring.explaining import Cut, Explanation, Line, explain
from scoring.passing import gap, passed
from scoring.scores import GroupSum, Outcome, Profile, Tally, changed, moved, next_due, outcome, rounded, tally, values

__all__ = [
    "Activity", "Award", "Change", "Cut", "Explanation", "GroupSum", "Line", "Outcome", "Profile", "Tally", "Unscorable",
    "award", "awards", "changed", "explain", "gap", "is_past", "matches", "moved", "next_due", "outcome", "passed", "place", "rounded",
    "slot_of", "tally", "values",
]  # fmt: skip
