"""A message as its reader sees it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from notifications.models import Message
from notifications.rendering import Mail, mail_of, render
from notifications.wording import named_as
from tests.notifications.conftest import facts_of

STAGE = {"key": "mql", "name": "Marketing qualified leads", "rank": 3, "stages": 3}
TEAMS = {"sales": "Nordic sales"}
HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & {{ x }} {% y %}"


class Page(HTMLParser):
    """The tags, links and words of a page; words of its head apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self._skipped = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._skipped = self._skipped or tag in ("style", "title")
        if tag == "a":
            self.links.append(str(dict(attrs)["href"]))
        if tag == "tr":
            self.rows.append([])
        if tag == "td" and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("style", "title"):
            self._skipped = False

    def handle_data(self, data):
        if self._skipped:
            return
        self.words += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def mail(*, reason: str = "team:sales", stage: dict | None = None, cause: str = "activity", **changes) -> Mail:
    facts = facts_of(**changes) | {"stage": stage or STAGE, "cause": cause}
    return render(Message(facts=facts, reason=reason), TEAMS)


def contact(**changes):
    return facts_of()["contact"] | changes


def company(**changes):
    return facts_of()["company"] | changes


def lines(text: str, start: str) -> list[str]:
    """The lines from one that begins so to the next empty one."""
    found = text.split("\n")
    first = next(index for index, line in enumerate(found) if line.startswith(start))
    return [line.strip() for line in found[first : found.index("", first)]]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "").replace("+", ""))


def test_the_text_says_who_what_stage_and_why():
    assert mail().text.split("\n\n")[0].split("\n") == [
        "Ingrid Solheim",
        "Head of Operations, Fjordfrost Logistics",
        "Cold storage, 640 people, Bergen, Norway",
    ]
    assert lines(mail().text, "82 points") == [
        "82 points, grade B",
        "Northwind Robotics · New leads: Marketing qualified leads (stage 3 of 3, since 09:41)",
    ]
    assert lines(mail().text, "Sent form") == ["Sent form Book a demo at 09:41", "Phone +47 55 90 12 84", "E-mail ingrid@fjordfrost.example"]


def test_times_are_those_of_the_workspace():
    assert lines(mail().text, "LAST") == [
        "LAST FIVE ACTIVITIES",
        "today 09:41  Sent form Book a demo",
        "today 09:38  Viewed /pricing",
        "Mon 15:12    Viewed /pricing",
        "Wed 15:12    Viewed /features",
        "24 Dec 2025  Viewed /",
    ]
    assert lines(mail(time_zone="America/New_York").text, "LAST")[1] == "today 03:41  Sent form Book a demo"


@pytest.mark.parametrize(
    ("reasons", "others", "points"),
    [
        (facts_of()["reasons"], {"value": 13000, "count": 5, "limited": False}, 82),
        ([{"value": 20000, "text": "One"}], {"value": 0, "count": 0, "limited": False}, 20),
        ([{"value": 20500, "text": "One"}, {"value": -10250, "text": "Two"}], {"value": -250, "count": 1, "limited": False}, 10),
        ([{"value": 1200000, "text": "One"}], {"value": -1100000, "count": 0, "limited": True}, 100),
        ([], {"value": 0, "count": 0, "limited": False}, 0),
    ],
)
def test_the_reasons_add_up_to_the_points(reasons, others, points):
    shown = lines(mail(reasons=reasons, others=others, points=points).text, "WHY")[1:]
    rule = shown.index("----")
    assert sum(number(row.split()[0]) for row in shown[:rule]) == number(shown[rule + 1].split()[0]) == points


def test_losses_carry_a_true_minus_and_gains_a_plus():
    shown = lines(
        mail(
            reasons=[{"value": 12500, "text": "Up"}, {"value": -10000, "text": "Down"}],
            others={"value": -1500, "count": 2, "limited": False},
            points=1,
        ).text,
        "WHY",
    )
    assert shown == ["WHY 1 POINT", "+12.5  Up", "−10  Down", "−1.5  from 2 more reasons", "----", "1  point"]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"value": 13000, "count": 5, "limited": False}, ["+13  from 5 more reasons"]),
        ({"value": 13000, "count": 5, "limited": True}, ["+13  from 5 more reasons and a limit"]),
        ({"value": 3000, "count": 1, "limited": False}, ["+3  from 1 more reason"]),
        ({"value": -20000, "count": 0, "limited": True}, ["−20  from a limit"]),
        ({"value": 400, "count": 0, "limited": False}, ["+0.4  from rounding"]),
        ({"value": 0, "count": 0, "limited": False}, []),
    ],
)
def test_what_the_greatest_reasons_leave_is_named(others, words):
    shown = lines(mail(others=others).text, "WHY")
    assert shown[6 : shown.index("----")] == words


