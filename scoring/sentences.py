"""Scoring types in words: a sentence for each rule and condition, and what differs between two documents. Pure."""

from scoring.condition_sentences import condition_sentence, label
from scoring.differences import differences
from scoring.rule_sentences import expiry_clause, frequency_clause, points_text, rule_reason, rule_sentence
from scoring.wording import Part, Sentence

__all__ = [
    "Part", "Sentence", "condition_sentence", "differences", "expiry_clause", "frequency_clause", "label", "points_text",
    "rule_reason", "rule_sentence",
]  # fmt: skip
