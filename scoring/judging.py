"""What marks of bots mean for contacts that are about to be rescored."""
from __future__ import annotations

from collections.abc import Mapping

from contacts import activities, marking, people
from contacts.marking import Marked
from scoring.rescoring import Touched


def take_notice(workspace_id: int, touched: Mapping[int, Touched], marked: Marked) -> None:
    """Leaves out of the new activities what is a bot's, and has the contacts whose earlier ones changed reread. The contacts are locked and saved."""
    if not marked.contacts:
        return
    for id in marked.contacts:
        one, changed = touched[id], marked.of(id)
        one.reclassified = one.reclassified or not changed <= one.received.keys()
        one.activities = [activity for activity in one.activities if activity.id not in changed]
    changed_people = [touched[id].person for id in sorted(marked.contacts)]
    activities.look_back(workspace_id, changed_people)
    people.save_seen(workspace_id, changed_people)


def look_at_all(workspace_id: int, touched: Mapping[int, Touched]) -> None:
    """Has the rule for mail scanners look at all that the contacts ever did: together, or apart, it may say something else."""
    take_notice(workspace_id, touched, marking.apply_rule(workspace_id, dict.fromkeys(touched)))