def test_the_page_says_what_the_text_says():
    page = Page(mail().html)
    rows = [[cell.strip() for cell in row] for row in page.rows]
    for row in (["+20", "Asked for a demo"], ["+13", "from 5 more reasons"], ["82", "points"], ["today 09:41", "Sent form Book a demo"]):
        assert row in rows
    assert page.links == [
        "tel:+4755901284",
        "mailto:ingrid@fjordfrost.example",
        "http://127.0.0.1:8000/w/northwind/contacts/8/",
    ]


def test_the_link_to_the_profile_is_that_of_the_site(settings):
    settings.SITE_URL = "https://leads.northwind.example"
    url = "https://leads.northwind.example/w/northwind/contacts/8/"
    assert (Page(mail().html).links[-1], url in mail().text.split("\n")) == (url, True)


def test_styles_stand_in_the_tags_and_what_depends_on_the_screen_stays():
    html = mail().html
    assert 'class="btn" href="http://127.0.0.1:8000/w/northwind/contacts/8/" style="' in html
    assert re.findall(r"@media \(([a-z-]+)", html) == ["max-width", "prefers-color-scheme"]
    assert html.count("<style>") == 1
    assert "url(" not in html


def test_nothing_from_outside_becomes_a_tag():
    plain = Page(mail().html).tags
    hostile = mail(
        contact=contact(name=HOSTILE, job_title=HOSTILE, phone="+47 1", email="x@example.com"),
        company=company(name=HOSTILE, industry=HOSTILE, employees=HOSTILE),
        workspace={"name": HOSTILE, "slug": "northwind"},
        scoring_type={"key": "new-leads", "name": HOSTILE},
        reasons=[{"value": 1000, "text": HOSTILE}] * 5,
        activities=[{"at": "2026-11-17T08:41:00Z", "text": HOSTILE}] * 5,
        stage={**STAGE, "name": HOSTILE},
        reason=f"team:{HOSTILE}",
    )
    assert Page(hostile.html).tags == plain
    assert "<script>alert(1)</script>" in Page(hostile.html).words
    assert "<script>alert(1)</script>" in hostile.text


def test_addresses_and_telephones_from_outside_cannot_change_where_a_link_leads():
    page = Page(mail(contact=contact(phone="javascript:alert(1)", email='a"b?bcc=x@example.com&body=%0a')).html)
    assert page.links[:2] == ["tel:1", "mailto:a%22b%3Fbcc%3Dx@example.com%26body%3D%250a"]


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\u202e", "\x00"])
def test_a_subject_is_one_line_whatever_a_name_holds(breaks):
    subject = mail(contact=contact(name=f"Eve{breaks}Bcc: all@example.com")).subject
    assert len(subject.splitlines()) == 1
    assert "\u202e" not in subject
    assert re.match(r"Eve ?Bcc: all@example\.com, Head of Operations", subject)


def test_a_subject_is_at_most_200_characters():
    long = "word " * 200
    subject = mail(contact=contact(name=long, job_title=long), company=company(name=long), stage={**STAGE, "name": long}).subject
    assert (len(subject) <= 200, subject.startswith("word word"), subject.endswith("…")) == (True, True, True)


@pytest.mark.parametrize(
    ("who", "employer", "subject"),
    [
        ({}, company(), "Ingrid Solheim, Head of Operations of Fjordfrost Logistics"),
        ({"job_title": ""}, company(), "Ingrid Solheim of Fjordfrost Logistics"),
        ({"job_title": ""}, None, "Ingrid Solheim"),
        ({"name": "", "job_title": ""}, None, "ingrid@fjordfrost.example"),
        ({"name": "", "job_title": "", "email": "", "called_by": "user-42"}, None, "user-42"),
        ({"name": "", "job_title": "", "email": ""}, None, "Anonymous visitor"),
    ],
)
def test_the_subject_says_as_much_as_is_known(who, employer, subject):
    assert mail(contact=contact(**who), company=employer).subject == f"{subject}: Marketing qualified leads, sent form Book a demo"


