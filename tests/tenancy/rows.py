"""One row in every table of a workspace, all of them carrying a word that must not be seen elsewhere.

A new table needs a row here: `test_every_tenant_table_has_a_row_to_hide` says so. A route that names a row finds it by the attribute's name,
such as `contact.id` (see routes.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts import invitations, jobs, keys, ranges, teams
from accounts.models import Invitation, Job, Key, KeyKind, Team, User, Workspace
from accounts.scope import workspace_scope
from contacts import imports
from contacts.models import (
    Activity,
    BotMark,
    Catalogue,
    CatalogueEntry,
    Company,
    Contact,
    DomainChange,
    Duplicate,
    Identifier,
    Import,
    ImportChunk,
    LastSeen,
    Merge,
    MergePart,
    ScannerRule,
)  # fmt: skip
from notifications.models import Attempt, Message, OutsideAddress
from scoring.document import parse
from scoring.models import Adjustment, Award, DraftEdit, Preview, PreviewMove, Score, ScoringType, StageChange, Standing, Version, VersionState
from scoring.preview_numbers import Numbers, edges
from scoring.preview_report import report
from tracking.models import Inbox, Recent, Rejected, Work


@dataclass(frozen=True)
class Rows:
    """A workspace's rows. `word` is in every text of them; `member` is somebody in it."""

    word: str
    workspace: Workspace
    member: User
    secret_key: str
    key: Key
    invitation: Invitation
    invitation_token: str
    team: Team
    job: Job
    company: Company
    contact: Contact
    twin: Contact
    duplicate: Duplicate
    activity: Activity
    imported: Import
    scoring_type: ScoringType
    version: Version
    preview: Preview
    stage_change: StageChange
    message: Message
    address: OutsideAddress
    rejected: Rejected


def fill(workspace: Workspace, member: User, word: str, now: datetime) -> Rows:
    """Makes the rows. `word`: small letters, for it is part of slugs."""
    with workspace_scope(workspace.id):
        key, secret_key = keys.issue(workspace, KeyKind.SECRET, f"{word} key", ["track", "admin"], member, now)
        invitation, token, _ = invitations.invite(workspace, f"{word}@invited.example", "sales", member, now)
        accounts = {"key": key, "secret_key": secret_key, "invitation": invitation, "invitation_token": token}
        team = teams.create_team(workspace, f"{word} team", member, now)
        teams.set_members(team, [member.id], member)
        job = jobs.open_job(workspace.id, word, word, 1, member)
        ranges.cut(job, [1], 1)
        people = _people(workspace, member, word, now)
        scored = _scored(workspace, people["contact"], people["activity"], word, now)
        message = _message(workspace, people["contact"], scored["stage_change"], word, now)
        address = OutsideAddress.objects.create(workspace=workspace, email=f"{word}@outside.example")
        rejected = _waiting(workspace, word, now)
        imported = _imported(workspace, word)
        more = {**accounts, **people, **scored}
        return Rows(word, workspace, member, team=team, job=job, imported=imported, message=message, address=address, rejected=rejected, **more)


def _people(workspace: Workspace, owner: User, word: str, now: datetime) -> dict[str, Any]:
    company = Company.objects.create(workspace=workspace, group_id=word, name=f"{word} company", domain=f"{word}.example")
    DomainChange.objects.create(workspace=workspace, domain=company.domain)
    email = f"lead@{word}.example"
    contact = Contact.objects.create(
        workspace=workspace,
        created_at=now,
        name=f"{word} lead",
        email=email,
        email_domain=f"{word}.example",
        email_kind="business",
        traits={"email": email, "first_name": word, "last_name": "lead"},
        company=company,
        owner=owner,
    )
    LastSeen.objects.create(workspace=workspace, contact=contact, at=now, activity=f"{word} viewed")
    Identifier.objects.create(workspace=workspace, contact=contact, kind="user_id", value=word)
    activity = Activity.objects.create(
        workspace=workspace,
        contact=contact,
        kind="track",
        name=f"{word} viewed",
        occurred_at=now,
        received_at=now,
        message_id=f"{word}-1",
        source=0,
        properties={"word": word},
    )
    BotMark.objects.create(workspace=workspace, activity_id=activity.id, is_bot=False, marked_by="person", reason=word, had_counted=True)
    ScannerRule.objects.create(workspace=workspace, agents=[word], networks=[])
    Catalogue.objects.create(workspace=workspace)
    seen = {"seen": 1, "by_server": True, "first_seen": now, "last_seen": now, "examples": [word]}
    CatalogueEntry.objects.create(workspace=workspace, side="event", event=f"{word} viewed", **seen)
    return {"company": company, "contact": contact, "activity": activity, **_twins(workspace, contact, word, now)}


def _twins(workspace: Workspace, contact: Contact, word: str, now: datetime) -> dict[str, Any]:
    """Somebody who may be the contact, with why, and somebody who was merged into it."""
    twin, merged = (Contact.objects.create(workspace=workspace, created_at=now, name=f"{word} {which}") for which in ("twin", "merged"))
    Contact.objects.filter(id=merged.id).update(merged_into=contact, merged_at=now)
    duplicate = Duplicate.objects.create(workspace=workspace, first=contact, second=twin, reason="email", value=f"twin@{word}.example", at=now)
    undo = {"undo_until": now + timedelta(days=30), "activities": [], "identifiers": [], "merged": [], "replaced": {}}
    merge = Merge.objects.create(workspace=workspace, other=merged, survivor=contact, cause="person", **undo)
    MergePart.objects.create(workspace=workspace, merge=merge, activities=[])
    return {"twin": twin, "duplicate": duplicate}


