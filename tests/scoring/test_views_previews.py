"""A preview beside the editor and on its own page: asked for by the page, counted on while one looks, marked when it is stale."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from leadscore import clock
from scoring import previewing
from scoring.models import Preview, ScoringType
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.pages import HTMX, url

pytestmark = pytest.mark.django_db(transaction=True)

HIGHER: dict[str, Any] = {**DOCUMENT, "stages": [{**one, "threshold": one["threshold"] + 45} for one in DOCUMENT["stages"]]}


def change_draft(workspace: Workspace, document: dict[str, Any]) -> None:
    with workspace_scope(workspace.id):
        held = ScoringType.objects.get(workspace=workspace)
        ScoringType.objects.filter(id=held.id).update(draft=document, draft_revision=held.draft_revision + 1)


def count_all(workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        job = Preview.objects.filter(workspace=workspace).order_by("-id")[0].job
        assert job
    while previewing.advance(workspace.id, job.id):
        pass


@pytest.fixture(autouse=True)
def leads(workspace: Workspace, alice: User, client: Client, send: Send) -> None:
    """Three people who asked for a demo (60 points, hot), and a draft by which they are only cold."""
    client.force_login(alice)
    publish(workspace, DOCUMENT)
    at = clock.now() - timedelta(hours=2)
    for user in ("ada", "bea", "cleo"):
        traits = {"firstName": user.title(), "email": f"{user}@firm.test"}
        send(
            {"type": "identify", "userId": user, "messageId": f"i-{user}", "traits": traits, "timestamp": at.isoformat()},
            {"type": "track", "userId": user, "event": "Demo Requested", "messageId": f"d-{user}", "timestamp": at.isoformat()},
        )
    change_draft(workspace, HIGHER)


def test_the_editor_asks_for_a_preview_of_a_draft_that_has_none(client: Client) -> None:
    page = client.get(url("edit")).content.decode()
    assert f'hx-post="{url("preview")}" hx-trigger="load delay:1s"' in page
    answer = client.post(url("preview"), headers=HTMX)
    assert (answer.context["foreseen"].exact, answer.context["wants_preview"]) == (True, False)
    text = answer.content.decode()
    assert ('id="facts"' in text, 'hx-trigger="load"' in text) == (True, False)
    assert 'id="count-hot" class="" hx-swap-oob="true"' in text
    assert 'id="movers" hx-swap-oob="true"' in text
    assert [(one.contact.name, one.now.name, one.then.name) for one in answer.context["movers"]] == [
        (name, "Hot leads", "Cold leads") for name in ("Cleo", "Bea", "Ada")
    ]
    counts = {rung.key: (rung.now, rung.then, rung.change) for rung in answer.context["rungs"]}
    assert counts == {"mql": (0, 0, 0), "hot": (3, 0, -3), "cold": (0, 3, 3)}


def test_a_large_workspace_is_counted_on_while_one_looks(client: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 1)
    begun = client.post(url("preview"), headers=HTMX)
    assert f'hx-get="{url("facts")}" hx-trigger="every 2s"' in begun.content.decode()
    assert (begun.context["foreseen"].report["sampled"], begun.context["foreseen"].running) == (1, True)
    count_all(workspace)
    done = client.get(url("facts"), headers=HTMX)
    assert "sections" not in done.context, "what the editor shows besides is not computed each time"
    assert "every 2s" not in done.content.decode()
    assert (done.context["foreseen"].exact, done.context["foreseen"].moved.margin) == (True, 0)


def test_numbers_of_a_sample_never_stand_bare(client: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of contacts have a margin; messages and the distribution are marked as rough. Once all are counted nothing is."""
    monkeypatch.setattr(previewing, "SAMPLE", 1)
    told = [{**one, "notify": ["user:alice@example.com"]} for one in HIGHER["stages"]]
    change_draft(workspace, {**HIGHER, "stages": told})
    beside = client.post(url("preview"), headers=HTMX).content.decode()
    page = client.get(url("preview")).content.decode()
    for text in (beside, page):
        assert '<span class="tn">3</span><span class="margin xs soft"> ± 2</span>' in text
        assert '<span class="tn">~3</span>' in text
    assert ("Estimated from" in page, "in about 95 of 100 such samples" in page) == (True, True)
    count_all(workspace)
    for address in ("edit", "preview"):
        text = client.get(url(address)).content.decode()
        assert ("±" in text, '<span class="tn">~' in text) == (False, False)


