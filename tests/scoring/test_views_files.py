"""Scoring types exported and imported by the pages, duplicated, archived and restored."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from leadscore import exact_json, exact_yaml
from scoring import drafts
from scoring.models import ScoringType
from scoring.views.files import MOST_TOLD
from scoring.views.reading import MOST_BYTES
from tests.laws.scoring_documents import documents
from tests.scoring.conftest import publish
from tests.scoring.documents import document, example, rule, stage
from tests.scoring.pages import Make, draft, maker, url

pytestmark = pytest.mark.django_db

IMPORT = "/w/acme/scoring-types/import/"
EXACT = document(
    rules=[
        rule(name="no", conditions={"field": "properties.price", "op": "gt", "value": Decimal("0.10000000000000000000000001")}),
        rule(key="b", name="2026-11-21", conditions={"field": "properties.n", "op": "in", "value": ["1", 1, True, "true", 10**30, "1e3"]}),
    ],
    description="First line\nsecond: line",
)


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


def types_of(workspace: Workspace) -> list[str]:
    with workspace_scope(workspace.id):
        return list(ScoringType.objects.filter(workspace=workspace).order_by("id").values_list("key", flat=True))


def stored(workspace: Workspace, key: str) -> dict[str, Any]:
    with workspace_scope(workspace.id):
        found: dict[str, Any] = ScoringType.objects.get(workspace=workspace, key=key).draft
    return found


def told(response: HttpResponse) -> list[tuple[str, str]]:
    assert response.status_code == 422
    return [(one.path, one.code) for one in response.context["told"]]  # type: ignore[attr-defined]


def said(client: Client, response: HttpResponse) -> str:
    """The flash on the page that an answer leads to."""
    (message,) = client.get(response["Location"]).context["messages"]
    return str(message)


@pytest.mark.parametrize(
    ("query", "kind", "name", "read"),
    [
        ("", "application/json", "new-leads-draft.json", exact_json.loads),
        ("?format=json", "application/json", "new-leads-draft.json", exact_json.loads),
        ("?format=yaml", "application/yaml", "new-leads-draft.yaml", exact_yaml.loads),
    ],
)  # fmt: skip
def test_a_draft_is_exported_exactly(client: Client, make: Make, query: str, kind: str, name: str, read: Any) -> None:
    make(**EXACT)
    response = client.get(url("export") + query)
    assert (response["Content-Type"], response["Content-Disposition"]) == (kind, f'attachment; filename="{name}"')
    assert read(response.content.decode()) == EXACT


def test_a_version_is_exported_as_it_was_published(client: Client, workspace: Workspace, make: Make, settings: Any) -> None:
    settings.SITE_URL = "https://leads.example.com"
    make()
    publish(workspace, EXACT)
    publish(workspace, document())
    response = client.get(url("export_version", 1) + "?format=yaml")
    assert response["Content-Disposition"] == 'attachment; filename="new-leads-1.yaml"'
    comment, _, rest = response.content.decode().partition("\n")
    assert comment == "# yaml-language-server: $schema=https://leads.example.com/api/v1/scoring-type.schema.json"
    assert exact_yaml.loads(rest) == EXACT


def test_there_is_no_other_format(client: Client, make: Make) -> None:
    make()
    assert client.get(url("export") + "?format=xml").status_code == 404


@pytest.mark.parametrize("write", [exact_json.dumps, exact_yaml.dumps])
def test_a_file_becomes_a_new_type(client: Client, workspace: Workspace, make: Make, write: Any) -> None:
    make(key="another")
    response = client.post(IMPORT, {"file": SimpleUploadedFile("leads.yaml", write(EXACT).encode())})
    assert response["Location"] == url("edit")
    assert said(client, response) == "New leads is imported as a draft. Nothing is scored by it until you publish."
    assert (types_of(workspace), draft(workspace)) == (["another", "new-leads"], EXACT)


def test_a_key_that_is_taken_is_said(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    response = client.post(IMPORT, {"text": exact_yaml.dumps(EXACT)})
    assert said(client, response) == (
        "New leads is imported as a draft. Its key is new-leads-2, for new-leads is taken. Nothing is scored by it until you publish."
    )
    assert stored(workspace, "new-leads-2") == {**EXACT, "key": "new-leads-2"}


def test_what_the_api_answered_can_be_imported(client: Client, workspace: Workspace, make: Make) -> None:
    make(key="another")
    client.post(IMPORT, {"text": exact_json.dumps({**EXACT, "version": 3, "published_version": 3, "state": "live"})})
    assert draft(workspace) == EXACT


def test_a_draft_is_replaced_once_its_differences_are_agreed_to(client: Client, workspace: Workspace, make: Make) -> None:
    make(stages=[stage()])
    changed = {**example(), "key": "other-key"}
    asked = client.post(IMPORT, {"text": exact_yaml.dumps(changed), "into": "new-leads"})
    assert (asked.status_code, asked.context["other_key"], len(asked.context["changes"])) == (200, "other-key", 12)
    assert asked.context["changes"][-1] == "New criterion “Software industry”: 2 steps when the company's industry is Software"
    assert draft(workspace) == document(stages=[stage()]), "nothing has been replaced yet"
    assert "Undo brings the draft back that is there now." in asked.content.decode()
    agreed = {"text": asked.context["text"], "into": "new-leads", "agreed": "1", "revision": "1"}
    response = client.post(IMPORT, agreed)
    assert said(client, response) == "The draft of New leads is what was imported. Nothing is scored by it until you publish."
    assert (types_of(workspace), draft(workspace)) == (["new-leads"], example())
    client.post(url("undo"), {"revision": "2"})
    assert draft(workspace) == document(stages=[stage()])


def test_a_draft_that_was_saved_meanwhile_is_not_replaced(client: Client, workspace: Workspace, make: Make, alice: User) -> None:
    make()
    drafts.save(workspace, "new-leads", document(name="Newer"), by=alice)
    response = client.post(IMPORT, {"text": exact_json.dumps(document(name="Mine")), "into": "new-leads", "agreed": "1", "revision": "1"})
    assert (response.status_code, response.context["changes"]) == (409, ["The name “Mine” instead of “Newer”"])
    assert draft(workspace) == document(name="Newer")
    again = {"text": response.context["text"], "into": "new-leads", "agreed": "1", "revision": str(response.context["type"].draft_revision)}
    assert client.post(IMPORT, again).status_code == 302
    assert draft(workspace) == document(name="Mine")


def test_a_draft_of_another_workspace_is_not_found(client: Client, make: Make, elsewhere: Workspace, charlie: User) -> None:
    make()
    with workspace_scope(elsewhere.id):
        drafts.create(elsewhere, document(key="theirs", name="hushhush"), by=charlie)
    assert client.post(IMPORT, {"text": exact_json.dumps(document()), "into": "theirs"}).status_code == 404
    assert b"hushhush" not in client.get(IMPORT).content


def test_every_problem_is_shown_with_its_path(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    response = client.post(IMPORT, {"text": "key: New\nname: 5\nrules:\n- key: a\n  when: activity\n  points: 0\nextra: true\n"})
    assert told(response) == [
        ("extra", "unknown"), ("key", "slug"), ("name", "type"), ("rules[0].name", "required"),
        ("rules[0].activity", "required"), ("rules[0].points", "range"),
    ]  # fmt: skip
    html = response.content.decode()
    assert [path for path in ("rules[0].points", "extra") if f"<code>{path}</code>" not in html] == []
    assert "name: 5" in response.context["text"], "what was sent can be mended in place"
    assert types_of(workspace) == ["new-leads"]


def test_of_very_many_problems_it_says_how_many_more(client: Client, make: Make) -> None:
    make()
    response = client.post(IMPORT, {"text": exact_json.dumps({**document(), **{f"k{number}": 1 for number in range(MOST_TOLD + 30)}})})
    assert (len(told(response)), response.context["more_told"]) == (MOST_TOLD, 30)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"key": "a", "key": "b", "name": "N"}', ("", "duplicate")),
        ("key: a\nkey: b\nname: N", ("key", "duplicate")),
        ('{"key": "a", ', ("", "invalid_json")),
        ("key: [", ("", "invalid_yaml")),
        ("just words", ("", "type")),
        ("- key: a", ("", "type")),
        ("key: &a x\nname: *a", ("name", "alias")),
        ("key: !!python/object/apply:os.system [ls]", ("key", "tag")),
        ("key: " + "[" * 500, ("key", "too_deep")),
        ('{"key": ' + "[" * 500 + "]" * 500 + "}", ("", "too_deep")),
        ('{"key": 1e999999999}', ("", "unstorable_number")),
        ("key: a\nname: x\nminimum: 017", ("minimum", "type")),
        ("key: a\nname: x\nminimum: 5.0", ("minimum", "type")),
        ("key: a\nname: no\nminimum: true", ("minimum", "type")),
    ],
)
def test_what_cannot_be_read_is_said(client: Client, workspace: Workspace, make: Make, text: str, problem: tuple[str, str]) -> None:
    make()
    found = told(client.post(IMPORT, {"text": text}))
    assert found[0][1] == problem[1]
    assert found[0][0].startswith(problem[0])
    assert types_of(workspace) == ["new-leads"]


def test_yaml_may_begin_with_a_brace(client: Client, workspace: Workspace, make: Make) -> None:
    make(key="another")
    assert client.post(IMPORT, {"text": "{key: new-leads, name: no,}"}).status_code == 302
    assert draft(workspace) == {"key": "new-leads", "name": "no"}


def test_a_file_that_is_too_large_is_refused(client: Client, make: Make) -> None:
    make()
    assert told(client.post(IMPORT, {"file": SimpleUploadedFile("a.json", b" " * (MOST_BYTES + 1))})) == [("", "too_large")]


def test_bytes_that_are_no_text_are_refused(client: Client, make: Make) -> None:
    make()
    assert told(client.post(IMPORT, {"file": SimpleUploadedFile("a.yaml", b"\xff\xfe\x00a")})) == [("", "invalid_yaml")]


def test_nothing_sent_is_said(client: Client, make: Make) -> None:
    make()
    response = client.post(IMPORT, {"text": "  "})
    assert (response.status_code, response.context["missing"]) == (422, "Choose a file, or paste a document.")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_exporting_and_importing_changes_nothing(client: Client, workspace: Workspace, make: Make, whole: dict[str, Any]) -> None:
    """Law 5, by the pages and as files, in both formats."""
    for kind in ("json", "yaml"):
        for _ in emptied(workspace):
            make(**whole)
        key = types_of(workspace)[0]
        file = client.get(reverse("scoring:export", args=["acme", key]) + f"?format={kind}").content
        assert client.post(IMPORT, {"file": SimpleUploadedFile(f"a.{kind}", file)}).status_code == 302
        assert exact_json.dumps(stored(workspace, f"{key}-2")) == exact_json.dumps({**stored(workspace, key), "key": f"{key}-2"})
        again = client.post(IMPORT, {"file": SimpleUploadedFile(f"a.{kind}", file), "into": key})
        assert again.context["changes"] == []


def emptied(workspace: Workspace) -> Iterator[None]:
    """Once, without any type of the example before."""
    with workspace_scope(workspace.id):
        ScoringType.objects.filter(workspace=workspace).delete()
    yield


def test_a_type_is_duplicated_with_a_name_and_a_key_of_its_own(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[rule()])
    response = client.post(url("duplicate"))
    assert response["Location"] == reverse("scoring:edit", args=["acme", "new-leads-2"])
    assert said(client, response) == "New leads (copy) is a type of its own now. Nothing is scored by it until you publish."
    assert stored(workspace, "new-leads-2") == document(key="new-leads-2", name="New leads (copy)", rules=[rule()])
    client.post(url("duplicate"))
    assert types_of(workspace) == ["new-leads", "new-leads-2", "new-leads-3"]


def test_a_draft_with_faults_and_a_long_name_is_duplicated_too(client: Client, workspace: Workspace, make: Make) -> None:
    make(name="n" * 100, rules=[rule(points=0)])
    client.post(url("duplicate"))
    assert (stored(workspace, "new-leads-2")["name"], stored(workspace, "new-leads-2")["rules"]) == ("n" * 93 + " (copy)", [rule(points=0)])


def test_an_archived_type_is_not_duplicated(client: Client, make: Make) -> None:
    make()
    client.post(url("archive"))
    assert client.post(url("duplicate")).status_code == 404
