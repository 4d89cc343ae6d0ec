"""What marks of bots mean for contacts that are about to be rescored."""

from __future__ import annotations

from collections.abc import Mapping

from contacts import activities, marking, people
from contacts.marking import Marked
from scoring import nearby
from scoring.placing import Touched


def take_notice(workspace_id: int, touched: Mapping[int, Touched], marked: Marked) -> None:
    """Leaves out of the new activities what is a bot's, and notes the earlier ones that changed. The contacts are locked and saved."""
    if not marked.contacts:
        return
    for id in marked.contacts:
        one, changed = touched[id], marked.of(id)
        one.activities = [activity for activity in one.activities if activity.id not in changed]
    note_earlier(workspace_id, touched, marked)
    changed_people = [touched[id].person for id in sorted(marked.contacts)]
    activities.look_back(workspace_id, changed_people)
    people.save_seen(workspace_id, changed_people)


def note_earlier(workspace_id: int, touched: Mapping[int, Touched], marked: Marked) -> None:
    """Notes with each contact which activities that were scored are a bot's now, or no longer. One that is scored from scratch needs none."""
    earlier = {activity for id in marked.contacts for activity in marked.of(id) - touched[id].received.keys() if not touched[id].from_scratch}
    found = {activity.id: activity for activity in nearby.of_ids(workspace_id, earlier)} if earlier else {}
    for id in marked.contacts:
        touched[id].gone += [found[activity] for activity in sorted(marked.bots.get(id, set()) & found.keys())]
        touched[id].back += [found[activity] for activity in sorted(marked.people.get(id, set()) & found.keys())]


def look_at_all(workspace_id: int, touched: Mapping[int, Touched]) -> None:
    """Has the rule for mail scanners look at all that the contacts ever did: together, or apart, it may say something else."""
    take_notice(workspace_id, touched, marking.apply_rule(workspace_id, dict.fromkeys(touched)))