def test_an_activitys_own_name_is_not_bent_into_the_sentence():
    activities = [{"at": "2026-11-17T08:41:00Z", "text": "Demo Requested"}]
    assert mail(activities=activities).subject.endswith(": Marketing qualified leads, Demo Requested")


def test_an_anonymous_visitor_has_no_name_on_the_button():
    nobody = dict.fromkeys(("name", "email", "phone", "job_title", "city", "country"), "")
    rendered = mail(contact=contact(**nobody), company=None, grade=None)
    assert rendered.text.startswith("Anonymous visitor\n\n82 points\n")
    assert "Open the profile:" in rendered.text
    assert Page(rendered.html).links == ["http://127.0.0.1:8000/w/northwind/contacts/8/"]


@pytest.mark.parametrize(("employees", "words"), [("640", "640 people"), ("12000", "12,000 people"), ("1", "1 person"), ("50-100", "50-100 people")])
def test_the_size_of_a_company(employees, words):
    assert mail(company=company(employees=employees)).text.split("\n")[2] == f"Cold storage, {words}, Bergen, Norway"


def test_where_the_company_is_not_known_to_be_the_contacts_own_place_is_told():
    assert mail(company=company(city="", country="")).text.split("\n")[2] == "Cold storage, 640 people, Oslo, Norway"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("profile", "What is known about them has changed."),
        ("time", "Time alone has raised the score."),
        ("adjustment", "A member has adjusted the points."),
        ("merge", "Two profiles turned out to be one person."),
    ],
)
def test_a_stage_that_no_activity_brought_about_says_what_did(cause, words):
    rendered = mail(cause=cause)
    assert lines(rendered.text, words)[0] == words
    assert rendered.subject == "Ingrid Solheim, Head of Operations of Fjordfrost Logistics: Marketing qualified leads"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("team:sales", "You get this as a member of the team Nordic sales of Northwind Robotics."),
        ("team:gone", "You get this as a member of the team gone of Northwind Robotics."),
        ("owner", "You get this as the contact’s owner in Northwind Robotics."),
        ("owner-or:team:sales", "You get this as the contact’s owner or a member of the team Nordic sales of Northwind Robotics."),
        ("user:dora@example.com", "You get this as a recipient that the stage names in Northwind Robotics."),
    ],
)
def test_the_reader_is_told_why_they_get_it(reason, words):
    rendered = mail(reason=reason)
    assert rendered.text.rstrip().split("\n")[-1] == words
    assert words in Page(rendered.html).words


@pytest.mark.parametrize(("number_of", "title"), [(1, "LAST ACTIVITY"), (2, "LAST TWO ACTIVITIES"), (5, "LAST FIVE ACTIVITIES")])
def test_the_activities_are_counted(number_of, title):
    assert lines(mail(activities=facts_of()["activities"][:number_of]).text, "LAST")[0] == title


def test_without_activities_there_is_no_such_list():
    assert "LAST" not in mail(activities=[]).text
    assert "Last" not in Page(mail(activities=[]).html).words


def test_the_same_facts_give_the_same_mail():
    assert mail() == mail()


def test_what_was_rendered_once_is_shown_as_it_was():
    message = Message(subject="Then", text="Then.", html="<p>Then.</p>", facts={}, reason="owner")
    assert mail_of(message, {}) == Mail("Then", "Then.", "<p>Then.</p>")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("team:sales", "team Sales"), ("team:gone", "team gone"), ("owner", "the contact’s owner"),
        ("owner-or:team:sales", "the contact’s owner, or team Sales"), ("user:bob@example.com", ""), ("email:team:x@example.com", ""),
    ],
)  # fmt: skip
def test_a_recipient_is_named_for_people(reason: str, words: str) -> None:
    assert named_as(reason, {"sales": "Sales"}) == words
