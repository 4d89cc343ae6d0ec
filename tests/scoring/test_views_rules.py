"""Rules in the editor: what is posted is stored, refused or shown as wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from contacts import cataloguing
from leadscore.exact_json import dumps, loads
from tests.scoring.conftest import Send
from tests.scoring.documents import profile_rule, rule
from tests.scoring.pages import HTMX, Make, draft, fields, leaf, maker, posted_by, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


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


def test_a_rule_that_is_not_finished_promises_no_name(client: Client, make: Make) -> None:
    make(rules=[rule()])
    page = client.post(url("rule", "r"), fields(do="condition:c", name=""))
    assert page.context["opened"].form.name_made == ""
    assert 'placeholder="made from what the rule says"' in page.content.decode()


def test_points_that_are_no_number_are_told_in_the_words_of_who_typed_them(client: Client, make: Make) -> None:
    make(rules=[rule()])
    page = client.post(url("rule", "r"), fields(points="lots"), follow=True).content.decode()
    assert "This must be a whole number, such as 10; it is the text “lots”." in page


def test_groups_and_conditions_are_added_and_removed_where_the_button_stands(client: Client, make: Make) -> None:
    make(rules=[rule()])
    first, second = leaf("c.0", field="properties.a", op="is", value="1"), leaf("c.1.0", field="properties.b", op="is", value="2")
    posted = {"c.group": "all", **first, "c.1.group": "any", **second}

    def members(do: str) -> Any:
        tree = client.post(url("rule", "r"), fields(do=do, **posted)).context["opened"].form.tree
        return [[inner.field for inner in one.members] if hasattr(one, "kind") else one.field for one in tree.members]

    assert members("condition:c") == ["A", ["B"], ""]
    assert members("condition:c.1") == ["A", ["B", ""]]
    assert members("group:c.1.0") == ["A", ["B"]]
    assert members("group:c") == ["A", ["B"], ["", ""]]
    assert members("remove:c.0") == [["B"]]
    assert members("remove:c.1.0") == ["A", []]
    assert members("remove:c") == ["A", ["B"]]


@pytest.mark.parametrize("deed", ["condition", "group", "remove"])
@pytest.mark.parametrize("place", ["", "c.9", "c.0.0", "c.x", "c.-1", "c." + "9" * 5000])
def test_a_button_that_names_no_group_changes_nothing(client: Client, make: Make, deed: str, place: str) -> None:
    make(rules=[rule()])
    posted = {"c.group": "all", **leaf("c.0", field="properties.a", op="is", value="1")}
    tree = client.post(url("rule", "r"), fields(do=f"{deed}:{place}", **posted)).context["opened"].form.tree
    assert [one.field for one in tree.members] == ["A"]


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
    conditions = {"c.group": "all", **leaf("c.0", field="form name", op="gt", value="abc")}
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


@pytest.mark.parametrize(
    "written",
    [
        {**rule(), "expiry": {"days": 90}},
        rule(frequency={"limit": 3, "per": "day"}, expiry={"half_life_days": 30}),
        rule(frequency={"limit": 1, "per": "ever", "each": "properties.title"}, expiry={"linear_days": 14}),
        rule(frequency={"reach": 3, "within_days": 7}),
        rule(frequency={"reach": 3, "within_days": None}),
        rule(frequency={"reach": 2, "per": "week"}),
        {"key": "r", "name": "Silent", "when": "inactivity", "points": -10, "days": 30},
        {"key": "r", "name": "Silent", "when": "inactivity", "points": -10, "days": 7, "times": 3, "activity": "Signed In"},
        {"key": "r", "name": "Became a customer", "when": "reset", "activity": "Order Completed"},
    ],
)
def test_the_form_of_every_kind_of_rule_gives_back_what_it_shows(client: Client, workspace: Workspace, make: Make, written: Any) -> None:
    make(rules=[written])
    shown = client.get(url("rule", "r")).content.decode()
    client.post(url("rule", "r"), posted_by(shown, "rule-r-form"))
    assert draft(workspace)["rules"] == [written]


@pytest.mark.parametrize(
    ("kind", "posted", "stored"),
    [
        ("inactivity", {"days": "30", "activity": "", "points": "−10", "times": "3"}, {"days": 30, "points": -10, "times": 3}),
        ("reset", {"activity": "Order Completed", "points": "5", "group": "engagement"}, {"activity": "Order Completed"}),
        ("activity", {"activity": "A", "often": "reach", "limit": "3", "within": ""},
         {"activity": "A", "points": 5, "frequency": {"reach": 3, "within_days": None}}),
        ("activity", {"activity": "A", "often": "nth", "limit": "3", "per": "month"},
         {"activity": "A", "points": 5, "frequency": {"reach": 3, "per": "month"}}),
        ("activity", {"activity": "A", "often": "each", "limit": "1", "per": "ever", "each": " properties.sku "},
         {"activity": "A", "points": 5, "frequency": {"limit": 1, "per": "ever", "each": "properties.sku"}}),
        ("activity", {"activity": "A", "expires": "half_life_days", "days": "30"}, {"activity": "A", "points": 5, "expiry": {"half_life_days": 30}}),
        ("activity", {"activity": "A", "expires": "something else", "days": "30"}, {"activity": "A", "points": 5, "expiry": {"days": 30}}),
    ],
)  # fmt: skip
def test_a_new_rule_of_every_kind_is_written(
    client: Client, workspace: Workspace, make: Make, kind: str, posted: dict[str, str], stored: dict[str, Any]
) -> None:
    make()
    client.post(url("new_rule"), fields(when=kind, section="", name="New", **posted))
    assert draft(workspace)["rules"] == [{"key": "new", "name": "New", "when": kind, **stored}]


@pytest.mark.parametrize(
    ("posted", "path"),
    [
        ({"often": "limit", "limit": "0", "per": "day"}, "frequency.limit"),
        ({"often": "nth", "limit": "x", "per": "day"}, "frequency.reach"),
        ({"often": "nth", "limit": "2", "per": "ever"}, "frequency.per"),
        ({"often": "each", "limit": "1", "per": "day", "each": "contact.email"}, "frequency.each"),
        ({"often": "reach", "limit": "3", "within": "0"}, "frequency.within_days"),
        ({"expires": "linear_days", "days": ""}, "expiry.linear_days"),
    ],
)
def test_what_is_wrong_with_a_frequency_or_an_expiry_is_said_at_its_field(
    client: Client, make: Make, posted: dict[str, str], path: str
) -> None:
    make(rules=[rule()])
    client.post(url("rule", "r"), fields(**posted))
    text = client.get(url("rule", "r")).content.decode()
    assert text.count(f'-{path.replace(".", "-")}-wrong"') == 2  # the list of what is wrong, and the field that refers to it


def test_starting_again_says_which_points_stay(client: Client, make: Make) -> None:
    make()
    text = client.get(url("new_rule"), {"when": "reset"}).content.decode()
    assert "Points for who somebody is and for silence stay" in text


def test_a_rule_that_starts_again_is_offered_in_every_group_and_opens_among_those_in_none(client: Client, make: Make) -> None:
    make(groups=[{"key": "fit", "name": "Fit"}])
    page = client.get(url("edit"))
    assert [[kind.when for kind in section.kinds][-1] for section in page.context["sections"]] == ["reset", "reset"]
    assert page.content.decode().count('when=reset&amp;group=fit" hx-target="#new-in-" ') == 1
    assert client.get(url("new_rule"), {"when": "reset", "group": "fit"}, headers=HTMX).context["section_key"] == ""


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
    cataloguing.read(workspace.id, 0, 10**9)
    activity, profile = (client.get(url("rule", key)).context["opened"].form for key in ("r", "p"))
    assert activity.activities[0] == "Demo Requested"
    assert "properties.plan.name" in [field.path for field in activity.fields]
    assert "contact.shoeSize" in [field.path for field in profile.fields]
