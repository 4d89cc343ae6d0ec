"""The editor's page without scripts: what is posted is stored, refused or shown as wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from leadscore.exact_json import dumps, loads
from scoring import drafts
from scoring.models import ScoringType
from tests.scoring.conftest import DOCUMENT, Send, publish
from tests.scoring.documents import document, example, profile_rule, rule, stage

pytestmark = pytest.mark.django_db

Make = Callable[..., None]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    """Signs Alice in, and makes a type whose draft is the document with the given keys."""
    client.force_login(alice)

    def make(**changes: Any) -> None:
        with workspace_scope(workspace.id):
            drafts.create(workspace, document(**changes), by=alice)

    return make


def url(name: str, *more: object) -> str:
    return reverse(f"scoring:{name}", args=["acme", "new-leads", *more])


def draft(workspace: Workspace) -> dict[str, Any]:
    with workspace_scope(workspace.id):
        stored: dict[str, Any] = ScoringType.objects.get(workspace=workspace, key="new-leads").draft
    return stored


def fields(**changes: Any) -> dict[str, Any]:
    """A posted rule; `c` as `{"field": …}` for conditions is given by their own names."""
    return {"revision": 1, "do": "save", "name": "", "activity": "Page Viewed", "points": "5", "often": "", "expires": "", **changes}


def leaf(name: str, **parts: str) -> dict[str, str]:
    return {f"{name}.{part}": value for part, value in parts.items()}


# The list


def test_the_list_shows_each_type_with_its_state(client: Client, workspace: Workspace, make: Make, alice: User) -> None:
    make(stages=[stage()])
    with workspace_scope(workspace.id):
        drafts.create(workspace, document(key="old", name="Old ones"), by=alice)
        drafts.archive(workspace, "old", by=alice)
    response = client.get(reverse("scoring:list", args=["acme"]))
    assert [(card.type.key, card.changes, card.progress) for card in response.context["cards"]] == [("new-leads", 0, None)]
    assert [one.key for one in response.context["archived"]] == ["old"]
    assert "draft only" in response.content.decode()


@pytest.mark.parametrize("types", [1, 3])
def test_the_list_takes_as_many_queries_for_three_types_as_for_one(
    client: Client, workspace: Workspace, make: Make, alice: User, types: int
) -> None:
    make()
    with workspace_scope(workspace.id):
        for number in range(1, types):
            drafts.create(workspace, document(key=f"t{number}", name=f"T{number}"), by=alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("scoring:list", args=["acme"]))
    assert len([query for query in queries if 'FROM "scoring_' in query["sql"] or "FROM scoring_" in query["sql"]]) == 4


def test_a_new_type_begins_with_three_stages_and_a_key_of_its_own(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    response = client.post(reverse("scoring:list", args=["acme"]), {"name": "New leads"})
    assert response["Location"] == reverse("scoring:edit", args=["acme", "new-leads-2"])
    with workspace_scope(workspace.id):
        made = ScoringType.objects.get(workspace=workspace, key="new-leads-2").draft
    assert [(one["key"], one["threshold"], one["notify"]) for one in made["stages"]] == [
        ("cold", 10, []), ("hot", 40, ["team:marketing"]), ("mql", 75, ["team:sales"])
    ]  # fmt: skip


def test_a_type_without_a_name_is_not_made(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    response = client.post(reverse("scoring:list", args=["acme"]), {"name": " "})
    assert (response.status_code, response.context["form"].errors["name"]) == (422, ["This field is required."])


def test_archiving_and_restoring(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    assert client.post(url("archive"))["Location"] == reverse("scoring:list", args=["acme"])
    assert client.get(url("edit")).status_code == 404
    assert client.post(url("archive")).status_code == 404
    assert client.post(url("restore"))["Location"] == url("edit")
    assert client.get(url("edit")).status_code == 200


# Viewing


def test_a_viewer_reads_rules_as_sentences_and_finds_no_form(client: Client, make: Make, bob: User) -> None:
    make(**{key: value for key, value in example().items() if key not in ("key", "name")})
    client.force_login(bob)
    text = client.get(url("edit")).content.decode().partition("<main")[2].partition("</main>")[0]
    assert "for viewing a page whose address contains <b>/pricing</b>, at most 3 times a day, for 90 days" in text
    assert "Grade C needs 90; F never gets here" in text
    assert [tag for tag in ("<form", "<input", "<button") if tag in text] == []


def test_a_viewer_who_opens_a_rule_sees_the_page_without_fields(client: Client, make: Make, bob: User) -> None:
    make(rules=[rule()])
    client.force_login(bob)
    assert "rule-r-form" not in client.get(url("rule", "r")).content.decode()
    assert client.post(url("rule", "r"), fields()).status_code == 403


def test_what_is_wrong_is_told_above_and_at_its_field(client: Client, make: Make) -> None:
    make(rules=[rule(points="many")], stages=[stage(threshold="high")])
    response = client.get(url("rule", "r"))
    assert [(one.about, one.field, one.message[:27]) for one in response.context["told"]] == [
        ("Rule “R”", "points", "This must be a whole number"),
        ("Stage “Hot”", "threshold", "This must be a whole number"),
    ]
    text = response.content.decode()
    assert 'name="points" value="many"' in text
    assert 'aria-describedby="rule-r-points-points-wrong"' in text
    assert 'id="rule-r-points-points-wrong"' in text
    assert 'aria-describedby="threshold-hot-threshold-wrong"' in text


def test_a_team_that_is_gone_is_told_at_the_stages_recipients(client: Client, make: Make) -> None:
    make(stages=[stage(notify=["team:gone"])])
    response = client.get(url("edit"))
    assert [(one.about, one.field) for one in response.context["told"]] == [("Stage “Hot”", "who is told")]
    assert 'value="team:gone" checked' in response.content.decode()


# Rules


def test_a_new_rule_gets_a_name_and_a_key_made_from_it(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    posted = fields(when="activity", section="", activity="Demo Requested", often="limit", limit="2", per="week", expires="days", days="90")
    assert client.post(url("new_rule"), posted)["Location"] == url("edit") + "#rule-demo-requested-at-most-2-times-a-week-fo"
    assert draft(workspace)["rules"] == [{
        "key": "demo-requested-at-most-2-times-a-week-fo", "name": "Demo Requested, at most 2 times a week, for 90 days", "when": "activity",
        "activity": "Demo Requested", "points": 5, "frequency": {"limit": 2, "per": "week"}, "expiry": {"days": 90},
    }]  # fmt: skip


def test_a_rule_keeps_its_key_when_it_is_renamed(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[rule(name="Old")])
    client.post(url("rule", "r"), fields(name="New", points="−7"))
    assert [(one["key"], one["name"], one["points"]) for one in draft(workspace)["rules"]] == [("r", "New", -7)]


def test_nested_conditions_are_read_as_they_stand(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[rule()])
    posted = {
        "c.group": "all",
        **leaf("c.0", field="properties.url", op="matches", value="*/pricing*"),
        "c.1.group": "any",
        **leaf("c.1.0", field="properties.plan", op="in", value="pro\r\n\r\n team \r\n"),
        **leaf("c.1.1", field="properties.seats", op="between", value="1.50", high="20"),
        "c.1.2.group": "none",
        **leaf("c.1.2.0", field="context.campaign.name", op="present", value="ignored"),
    }
    client.post(url("rule", "r"), fields(**posted))
    assert draft(workspace)["rules"][0]["conditions"] == {"all": [
        {"field": "properties.url", "op": "matches", "value": "*/pricing*"},
        {"any": [
            {"field": "properties.plan", "op": "in", "value": ["pro", "team"]},
            {"field": "properties.seats", "op": "between", "value": [Decimal("1.50"), 20]},
            {"none": [{"field": "context.campaign.name", "op": "present"}]},
        ]},
    ]}  # fmt: skip


@pytest.mark.parametrize(
    "conditions",
    [
        {"field": "properties.n", "op": "is", "value": 30},
        {"all": [{"field": "properties.n", "op": "is", "value": Decimal("2.50")}, {"field": "properties.b", "op": "is_not", "value": True}]},
        {"any": [{"field": "properties.n", "op": "in", "value": [1, "1.0", False, "two words"]}, {"all": []}]},
        {"none": [{"field": "properties.n", "op": "gt", "value": Decimal("1E+3")}, {"field": "properties.d", "op": "after", "value": "2026-01-31"}]},
        {"all": [{"any": [{"none": [{"field": "context.ip", "op": "absent"}]}]}]},
    ],
)
def test_a_form_that_is_saved_untouched_changes_no_condition(
    client: Client, workspace: Workspace, make: Make, conditions: dict[str, Any]
) -> None:
    make(rules=[rule(conditions=conditions)])
    form = client.get(url("rule", "r")).context["opened"].form
    client.post(url("rule", "r"), fields(name="R", **posted_tree(form.tree)))
    expected = conditions if "field" not in conditions else {"all": [conditions]}
    assert text_of(draft(workspace)["rules"][0]["conditions"]) == text_of(expected)


def text_of(value: Any) -> str:
    """By which 1, 1.0, "1" and true are told apart; the database writes 1E+3 out."""
    return json.dumps(loads(dumps_plainly(value)), sort_keys=True, default=lambda number: ["number", str(number)])


def dumps_plainly(value: Any) -> str:
    return dumps(value).replace("1E+3", "1000")


def posted_tree(node: Any) -> dict[str, str]:
    """What a browser sends for the fields of a group."""
    posted = {f"{node.name}.group": node.kind}
    for member in node.members:
        if hasattr(member, "kind"):
            posted |= posted_tree(member)
        else:
            posted |= leaf(member.name, field=member.field, op=member.op, value=member.text, high=member.high, was=member.was)
    return posted


def test_adding_a_condition_stores_nothing_yet_and_keeps_what_was_typed(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[rule()])
    response = client.post(url("rule", "r"), fields(do="condition:c", points="77", name="Mine"))
    form = response.context["opened"].form
    assert (form.points, form.name, [(one.name, one.field) for one in form.tree.members]) == ("77", "Mine", [("c.0", "")])
    assert draft(workspace)["rules"] == [rule()]


def test_groups_and_conditions_are_added_and_removed_where_the_button_stands(client: Client, make: Make) -> None:
    make(rules=[rule()])
    first, second = leaf("c.0", field="properties.a", op="is", value="1"), leaf("c.1.0", field="properties.b", op="is", value="2")
    posted = {"c.group": "all", **first, "c.1.group": "any", **second}

    def members(do: str) -> Any:
        tree = client.post(url("rule", "r"), fields(do=do, **posted)).context["opened"].form.tree
        return [[inner.field for inner in one.members] if hasattr(one, "kind") else one.field for one in tree.members]

    assert members("condition:c") == ["properties.a", ["properties.b"], ""]
    assert members("condition:c.1") == ["properties.a", ["properties.b", ""]]
    assert members("group:c.1.0") == ["properties.a", ["properties.b"]]
    assert members("group:c") == ["properties.a", ["properties.b"], ["", ""]]
    assert members("remove:c.0") == [["properties.b"]]
    assert members("remove:c.1.0") == ["properties.a", []]
    assert members("remove:c") == ["properties.a", ["properties.b"]]


@pytest.mark.parametrize(
    ("op", "fields_shown"), [("is", "text"), ("in", "list"), ("between", "range"), ("gt", "number"), ("before", "date"), ("present", "none")]
)
def test_the_comparison_decides_which_fields_there_are(client: Client, make: Make, op: str, fields_shown: str) -> None:
    make(rules=[rule()])
    posted = {"c.group": "all", **leaf("c.0", field="properties.a", op=op, value="1")}
    form = client.post(url("rule", "r"), fields(do="refresh", **posted)).context["opened"].form
    assert form.tree.members[0].input == fields_shown


def test_days_from_today_can_be_asked_of_profiles_only(client: Client, make: Make) -> None:
    make(rules=[rule(), profile_rule()])
    assert "within_last" not in client.get(url("rule", "r")).context["opened"].form.op_words["Date"]
    assert "within_last" in client.get(url("rule", "p")).context["opened"].form.op_words["Date"]


def test_an_unfinished_rule_is_stored_and_left_open_to_say_what_is_wrong(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[rule()])
    conditions = {"c.group": "all", **leaf("c.0", field="url", op="gt", value="abc")}
    posted = fields(points="", activity="", often="limit", limit="x", per="year", **conditions)
    assert client.post(url("rule", "r"), posted)["Location"] == url("rule", "r")
    response = client.get(url("rule", "r"))
    found = response.context["opened"].faults
    wrong = ["points", "activity", "frequency.limit", "frequency.per", "conditions.all[0].field", "conditions.all[0].value"]
    assert [len(found.at(f"rules[0].{name}")) for name in wrong] == [1] * len(wrong)
    assert len(response.context["told"]) == len(wrong)
    assert draft(workspace)["rules"][0]["frequency"] == {"limit": "x", "per": "year"}


def test_a_profile_rule_without_conditions_holds_for_everybody(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[profile_rule()])
    client.post(url("rule", "p"), fields(**{"c.group": "all"}))
    assert draft(workspace)["rules"] == [{"key": "p", "name": "Anything holds", "when": "profile", "points": 5, "conditions": {"all": []}}]


def test_a_rule_that_this_release_cannot_score_is_shown_and_left_alone(client: Client, workspace: Workspace, make: Make) -> None:
    silent = {"key": "silent", "name": "Silent", "when": "inactivity", "days": 30, "points": -10, "times": 3}
    make(rules=[silent, rule(frequency={"reach": 3, "within_days": 7})])
    text = client.get(url("edit")).content.decode()
    assert text.count(">cannot be published yet<") == 2
    assert "for every <b>30 silent days</b>, up to 3 times" in text
    assert "rule-silent-form" not in client.get(url("rule", "silent")).content.decode()
    assert [client.post(url("rule", key), fields()).status_code for key in ("silent", "r")] == [404, 404]
    client.post(url("stages"), {"revision": 1, "new.name": "Warm", "new.number": "5"})
    assert draft(workspace)["rules"] == [silent, rule(frequency={"reach": 3, "within_days": 7})]


def test_duplicating_and_deleting(client: Client, workspace: Workspace, make: Make) -> None:
    make(rules=[rule(), profile_rule()])
    client.post(url("rule", "r"), {"revision": 1, "do": "duplicate"})
    assert [(one["key"], one["name"]) for one in draft(workspace)["rules"]] == [("r", "R"), ("r-copy", "R (copy)"), ("p", "P")]
    client.post(url("rule", "r"), {"revision": 2, "do": "delete"})
    assert [one["key"] for one in draft(workspace)["rules"]] == ["r-copy", "p"]
    assert client.post(url("rule", "r"), {"revision": 3, "do": "delete"}).status_code == 404


def test_what_was_received_lately_is_suggested(client: Client, workspace: Workspace, make: Make, send: Send) -> None:
    make(rules=[rule(), profile_rule()])
    send({"type": "track", "userId": "u", "event": "Demo Requested", "properties": {"plan": {"name": "pro"}}, "messageId": "m"})
    send({"type": "identify", "userId": "u", "traits": {"shoeSize": 43}})
    activity, profile = (client.get(url("rule", key)).context["opened"].form for key in ("r", "p"))
    assert activity.activities[0] == "Demo Requested"
    assert "properties.plan.name" in [field.path for field in activity.fields]
    assert "contact.shoeSize" in [field.path for field in profile.fields] or "contact.shoe_size" in [field.path for field in profile.fields]


# Stages, groups, the type


def stages_posted(**changes: Any) -> dict[str, Any]:
    posted = {"revision": 1, "stage": ["cold", "hot"]}
    for key, name, threshold in (("cold", "Cold", "10"), ("hot", "Hot", "40")):
        posted |= {f"s.{key}.name": name, f"s.{key}.threshold": threshold, f"s.{key}.quiet_days": "30"}
    return {**posted, **changes}


def stages_of(workspace: Workspace) -> list[tuple[str, Any]]:
    return [(one["key"], one.get("threshold")) for one in draft(workspace)["stages"]]


@pytest.fixture
def two_stages(make: Make) -> None:
    make(stages=[stage(key="cold", name="Cold", threshold=10, by_grade={"F": None}), stage()], grade={"start": "D"})


def test_stages_stand_in_the_order_of_their_thresholds(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.cold.threshold": "1,050"}))
    assert stages_of(workspace) == [("hot", 40), ("cold", 1050)]


def test_a_stage_tells_those_who_are_ticked(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.hot.notify": ["owner", "team:sales"], "s.hot.quiet_days": "7"}))
    assert draft(workspace)["stages"][1] == {**stage(), "notify": ["owner", "team:sales"], "quiet_days": 7}


def test_what_the_form_of_a_stage_does_not_show_is_kept(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.cold.name": "Cool"}))
    assert (draft(workspace)["stages"][0]["name"], draft(workspace)["stages"][0]["by_grade"]) == ("Cool", {"F": None})


def test_a_stage_is_added_in_its_place_with_a_key_of_its_name(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"new.name": "Warm leads", "new.number": "20"}))
    assert stages_of(workspace) == [("cold", 10), ("warm-leads", 20), ("hot", 40)]


def test_a_stage_is_removed_and_the_rest_saved(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(do="remove:cold", **{"s.hot.threshold": "45"}))
    assert stages_of(workspace) == [("hot", 45)]


def test_a_threshold_that_is_no_number_is_kept_as_typed(client: Client, workspace: Workspace, two_stages: None) -> None:
    client.post(url("stages"), stages_posted(**{"s.cold.threshold": "5o", "s.hot.threshold": ""}))
    assert stages_of(workspace) == [("cold", "5o"), ("hot", None)]
    assert [one.field for one in client.get(url("edit")).context["told"]] == ["threshold", "threshold"]


def test_groups_are_added_bounded_and_removed(client: Client, workspace: Workspace, make: Make) -> None:
    make(groups=[{"key": "fit", "name": "Fit"}], rules=[rule(group="fit")])
    client.post(url("groups"), {"revision": 1, "group": "fit", "g.fit.name": "Who", "g.fit.minimum": "-5", "new.name": "What", "new.number": "30"})
    assert draft(workspace)["groups"] == [{"key": "fit", "name": "Who", "minimum": -5}, {"key": "what", "name": "What", "maximum": 30}]
    client.post(url("groups"), {"revision": 2, "group": ["fit", "what"], "g.what.name": "What", "do": "remove:fit"})
    assert draft(workspace)["groups"] == [{"key": "what", "name": "What"}]
    assert draft(workspace)["rules"] == [rule()]


def test_the_type_gets_a_name_and_bounds(client: Client, workspace: Workspace, make: Make) -> None:
    make(maximum=50)
    client.post(url("settings"), {"revision": 1, "name": "Newcomers", "description": "All of them", "minimum": "", "maximum": "100"})
    stored = draft(workspace)
    assert (stored["name"], stored["description"], stored["minimum"], stored["maximum"]) == ("Newcomers", "All of them", None, 100)
    client.post(url("settings"), {"revision": 2, "name": "Newcomers", "description": "", "minimum": "0", "maximum": ""})
    assert (draft(workspace)["minimum"], "maximum" in draft(workspace)) == (0, False)


# Lost updates, and fragments


@pytest.mark.parametrize("revision", ["0", "2", "", "x", "-1", "99999999999999999999"])
def test_an_edit_on_top_of_another_draft_is_refused(client: Client, workspace: Workspace, two_stages: None, revision: str) -> None:
    response = client.post(url("stages"), stages_posted(revision=revision, **{"s.hot.threshold": "99"}))
    assert response.status_code == 409
    assert "Somebody else saved this draft meanwhile" in response.content.decode()
    assert stages_of(workspace) == [("cold", 10), ("hot", 40)]


def test_a_refused_rule_stays_as_it_was_written_and_can_be_saved_again(client: Client, workspace: Workspace, make: Make, alice: User) -> None:
    make(rules=[rule()])
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(name="Theirs", rules=[rule()]), by=alice)
    response = client.post(url("rule", "r"), fields(points="9"))
    assert (response.status_code, response.context["opened"].form.points, response.context["opened"].stale) == (409, "9", True)
    client.post(url("rule", "r"), fields(points="9", revision=response.context["type"].draft_revision))
    assert (draft(workspace)["name"], draft(workspace)["rules"][0]["points"]) == ("Theirs", 9)


def test_a_fragment_is_the_row_alone(client: Client, make: Make) -> None:
    make(rules=[rule()])
    opened = client.get(url("rule", "r"), headers=HTMX).content.decode().strip()
    assert opened.startswith('<div class="rule-slot" id="rule-r">')
    assert "rule-r-form" in opened
    closed = client.get(url("rule", "r") + "?closed", headers=HTMX).content.decode().strip()
    assert closed.startswith('<div class="rule-slot" id="rule-r">')
    assert "rule-r-form" not in closed


def test_a_new_rule_is_a_place_in_its_section_that_can_be_emptied_again(client: Client, make: Make) -> None:
    make(groups=[{"key": "fit", "name": "Fit"}])
    opened = client.get(url("new_rule") + "?when=profile&group=fit", headers=HTMX).content.decode()
    assert '<form class="editor" id="rule-new-form"' in opened
    assert '<option value="fit" selected>' in opened
    assert client.get(url("new_rule") + "?closed&group=fit", headers=HTMX).content.decode().strip().endswith('<div id="new-in-fit"></div>')


def test_a_saved_fragment_brings_the_draft_bar_and_the_revision(client: Client, make: Make) -> None:
    make(rules=[rule()])
    response = client.post(url("rule", "r"), fields(points="9"), headers=HTMX)
    text = response.content.decode()
    assert (response["HX-Retarget"], '"revision": 2' in response["HX-Trigger"]) == ("#rules", True)
    assert text.strip().startswith('<div class="stack" id="rules">')
    assert 'id="draft" hx-swap-oob="true"' in text


def test_a_refused_fragment_is_a_422_that_htmx_places(client: Client, two_stages: None) -> None:
    assert client.post(url("stages"), stages_posted(revision=7), headers=HTMX).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_the_draft_bar_counts_changes_and_marks_rules(client: Client, workspace: Workspace, alice: User) -> None:
    publish(workspace, DOCUMENT)
    client.force_login(alice)
    client.post(url("rule", "demo"), fields(activity="Demo Requested", name="Asked for a demo", points="50", expires="days", days="90"))
    response = client.get(url("edit"))
    assert response.context["changes"] == ["“Asked for a demo”: 50 points instead of 60 points"]
    assert [(row.key, row.mark) for section in response.context["sections"] for row in section.rows] == [
        ("pricing", ""), ("demo", "changed"), ("cto", "")
    ]  # fmt: skip
    assert client.post(url("discard"), {"revision": 1}).status_code == 409
    client.post(url("discard"), {"revision": 2})
    assert client.get(url("edit")).context["changes"] == []


@pytest.mark.django_db(transaction=True)
def test_the_ladder_counts_contacts_by_the_live_version(client: Client, workspace: Workspace, alice: User, send: Send) -> None:
    publish(workspace, DOCUMENT)
    send(*({"type": "track", "userId": f"u{number}", "event": "Demo Requested"} for number in range(3)), {"type": "identify", "userId": "x"})
    client.force_login(alice)
    response = client.get(url("edit"))
    assert ([(rung.key, rung.now) for rung in response.context["rungs"]], response.context["below"]) == ([("mql", 0), ("hot", 3), ("cold", 0)], 1)
    listed = client.get(reverse("scoring:list", args=["acme"])).context["cards"]
    assert [rung.now for card in listed for rung in card.rungs] == [0, 3, 0]
