"""What became of each rule of a trial, in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.causes import Cause
from scoring.cause_sentences import causes_sentence
from scoring.model import InactivityRule, ProfileRule, ResetRule
from scoring.sentences import expiry_clause, frequency_clause
from scoring.trying import BEST_FIRST, CriterionTried, StageTried, Tested, Tried, Verdict
from scoring.wording import Sentence, counted, joined, say, strong


def reason(tried: Tried) -> Sentence:
    """Why the rule gives what it gives: `2 of 5 matched: 1 gave points, 1 is over the limit, at most once a day.`"""
    if isinstance(tried.rule, ProfileRule):
        return _ended(_conditions(tried.causes, holds=tried.verdict == "gives"))
    if isinstance(tried.rule, InactivityRule):
        return _silence(tried, tried.rule)
    if not tried.seen:
        return say("Nothing was done by the name ", strong(f"“{tried.rule.activity}”"), ".")
    if not tried.matched:
        return _none_matched(tried)
    if isinstance(tried.rule, ResetRule):
        return say(f"{_of(tried)} matched: everything began again at zero with the latest of them." if tried.matched > 1 else
                   f"{_of(tried)} matched: everything began again at zero with it.")  # fmt: skip
    told = [_count(verdict, tried.by_verdict[verdict], tried) for verdict in BEST_FIRST[:-1] if tried.by_verdict[verdict]]
    return say(f"{_of(tried)} matched: ", joined(told, "and"), ".")


def activity_reason(tested: Tested, tried: Tried) -> Sentence:
    """What the rule made of one activity."""
    if tested.verdict == "failed":
        return _conditions(tested.causes, holds=False)
    if tested.verdict == "limit":
        return say("over the limit", _clause(tried))
    if tested.verdict == "counts":
        return say("counts towards the number that gives points", _clause(tried))
    return say(_ONE[tested.verdict])


def criterion_reason(tried: CriterionTried) -> Sentence:
    return _ended(_conditions(tried.causes, holds=tried.holds))


def stage_reason(tried: StageTried, points: int, grade: str | None) -> str:
    """`reached`, `9 points short`, or that the grade bars it."""
    if tried.threshold is None:
        return f"grade {grade} never gets here"
    if tried.is_reached:
        return "reached"
    return f"{counted(tried.threshold - points, 'point')} short"


_ONE: dict[Verdict, str] = {
    "gives": "gave points", "expired": "gave points once, which have expired", "faded": "gave points once, which have faded to nothing",
    "voided": "gave points once; a later reset took them", "resets": "began again at zero",
}  # fmt: skip


def _of(tried: Tried) -> str:
    return f"{tried.matched:,} of {tried.seen:,}" if tried.matched < tried.seen else counted(tried.seen, "activity", "activities")


def _none_matched(tried: Tried) -> Sentence:
    latest = _conditions(tried.tested[0].causes, holds=False)
    if tried.seen == 1:
        return say("It was done once, but ", latest, ".")
    return say(f"None of {counted(tried.seen, 'activity', 'activities')} matched. Of the latest, ", latest, ".")


def _conditions(causes: Iterable[Cause], *, holds: bool) -> Sentence:
    told = causes_sentence(causes, failed=not holds)
    return told or say("every contact and activity fits" if holds else "there is no condition that could hold")


def _count(verdict: Verdict, count: int, tried: Tried) -> Sentence:
    be = "is" if count == 1 else "are"
    have = "has" if count == 1 else "have"
    words = {
        "gives": say("gave points" if count == tried.matched else f"{count:,} gave points"),
        "limit": say(f"{count:,} {be} over the limit", _clause(tried)),
        "counts": say(f"{count:,} count{'s' if count == 1 else ''} towards the number that gives points", _clause(tried)),
        "expired": say(f"{count:,} {have} expired", _lasting(tried)),
        "faded": say(f"{count:,} {have} faded to nothing", _lasting(tried)),
        "voided": say(f"{count:,} gave points until a reset"),
    }
    return words[verdict]


def _clause(tried: Tried) -> Sentence:
    return frequency_clause(tried.document.get("frequency"))


def _lasting(tried: Tried) -> Sentence:
    return expiry_clause(tried.document.get("expiry"))


def _silence(tried: Tried, rule: InactivityRule) -> Sentence:
    about = "Something" if rule.activity is None else f"“{rule.activity}”"
    if tried.days is None:
        return say("Nobody knows since when nothing was heard.")
    days = counted(tried.days, "day")
    heard = f"{about} was last heard {days} ago" if tried.is_heard else f"Nothing was heard since the first contact, {days} ago"
    spans = tried.days // rule.days
    if spans < 1:
        return say(f"{heard}; {counted(rule.days, 'silent day')} make the first turn.")
    counts = min(spans, rule.times)
    more = f", and no more than {counted(rule.times, 'time')} count" if spans > rule.times else ""
    return say(f"{heard}: that is {counted(counts, 'time')} {counted(rule.days, 'day')}{more}.")


def _ended(sentence: Sentence) -> Sentence:
    """As a sentence of its own: a capital first, a full stop last."""
    first, *rest = sentence.parts
    return say(first._replace(text=first.text[:1].upper() + first.text[1:]), *rest, ".")
