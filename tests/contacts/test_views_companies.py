"""The pages of companies: the list and its sorts, one company, and what people type about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import Membership, Role
from accounts.scope import workspace_scope
from contacts.models import Company, Contact
from leadscore import clock
from scoring import company_ranking
from scoring.belonging import apply_domain_changes
from scoring.company_ranking import Wanted
from scoring.models import Version
from tests.scoring.conftest import DOCUMENT, publish

pytestmark = pytest.mark.django_db(transaction=True)

LIST_STATEMENTS = 18  # session, user, membership, scope, types, places of both stretches, rows, count, navigation
PAGE_STATEMENTS = 24  # instead of the list: the company, its summary, ids, places, rows, how they belong, the news (4), whose domain it is (2)
DEMO = {"type": "track", "event": "Demo Requested"}  # 60 points
PRICING = {"type": "page", "properties": {"url": "https://shop.test/pricing"}}  # 5 points


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def group(user, company, **traits):
    return {"type": "group", "userId": user, "groupId": company, "traits": traits}


def person(user, name, **traits):
    return {"type": "identify", "userId": user, "traits": {"firstName": name, **traits}}


@pytest.fixture
def firms(workspace, send):
    """Three companies with 2, 1 and 3 contacts, of whom the hottest have 65, 5 and 60 points, and one that nobody belongs to."""
    publish(workspace, DOCUMENT)
    earlier = (clock.now() - timedelta(hours=1)).isoformat()
    send(
        person("a1", "Ada", email="ada@alpha.test", jobTitle="Boss"), person("a2", "Abe"), person("b1", "Bea"),
        person("c1", "Cem"), person("c2", "Cleo"), person("c3", "Cas"),
        {**group("a2", "alpha", name="alpha Ltd", domain="www.Alpha.test", industry="Food"), "timestamp": earlier}, group("b1", "beta", name="Béta"),
        *(group(user, "gamma", name="Gamma", employees=1200) for user in ("c1", "c2", "c3")), group("x", "empty", name="Delta"),
        {**DEMO, "userId": "a1"}, {**PRICING, "userId": "a1"}, {**PRICING, "userId": "b1"}, {**DEMO, "userId": "c2"},
    )  # fmt: skip
    send(group("x", "beta"))
    with workspace_scope(workspace.id):
        Contact.objects.filter(workspace=workspace, identifiers__value="x").delete()
    while apply_domain_changes(workspace.id):
        pass
    with workspace_scope(workspace.id):
        return {company.group_id: company for company in Company.objects.filter(workspace=workspace)}


def url(workspace, **parameters):
    return reverse("contacts:companies", args=[workspace.slug], query=parameters)


def page_url(company, name="company", **parameters):
    return reverse(f"contacts:{name}", args=[company.workspace.slug, company.id], query=parameters)


def names(response):
    return [str(row) for row, _ in response.context["rows"]]


def words_of(response):
    return " ".join(response.content.decode().split())


def test_companies_are_listed_by_their_hottest_contact_and_those_without_any_last(as_alice, workspace, firms):
    response = as_alice.get(url(workspace))
    assert [(str(row), row.contacts, row.points, row.hottest if row.contact_id else "") for row, _ in response.context["rows"]] == [
        ("alpha Ltd", 2, 65, "Ada"), ("Gamma", 3, 60, "Cleo"), ("Béta", 1, 5, "Bea"), ("Delta", 0, None, ""),
    ]  # fmt: skip
    assert names(as_alice.get(url(workspace, sort="contacts"))) == ["Gamma", "alpha Ltd", "Béta", "Delta"]
    assert names(as_alice.get(url(workspace, sort="name"))) == ["alpha Ltd", "Béta", "Delta", "Gamma"]
    assert names(as_alice.get(url(workspace, sort="nonsense", type="nothing", after="x", before="y"))) == names(response)


def test_a_search_finds_names_domains_and_ids_and_htmx_gets_the_list_alone(as_alice, workspace, firms):
    assert names(as_alice.get(url(workspace, q="beta"))) == ["Béta"]
    assert names(as_alice.get(url(workspace, q="alpha test"))) == ["alpha Ltd"]
    assert names(as_alice.get(url(workspace, q="empty", sort="contacts"))) == ["Delta"]
    assert [names(as_alice.get(url(workspace, q=text))) for text in ("!", "alpha beta")] == [[], []]
    assert "No company fits" in words_of(as_alice.get(url(workspace, q="nothing")))
    fragment = as_alice.get(url(workspace, q="a"), headers={"HX-Request": "true"})
    assert ("<html" in fragment.content.decode(), names(fragment)) == (False, ["alpha Ltd"])


@pytest.mark.parametrize("sort", ["hottest", "contacts", "name"])
@pytest.mark.parametrize("searched", [None, ("a",), ("d",)])
def test_pages_follow_each_other_both_ways_in_every_sort(workspace, send, sort, searched):
    publish(workspace, DOCUMENT)
    for number in range(7):
        named = {**group(f"u{number}", f"g{number % 5}", name=f"{'AD'[number % 2]}{number % 3}"), "messageId": f"g{number}"}
        send(named, *[{**PRICING, "userId": f"u{number}"}] * (number % 3))
    with workspace_scope(workspace.id):
        Company.objects.bulk_create(Company(workspace=workspace, group_id=f"e{number}", sorted_as=f"a{number}") for number in range(3))
        wanted = Wanted(Version.objects.get(workspace=workspace).id, searched, sort)
        whole = [row.id for row in company_ranking.page(workspace.id, wanted).rows]
        assert len(whole) == {None: 8, ("a",): 3, ("d",): 2}[searched]
        pages = [company_ranking.page(workspace.id, wanted, size=2)]
        while pages[-1].next:
            pages.append(company_ranking.page(workspace.id, wanted, after=pages[-1].next, size=2))
        assert [row.id for page in pages for row in page.rows] == whole
        back = [pages[-1]]
        while back[-1].previous:
            back.append(company_ranking.page(workspace.id, wanted, before=back[-1].previous, size=2))
        assert [[row.id for row in page.rows] for page in reversed(back)] == [[row.id for row in page.rows] for page in pages]


def test_a_company_shows_its_people_hottest_first_and_how_each_belongs(as_alice, workspace, firms):
    response = as_alice.get(page_url(firms["alpha"]))
    assert [(str(row), row.points, stage, by_domain) for row, stage, _, by_domain in response.context["rows"]] == [
        ("Ada", 65, "Hot leads", True), ("Abe", 0, "", False),
    ]  # fmt: skip
    summary = response.context["summary"]
    assert (summary.people, summary.by_domain, summary.points, summary.best) == (2, 1, 65, 65)
    assert response.context["rungs"] == [(3, "Marketing qualified leads", 0), (2, "Hot leads", 1), (1, "Cold leads", 0), (0, "No stage yet", 1)]
    assert response.context["traits"][0] == ("Industry", "Food")
    said = [f"{one.contact} {one.verb} {one.noun}".strip() for day in response.context["days"] for one, _ in day["entries"]]
    assert sorted(said) == ["Ada Demo Requested", "Ada became Cold leads", "Ada became Hot leads", "Ada viewed /pricing"]
    assert "Cleo" not in words_of(response)


def test_a_stage_that_a_new_version_took_says_so(as_alice, workspace, firms):
    publish(workspace, {**DOCUMENT, "stages": [DOCUMENT["stages"][0], {**DOCUMENT["stages"][1], "threshold": 500}]})
    shown = " ".join(strip_tags(words_of(as_alice.get(page_url(firms["alpha"])))).split())
    assert "Ada is no longer Hot leads at 65 points, by a new version" in shown


def test_a_company_that_came_later_says_whose_people_the_domain_finds(as_alice, workspace, firms, send):
    send(group("b1", "beta", domain="alpha.test"))
    assert "a server named that one with the domain, or it was named before" in words_of(as_alice.get(page_url(firms["beta"])))
    assert "Its people are being looked for right now." in words_of(as_alice.get(page_url(firms["alpha"])))


def test_the_pages_of_a_companys_people_come_alone_for_htmx(as_alice, workspace, send, monkeypatch):
    monkeypatch.setattr("contacts.views.company.PAGE", 2)
    publish(workspace, DOCUMENT)
    send(*(call for number in range(3) for call in (person(f"u{number}", f"P{number}"), group(f"u{number}", "g"))), {**PRICING, "userId": "u1"})
    with workspace_scope(workspace.id):
        company = Company.objects.get(workspace=workspace)
    first = as_alice.get(page_url(company))
    assert [str(row[0]) for row in first.context["rows"]] == ["P1", "P2"]
    second = as_alice.get(page_url(company, after=first.context["page"].next), headers={"HX-Request": "true"})
    assert ([str(row[0]) for row in second.context["rows"]], "<html" in second.content.decode()) == (["P0"], False)


def test_contacts_are_filtered_by_a_company(as_alice, workspace, firms, elsewhere):
    def listed(company):
        response = as_alice.get(reverse("contacts:list", args=[workspace.slug], query={"company": company}))
        return {str(row) for row, *_ in response.context["rows"]}

    everybody = {"Ada", "Abe", "Bea", "Cem", "Cleo", "Cas"}
    with workspace_scope(elsewhere.id):
        theirs = Company.objects.create(workspace=elsewhere, group_id="theirs")
    assert listed(firms["gamma"].id) == {"Cem", "Cleo", "Cas"}
    assert [listed(company) for company in (theirs.id, "x", "9" * 30, "")] == [everybody] * 4
    exported = as_alice.get(reverse("contacts:export", args=[workspace.slug], query={"company": firms["beta"].id}))
    assert len(b"".join(exported.streaming_content).splitlines()) == 2


def test_a_company_is_added_and_finds_its_people(as_alice, workspace, send):
    send(person("u1", "Ann", email="ann@firm.test"))
    given = {"name": "Firm", "domain": "https://firm.test/", "employees": "1 200", "revenue": "2.5"}
    response = as_alice.post(reverse("contacts:company_add", args=[workspace.slug]), given)
    while apply_domain_changes(workspace.id):
        pass
    with workspace_scope(workspace.id):
        company = Company.objects.get(workspace=workspace)
        assert response["Location"] == page_url(company)
        assert (company.name, company.domain, company.traits["employees"], str(company.traits["revenue"])) == ("Firm", "firm.test", 1200, "2.5")
        assert Contact.objects.get(workspace=workspace).company_id == company.id


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"name": "Firm"}, "__all__"), ({"domain": "firm.test"}, "name"), ({"name": "Firm", "domain": "firm"}, "domain"),
        ({"name": "Firm", "domain": "firm.test", "employees": "many"}, "employees"), ({"name": "F\0", "group_id": "g"}, "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_company_is_said_at_its_field(as_alice, workspace, given, wrong):
    response = as_alice.post(reverse("contacts:company_add", args=[workspace.slug]), given)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [wrong])


def test_an_edit_sets_what_was_changed_empties_what_was_emptied_and_leaves_the_rest(as_alice, workspace, firms):
    form = as_alice.get(page_url(firms["gamma"], "company_edit")).context["form"]
    assert ("group_id" in form.fields, form.initial["employees"]) == (False, "1200")
    response = as_alice.post(page_url(firms["gamma"], "company_edit"), {**form.initial, "employees": "", "city": "Oslo"})
    assert response["Location"] == page_url(firms["gamma"])
    with workspace_scope(workspace.id):
        company = Company.objects.get(workspace=workspace, group_id="gamma")
        assert (company.traits, company.rescored_to) == ({"name": "Gamma", "employees": None, "city": "Oslo"}, 0)


def test_an_id_that_another_company_has_is_refused(as_alice, workspace, firms):
    with workspace_scope(workspace.id):
        plain = Company.objects.create(workspace=workspace, name="Plain", traits={"name": "Plain"})
    response = as_alice.post(page_url(plain, "company_edit"), {"name": "Plain", "group_id": "beta"})
    assert response.context["form"].errors == {"group_id": ["Another company has this id."]}
    assert as_alice.post(page_url(plain, "company_edit"), {"name": "Plain", "group_id": "plain"}).status_code == 302


def test_who_may_not_edit_sees_no_way_to(as_alice, workspace, alice, firms):
    Membership.objects.filter(workspace=workspace, user=alice).update(role=Role.VIEWER)
    for address in (url(workspace), page_url(firms["alpha"])):
        page = words_of(as_alice.get(address))
        assert ("Add company" in page, "/edit/" in page) == (False, False)


def test_an_empty_list_says_how_companies_come(as_alice, workspace):
    assert "No companies yet" in words_of(as_alice.get(url(workspace)))


@pytest.mark.parametrize("more", [0, 3])
def test_the_statements_do_not_depend_on_how_many_there_are(as_alice, workspace, firms, send, more, django_assert_num_queries):
    for number in range(more):
        send(person(f"n{number}", f"N{number}"), group(f"n{number}", f"new{number}"))
        send(person(f"m{number}", f"M{number}"), group(f"m{number}", "alpha"), {**DEMO, "userId": f"m{number}"})
    with django_assert_num_queries(LIST_STATEMENTS):
        as_alice.get(url(workspace))
    with django_assert_num_queries(PAGE_STATEMENTS):
        as_alice.get(page_url(firms["alpha"]))