def _imported(workspace: Workspace, word: str) -> Import:
    """A checked file with one row, which is a faulty one."""
    mapping = {"columns": {f"{word} id": {"to": "user_id"}}}
    made = Import.objects.create(
        workspace=workspace, kind="contacts", file_name=f"{word}.csv", encoding="utf-8", delimiter=",", headers=[f"{word} id"], rows=1,
        mapping=mapping, state="checked",
    )  # fmt: skip
    faults = imports.pack([[2, [word], "refused", word]])
    ImportChunk.objects.create(workspace=workspace, source=made, number=0, rows=imports.pack([[2, [word]]]), faults=faults)
    return made


def _scored(workspace: Workspace, contact: Contact, activity: Activity, word: str, now: datetime) -> dict[str, Any]:
    document = document_of(word)
    draft = {**document, "description": f"{word} draft"}
    scoring_type = ScoringType.objects.create(workspace=workspace, key=f"{word}-type", name=f"{word} type", draft=draft)
    version = Version.objects.create(
        workspace=workspace, scoring_type=scoring_type, number=1, document=document, time_zone="UTC", state=VersionState.LIVE, live_at=now
    )
    ScoringType.objects.filter(id=scoring_type.id).update(published=version)
    DraftEdit.objects.create(workspace=workspace, scoring_type=scoring_type, document=document, changes=[f"{word} changed"], author=None)
    owned = {"workspace": workspace, "contact": contact, "version": version}
    Award.objects.create(**owned, rule=0, awarded_at=now, message_id=activity.message_id, activity_id=activity.id)
    Score.objects.create(**owned, points=50, exact=50_000, stage="hot", rank=1, computed_at=now)
    Standing.objects.create(**owned, scoring_type=scoring_type, stage="hot", entered=["hot"])
    Adjustment.objects.create(workspace=workspace, scoring_type=scoring_type, contact=contact, points=5, reason=word, author=None, awarded_at=now)
    change = {"direction": "entered", "stage": "hot", "stage_name": f"{word} hot", "rank": 1, "points": 50, "cause": "activity", "at": now}
    stage_change = StageChange.objects.create(**owned, scoring_type=scoring_type, **change)
    return {"scoring_type": scoring_type, "version": version, "stage_change": stage_change, "preview": _previewed(version, contact, now)}


def _previewed(version: Version, contact: Contact, now: datetime) -> Preview:
    """A preview by which the contact leaves its stage."""
    model = parse(version.document, "UTC")
    shown = report(model, model, Numbers(contacts=1), 1, edges([model]))
    owned = {"workspace": version.workspace, "scoring_type": version.scoring_type, "live": version}
    made = Preview.objects.create(**owned, document=version.document, revision=1, time_zone="UTC", contacts=1, sample=shown, report=shown, at=now)
    PreviewMove.objects.create(
        workspace=version.workspace, preview=made, contact=contact, points_now=50, points_then=0, stage_now="hot", stage_then="", is_up=False
    )
    return made


def document_of(word: str) -> dict[str, Any]:
    """A scoring type in which the lead's one activity is worth 50 points."""
    rule = {"key": "viewed", "name": f"{word} rule", "when": "activity", "activity": f"{word} viewed", "points": 50}
    stage = {"key": "hot", "name": f"{word} hot", "threshold": 40, "notify": [f"team:{word}-team"]}
    return {"key": f"{word}-type", "name": f"{word} type", "rules": [rule], "stages": [stage]}


def facts_of(workspace: Workspace, word: str) -> dict[str, Any]:
    """What the log of messages shows of one."""
    stage = {"key": "hot", "name": f"{word} hot", "rank": 1, "stages": 1}
    return {"contact": {"name": f"{word} lead", "email": ""}, "company": None, "workspace": {"name": workspace.name}, "points": 50, "stage": stage}


def _message(workspace: Workspace, contact: Contact, change: StageChange, word: str, now: datetime) -> Message:
    message = Message.objects.create(
        workspace=workspace,
        contact=contact,
        stage_change_id=change.id,
        scoring_type_id=change.scoring_type_id,
        scoring_type_name=f"{word} type",
        stage="hot",
        stage_name=f"{word} hot",
        recipient=f"sales@{word}.example",
        reason=f"team:{word}-team",
        facts=facts_of(workspace, word),
        subject=f"{word} subject",
        text=f"{word} text",
        html=f"<p>{word} html</p>",
        message_id=f"<{word}@leadscore>",
        state="sent",
        attempts=1,
        finished_at=now,
    )
    Attempt.objects.create(workspace=workspace, message=message, outcome="accepted", detail=f"250 {word}")
    return message


def _waiting(workspace: Workspace, word: str, now: datetime) -> Rejected:
    """What tracking keeps: a request that waits, a call set aside, and the row a drainer holds."""
    Work.objects.create(workspace=workspace)
    Inbox.objects.create(workspace=workspace, received_at=now, source=0, calls=1, body=f'[{{"event": "{word}"}}]'.encode())
    body = f'{{"batch": [{{"type": "track", "event": "{word} viewed", "userId": "{word}", "messageId": "{word}-1"}}]}}'.encode()
    drained_id = Inbox.objects.create(workspace=workspace, source=0, calls=1, body=body).id
    Inbox.objects.filter(id=drained_id).delete()
    Recent.objects.create(
        workspace=workspace, id=drained_id, received_at=now, begun_at=now, drained_at=now, source=0, calls=1,
        size=len(body), body=body,
    )  # fmt: skip
    return Rejected.objects.create(workspace=workspace, received_at=now, source=0, code=word, path=word, message=word, body=word.encode())