def test_where_nobody_of_the_sample_moves_stages_have_as_many_as_now(
    client: Client, workspace: Workspace, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of four is sampled: whichever that is, it does not stand for all, of whom it is known where they are."""
    monkeypatch.setattr(previewing, "SAMPLE", 1)
    send({"type": "identify", "userId": "dora", "messageId": "i-dora"})
    change_draft(workspace, {**DOCUMENT, "name": "Renamed"})
    client.post(url("preview"), headers=HTMX)
    page = client.get(url("edit"))
    assert page.context["foreseen"].report["sampled"] == 1
    assert {rung.key: (rung.now, rung.then) for rung in page.context["rungs"]} == {"mql": (0, 0), "hot": (3, 3), "cold": (0, 0)}
    assert (page.context["below"], page.context["below_then"]) == (1, 1)


def test_publishing_says_how_many_move_once_all_were_counted(client: Client, workspace: Workspace) -> None:
    told = "<b>3 of 3 contacts</b> would change the stage, 0 up and 3 down"
    assert told in client.post(url("preview"), headers=HTMX).content.decode()
    assert told in client.get(url("publish")).content.decode()
    change_draft(workspace, {**HIGHER, "name": "Another"})
    text = client.get(url("publish")).content.decode()
    assert ("would change the stage" in text, "Without it nobody is told of that." in text) == (False, True)


def test_the_page_offers_to_publish_what_differs_to_those_who_may(client: Client, workspace: Workspace, bob: User) -> None:
    def offered() -> bool:
        return url("publish") in client.get(url("preview")).content.decode()

    client.post(url("preview"))
    assert offered()
    change_draft(workspace, DOCUMENT)
    assert not offered()
    change_draft(workspace, HIGHER)
    client.force_login(bob)
    assert not offered()


def test_the_filter_that_is_chosen_is_marked(client: Client) -> None:
    client.post(url("preview"))
    for asked, chosen in (("", url("preview")), ("?way=down", "?way=down")):
        text = client.get(url("preview") + asked).content.decode()
        assert re.findall(r'class="chip" aria-current="true" href="([^"]*)"', text) == [chosen]


def test_a_preview_of_another_draft_is_marked_as_stale_and_made_anew(client: Client, workspace: Workspace) -> None:
    client.post(url("preview"), headers=HTMX)
    change_draft(workspace, {**HIGHER, "name": "Another"})
    page = client.get(url("edit"))
    assert (page.context["foreseen"].stale, page.context["wants_preview"]) == (True, True)
    assert "Stale: counted" in page.content.decode()
    assert "has changed since this was counted" in client.get(url("preview")).content.decode()


def test_a_preview_can_always_be_counted_again(client: Client, workspace: Workspace) -> None:
    client.post(url("preview"), headers=HTMX)
    for page in (client.get(url("edit")), client.get(url("preview"))):
        assert page.content.decode().count("Count again") == 1
    with workspace_scope(workspace.id):
        old = clock.now() - timedelta(days=7)
        Preview.objects.filter(workspace=workspace).update(at=old)
    assert (client.get(url("preview")).context["foreseen"].preview.at, client.post(url("preview")).status_code) == (old, 302)
    assert client.get(url("preview")).context["foreseen"].preview.at > old + timedelta(days=6)


def test_a_preview_that_failed_is_asked_for_again_once(client: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SAMPLE", 1)
    client.post(url("preview"), headers=HTMX)
    with workspace_scope(workspace.id):
        [failing] = Preview.objects.filter(workspace=workspace).values_list("job", flat=True)
    previewing.give_up(workspace.id, failing, ValueError("broken"))
    looked_on = client.get(url("facts"), headers=HTMX)
    text = looked_on.content.decode()
    assert looked_on.context["foreseen"].failed == "The preview stopped: ValueError: broken"
    assert ("load delay" in text, "Count again" in text) == (False, True)
    assert "load delay" in client.get(url("edit")).content.decode()
    again = client.post(url("preview"), headers=HTMX)
    assert (again.context["foreseen"].failed, again.context["foreseen"].running) == ("", True)


def test_another_time_zone_alone_is_previewed_too(client: Client, workspace: Workspace) -> None:
    publish(workspace, HIGHER)
    assert client.get(url("edit")).context["wants_preview"] is False
    Workspace.objects.filter(id=workspace.id).update(time_zone="Pacific/Auckland")
    assert client.get(url("edit")).context["wants_preview"] is True
    client.post(url("preview"), headers=HTMX)
    page = client.get(url("edit"))
    assert (page.context["foreseen"].stale, page.context["wants_preview"]) == (False, False)
    Workspace.objects.filter(id=workspace.id).update(time_zone="Asia/Tokyo")
    page = client.get(url("edit"))
    assert (page.context["foreseen"].stale, page.context["wants_preview"]) == (True, True)


def test_a_draft_with_something_to_mend_is_not_previewed(client: Client, workspace: Workspace) -> None:
    change_draft(workspace, {**HIGHER, "rules": [{"key": "x", "name": "", "when": "activity"}]})
    page = client.get(url("edit"))
    assert page.context["wants_preview"] is False
    refused = client.post(url("preview"), follow=True)
    assert (refused.redirect_chain, "something to mend" in refused.content.decode()) == ([(url("edit"), 302)], True)
    assert client.post(url("preview"), headers=HTMX).status_code == 200
    with workspace_scope(workspace.id):
        assert not Preview.objects.filter(workspace=workspace).exists()


def test_the_page_lists_who_moves_by_crossing_and_in_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.views.previews.A_PAGE", 2)
    assert client.post(url("preview"))["Location"] == url("preview")
    page = client.get(url("preview"))
    assert [one.contact.name for one in page.context["movers"]] == ["Cleo", "Bea"]
    following = client.get(url("preview"), {"after": page.context["next"]})
    assert ([one.contact.name for one in following.context["movers"]], following.context["next"]) == (["Ada"], "")
    assert [one.contact.name for one in client.get(url("preview"), {"way": "up"}).context["movers"]] == []
    assert len(client.get(url("preview"), {"stage_now": "hot", "stage_then": "cold"}).context["movers"]) == 2
    assert len(client.get(url("preview"), {"stage_now": "hot", "stage_then": "mql"}).context["movers"]) == 0
    assert client.get(url("preview"), {"after": "x", "stage_now": "\0", "way": "sideways"}).status_code == 200


def test_a_page_of_movers_asks_the_database_as_often_for_one_as_for_three(client: Client, django_assert_num_queries: Any) -> None:
    client.post(url("preview"))
    client.get(url("preview"))
    with django_assert_num_queries(19):
        assert len(client.get(url("preview")).context["movers"]) == 3
    with django_assert_num_queries(19):
        assert len(client.get(url("preview"), {"after": "60.2"}).context["movers"]) < 3


def test_saving_the_stages_keeps_the_order_of_who_is_told(client: Client, workspace: Workspace) -> None:
    told = ["team:sales", "owner", "team:marketing"]
    change_draft(workspace, {**HIGHER, "stages": [{**HIGHER["stages"][0], "notify": told}]})
    with workspace_scope(workspace.id):
        revision = ScoringType.objects.get(workspace=workspace).draft_revision
    posted = {"revision": revision, "stage": "cold", "s.cold.name": "Cold leads", "s.cold.threshold": "56", "s.cold.quiet_days": "30"}
    client.post(url("stages"), {**posted, "s.cold.notify": ["owner", "team:marketing", "team:sales"]})
    with workspace_scope(workspace.id):
        assert ScoringType.objects.get(workspace=workspace).draft["stages"][0]["notify"] == told
