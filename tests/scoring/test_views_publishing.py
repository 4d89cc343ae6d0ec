"""Publishing from the page, watching it, and the list of versions."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from leadscore.exact_json import loads
from scoring import drafts, publishing
from scoring.models import ScoringType, Version
from tests.scoring.conftest import DOCUMENT, publish
from tests.scoring.documents import document, rule

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def url(name: str, *more: object) -> str:
    return reverse(f"scoring:{name}", args=["acme", "new-leads", *more])


@pytest.fixture(autouse=True)
def draft(workspace: Workspace, alice: User, client: Client) -> None:
    client.force_login(alice)
    with workspace_scope(workspace.id):
        drafts.create(workspace, DOCUMENT, by=alice)


def press(client: Client, **fields: str) -> HttpResponse:
    """Publishes from the form as it is shown now."""
    revision = client.get(url("publish")).context["type"].draft_revision
    return client.post(url("publish"), {"note": "", "revision": revision, **fields})


def work(workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        job = Job.objects.get(workspace=workspace, state="queued")
    while publishing.advance(workspace.id, job.id):
        pass


def test_the_first_version_is_not_said_to_stand_beside_a_live_one(client: Client, workspace: Workspace) -> None:
    assert "then the version goes live." in client.get(url("publish")).content.decode()
    press(client)
    work(workspace)
    assert "beside what is live now" in client.get(url("publish")).content.decode()


def test_publishing_makes_a_version_with_its_note_and_shows_how_far_it_is(client: Client, workspace: Workspace, alice: User) -> None:
    assert press(client, note="The first")["Location"] == url("edit")
    page = client.get(url("edit"))
    progress = page.context["progress"]
    assert (progress.version.number, progress.version.note, progress.version.created_by, progress.share) == (1, "The first", alice, 0)
    assert "Version 1 is being computed" in page.content.decode()
    assert page.context["on_its_way"]


def test_progress_is_a_fragment_until_the_version_is_live(client: Client, workspace: Workspace) -> None:
    press(client)
    going = client.get(url("progress"), headers=HTMX)
    assert going.content.decode().count('hx-trigger="every 1s"') == 1
    assert ("HX-Retarget" in going, "sections" in going.context) == (False, False), "the editor is not computed each second"
    work(workspace)
    arrived = client.get(url("progress"), headers=HTMX)
    assert (arrived["HX-Retarget"], arrived["HX-Trigger"]) == ("#draft", '{"toast": "Version 1 is live."}')
    text = arrived.content.decode()
    assert "Nobody was told about stages that changed because of it" in text
    assert 'id="state" hx-swap-oob="true"' in text
    assert '<div id="movers" hx-swap-oob="true">' in text, "of what is live nobody moves any more"
    assert client.get(url("progress"))["Location"] == url("edit")


def watched(client: Client) -> tuple[str, str]:
    """The toast and the text that a browser gets which watches."""
    response = client.get(url("progress"), headers=HTMX)
    return response.headers.get("HX-Trigger", ""), response.content.decode()


def test_who_watches_while_another_cancels_is_told_so(client: Client, workspace: Workspace, bob: User) -> None:
    publish(workspace, DOCUMENT)
    press(client)
    bobs = Client()
    bobs.force_login(bob)
    assert "Version 2 is being computed" in watched(bobs)[1]
    client.post(url("cancel"))
    toast, text = watched(bobs)
    assert toast == '{"toast": "Version 2 was cancelled."}'
    assert "<b>Version 2 was cancelled.</b> Version 1 is still live, and the draft is as it was." in text
    assert ("is live.</b>" in text, "Nobody was told" in text) == (False, False)


def test_who_watches_a_version_that_fails_is_told_why_alone(client: Client, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    press(client)
    with workspace_scope(workspace.id):
        job = Job.objects.get(workspace=workspace, state="queued")
    publishing.give_up(workspace.id, job.id, RuntimeError("out of paper"))
    toast, text = watched(client)
    assert (toast, "out of paper" in text, "is live.</b>" in text) == ("", True, False)


def test_who_asked_for_a_summary_is_not_told_that_nobody_was(client: Client, workspace: Workspace) -> None:
    press(client, summary="on")
    work(workspace)
    toast, text = watched(client)
    assert toast == '{"toast": "Version 1 is live."}'
    assert ("Recipients get one summary each" in text, "Nobody was told" in text) == (True, False)


def test_a_draft_that_was_saved_since_it_was_looked_at_is_shown_again_and_not_published(client: Client, workspace: Workspace, bob: User) -> None:
    seen = client.get(url("edit")).context["type"].draft_revision
    assert f'<input type="hidden" name="revision" value="{seen}">' in client.get(url("publish")).content.decode()
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", {**DOCUMENT, "maximum": 100}, by=bob)
    refused = client.post(url("publish"), {"note": "As agreed", "summary": "on", "revision": seen})
    text = refused.content.decode()
    assert (refused.status_code, refused.context["changes"]) == (409, ["The highest score 100 instead of no bound"])
    assert "Nothing was published" in text
    assert ("As agreed" in text, refused.context["form"].notify, f'name="revision" value="{seen + 1}"' in text) == (True, "summary", True)
    assert client.post(url("publish"), {"note": ""}).status_code == 409, "a form says what was looked at"
    with workspace_scope(workspace.id):
        assert list(Version.objects.filter(workspace=workspace).values_list("number", flat=True)) == [1]
    assert press(client)["Location"] == url("edit")
    with workspace_scope(workspace.id):
        assert Version.objects.get(workspace=workspace, number=2).document["maximum"] == 100


def test_a_failed_version_says_why_and_what_is_safe(client: Client, workspace: Workspace) -> None:
    press(client)
    with workspace_scope(workspace.id):
        job = Job.objects.get(workspace=workspace)
    publishing.give_up(workspace.id, job.id, RuntimeError("out of paper"))
    text = client.get(url("edit")).content.decode()
    assert "Version 1 could not be computed" in text
    assert "RuntimeError: out of paper" in text
    assert "The draft is safe" in text


def test_a_draft_with_something_wrong_is_not_published(client: Client, workspace: Workspace, alice: User) -> None:
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(rules=[rule(points=0)]), by=alice)
    page = client.get(url("publish")).content.decode()
    assert "New leads cannot be published yet" in page
    assert press(client).status_code == 422
    with workspace_scope(workspace.id):
        assert not Version.objects.filter(workspace=workspace).exists()


def test_a_note_that_is_too_long_is_given_back(client: Client, workspace: Workspace) -> None:
    response = press(client, note="x" * 2001)
    assert (response.status_code, "it has 2001" in response.content.decode(), "x" * 2001 in response.content.decode()) == (422, True, True)


def test_a_new_time_zone_is_a_reason_to_publish(client: Client, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    assert 'data-opens="publishing"' not in client.get(url("edit")).content.decode()
    Workspace.objects.filter(id=workspace.id).update(time_zone="Europe/Berlin")
    text = client.get(url("edit")).content.decode()
    assert "It counts days in UTC, and the workspace is now in Europe/Berlin" in text
    assert 'data-opens="publishing"' in text


def test_versions_are_listed_with_who_when_note_and_state(client: Client, workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    press(client, note="Again")
    listed = [line.version for line in client.get(url("versions")).context["lines"]]
    assert [(one.number, one.state, one.note, one.created_by) for one in listed] == [(2, "building", "Again", alice), (1, "live", "", None)]


def test_a_version_is_shown_with_what_it_changed(client: Client, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    publish(workspace, {**DOCUMENT, "maximum": 100})
    response = client.get(url("version", 2))
    assert response.context["changes"] == ["The highest score 100 instead of no bound"]
    text = response.content.decode().partition("<main")[2].partition("</main>")[0]
    assert "for <b>Demo Requested</b>, for 90 days" in text
    assert "<form" not in text
    assert client.get(url("version", 1)).context["changes"] == []
    assert client.get(url("version", 3)).status_code == 404


def test_a_version_is_compared_with_the_one_that_was_live_before_it(client: Client, workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", {**DOCUMENT, "maximum": 100}, by=alice)
    press(client)
    client.post(url("cancel"))
    press(client)
    work(workspace)
    changes = ["The highest score 100 instead of no bound"]
    lines = client.get(url("versions")).context["lines"]
    assert [(line.version.number, line.version.state, line.before and line.before.number, line.changes) for line in lines] == [
        (3, "live", 1, changes), (2, "cancelled", 1, changes), (1, "retired", None, []),
    ]  # fmt: skip
    assert [client.get(url("version", number)).context["changes"] for number in (3, 2)] == [changes, changes]
    listed = client.get("/api/v1/scoring-types/new-leads/versions/", headers={"X-Workspace": "acme"}).json()["results"]
    assert [(one["version"], one["differences"]) for one in listed] == [(3, changes), (2, changes), (1, [])]


def test_a_version_after_none_that_went_live_is_not_called_the_first(client: Client, workspace: Workspace) -> None:
    press(client)
    client.post(url("cancel"))
    press(client)
    text = client.get(url("versions")).content.decode()
    assert (text.count("The first version"), text.count("Nothing was live before it")) == (1, 1)


def test_undoing_what_is_live_says_that_it_goes_back_to_before_it(client: Client, workspace: Workspace, alice: User) -> None:
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", {**DOCUMENT, "maximum": 100}, by=alice)

    def undone() -> tuple[bool, bool]:
        page = client.get(url("edit"))
        said = client.post(url("undo"), {"revision": page.context["type"].draft_revision}, follow=True).content.decode()
        return "Undo, back to before version 1: The highest score" in page.content.decode(), "before version 1, which stays live." in said

    press(client)
    work(workspace)
    assert undone() == (True, True)
    client.post(url("redo"), {"revision": client.get(url("edit")).context["type"].draft_revision})
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", {**DOCUMENT, "maximum": 110}, by=alice)
    assert undone() == (False, False)


def test_documents_are_downloaded_exactly(client: Client, workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    exact = '{"key": "new-leads", "name": "New leads", "rules": [{"key": "r", "name": "R", "when": "activity", "activity": "A", "points": 5, \
"conditions": {"field": "properties.n", "op": "gt", "value": 1.50}}]}'
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", loads(exact), by=alice)
    response = client.get(url("export"))
    assert response["Content-Disposition"] == 'attachment; filename="new-leads-draft.json"'
    assert '"value": 1.50' in response.content.decode()
    assert loads(response.content) == loads(exact)
    assert loads(client.get(url("export_version", 1)).content) == DOCUMENT


def test_an_archived_type_cannot_be_published(client: Client, workspace: Workspace) -> None:
    client.post(url("archive"))
    assert client.post(url("publish"), {"note": "", "revision": 1}).status_code == 404
    with workspace_scope(workspace.id):
        assert ScoringType.objects.get(workspace=workspace).published is None


def test_publishing_can_be_cancelled_from_the_page(client: Client, workspace: Workspace) -> None:
    press(client, summary="on")
    page = client.get(url("edit"))
    assert (page.context["progress"].job.params, url("cancel") in page.content.decode()) == ({"notify": "summary"}, True)
    assert "Publishing was cancelled" in client.post(url("cancel"), follow=True).content.decode()
    assert client.get(url("edit")).context["progress"] is None
    assert "nothing to cancel" in client.post(url("cancel"), follow=True).content.decode()
