"""A file as a school's sales people keep their leads: an id and no address, 37 columns, `Select` where nobody chose, numbers written `0.0`.

With LEADSCORE_TEST_CSV the file of that path is taken instead: one with a column of ids, which the import is to recognise.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier, Import
from scoring.models import Score
from tests.scoring.conftest import publish
from tests.scoring.documents import document
from tests.scoring.importing import work

pytestmark = pytest.mark.django_db

HEAD = [
    "Prospect ID", "Lead Number", "Lead Origin", "Lead Source", "Do Not Email", "Do Not Call", "Converted", "TotalVisits",
    "Total Time Spent on Website", "Page Views Per Visit", "Last Activity", "Country", "Specialization", "How did you hear about X Education",
    "What is your current occupation", "What matters most to you in choosing a course", "Search", "Magazine", "Newspaper Article",
    "X Education Forums", "Newspaper", "Digital Advertisement", "Through Recommendations", "Receive More Updates About Our Courses", "Tags",
    "Lead Quality", "Update me on Supply Chain Content", "Get updates on DM Content", "Lead Profile", "City", "Asymmetrique Activity Index",
    "Asymmetrique Profile Index", "Asymmetrique Activity Score", "Asymmetrique Profile Score", "I agree to pay the amount through cheque",
    "A free copy of Mastering The Interview", "Last Notable Activity",
]  # fmt: skip
ROWS = 48
CELLS = {  # what the columns hold in turn; the others say No throughout
    "Lead Origin": ("Landing Page Submission", "API", "Lead Add Form"),
    "Lead Source": ("Google", "google", "Direct Traffic", ""),
    "Do Not Email": ("No", "Yes", "No"),
    "Converted": ("0.0", "1.0"),
    "TotalVisits": ("0.0", "5.0", "", "251.0"),
    "Total Time Spent on Website": ("0.0", "674.0", "1532.0"),
    "Page Views Per Visit": ("0.0", "2.5", "", "1.33"),
    "Last Activity": ("Email Opened", "Page Visited on Website", "", "SMS Sent"),
    "Country": ("Norway", "", "India"),
    "Specialization": ("Select", "", "Banking, Investment And Insurance", "Media \"and\" Advertising"),
    "How did you hear about X Education": ("Select", "Word Of Mouth", ""),
    "What is your current occupation": ("Unemployed", "Working Professional", ""),
    "What matters most to you in choosing a course": ("Flexibility & Convenience", ""),
    "Search": ("No", "No", "Yes"),
    "Tags": ("", "Will revert after\nreading the email", "=Ringing"),
    "Lead Quality": ("Low in Relevance", "", "Might be"),
    "Lead Profile": ("Select", "Potential Lead", ""),
    "City": ("Select", "Bergen", "Thane & Outskirts", ""),
    "Asymmetrique Activity Index": ("02.Medium", "", "01.High"),
    "Asymmetrique Profile Index": ("02.Medium", "01.High", ""),
    "Asymmetrique Activity Score": ("15.0", "", "14.0"),
    "Asymmetrique Profile Score": ("", "18.0"),
    "A free copy of Mastering The Interview": ("No", "Yes"),
    "Last Notable Activity": ("Modified", "Email Opened"),
}


def made_up() -> bytes:
    """Leads of the same shape; of three rows one has no id, one repeats another's, and one says a number in words."""
    rows = [
        [f"7927b2df-8bba-4d29-b9a2-{number:012x}", f"{660_737 - number}.0"]
        + [CELLS.get(name, ("No",))[number % len(CELLS.get(name, ("No",)))] for name in HEAD[2:]]
        for number in range(ROWS)
    ]
    rows[20][0], rows[30][0], rows[40][HEAD.index("TotalVisits")] = "", rows[3][0], "many"
    file = io.StringIO()
    csv.writer(file).writerows([HEAD, *rows])
    return file.getvalue().encode()


@pytest.fixture
def raw() -> bytes:
    path = os.environ.get("LEADSCORE_TEST_CSV")
    return Path(path).read_bytes() if path else made_up()


class Leads:
    """An import as somebody makes it in the pages; the columns are what is suggested."""

    def __init__(self, client: Client, workspace: Workspace, raw: bytes, **kinds: str) -> None:
        self.client, self.workspace = client, workspace
        self.path = client.post(self._url("import_start"), {"kind": "contacts", "file": SimpleUploadedFile("leads.csv", raw)}).headers["Location"]
        self.form = client.get(self.path).context["form"]
        self.id = self.form.made.id
        posted = {f"{part}.{line.place}": value for line in self.form.lines
                  for part, value in (("to", line.column.to), ("name", line.name), ("kind", kinds.get(line.header, line.column.kind)))}  # fmt: skip
        client.post(self.path, posted | {name: value for name, value in self.form.options.items() if name != "decimal_comma"})

    def _url(self, name: str, *more: object) -> str:
        return reverse(f"contacts:{name}", args=[self.workspace.slug, *more])

    @property
    def to(self) -> dict[str, tuple[str, str, str]]:
        return {line.header: (line.column.to, line.column.name, line.column.kind) for line in self.form.lines}

    def work(self) -> dict[str, int]:
        """Does the check, or the import, that waits; its counts without those of 0."""
        with workspace_scope(self.workspace.id):
            job = Import.objects.select_related("job").get(id=self.id).job
        assert job is not None
        work(self.workspace, job)
        with workspace_scope(self.workspace.id):
            return {name: count for name, count in Import.objects.get(id=self.id).counts.items() if count}

    def run(self) -> dict[str, int]:
        self.client.post(self._url("import_run", self.id))
        return self.work()

    def refused(self) -> list[dict[str, str]]:
        answer = self.client.get(self._url("import_errors", self.id))
        assert isinstance(answer.streaming_content, Iterator)
        return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_a_schools_leads_go_in_once_with_the_columns_as_they_are_suggested(as_alice: Client, workspace: Workspace, raw: bytes) -> None:
    came_back = {"field": "contact.total_visits", "op": "gte", "value": 5}
    publish(workspace, document(rules=[{"key": "visits", "name": "Came back", "when": "profile", "points": 7, "conditions": came_back}]))
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    good = fit(rows)
    leads = Leads(as_alice, workspace, raw, TotalVisits="number")  # one says it in words, so that it was not suggested
    assert leads.to["Prospect ID"][0] == "user_id"
    suggested = {name: leads.to[name] for name in ("Page Views Per Visit", "Converted", "Do Not Email", "City", "Asymmetrique Activity Index")}
    assert suggested == {
        "Page Views Per Visit": ("trait", "page_views_per_visit", "number"), "Converted": ("trait", "converted", "number"),
        "Do Not Email": ("trait", "do_not_email", "boolean"), "City": ("trait", "city", "text"),
        "Asymmetrique Activity Index": ("trait", "asymmetrique_activity_index", "text"),
    }  # fmt: skip
    assert "Select" in leads.form.options["missing"].splitlines()
    expected = {"new": len(good)} | ({"refused": len(rows) - len(good)} if len(rows) > len(good) else {})
    assert leads.work() == expected
    with workspace_scope(workspace.id):
        assert Contact.objects.count() == 0  # so far it was looked at
    assert leads.run() == expected
    assert [row["Prospect ID"] for row in leads.refused()] == [row["Prospect ID"] for row in rows if row not in good]
    cities = {row["Prospect ID"]: None if row["City"] in ("", "Select") else row["City"] for row in good}
    assert stored(workspace) == {row["Prospect ID"]: (cities[row["Prospect ID"]], number(row["TotalVisits"])) for row in good}
    with workspace_scope(workspace.id):
        points = sum(7 for row in good if (number(row["TotalVisits"]) or 0) >= 5)
        assert sum(Score.objects.values_list("points", flat=True)) == points
    again = Leads(as_alice, workspace, raw, TotalVisits="number")
    assert again.work() == {"unchanged": len(good)} | ({"refused": expected["refused"]} if "refused" in expected else {})
    said = as_alice.get(again.path.removesuffix("columns/")).content.decode()
    assert f"Everything {'else ' if len(rows) > len(good) else ''}in this file is there already" in said
    with workspace_scope(workspace.id):
        assert Activity.objects.filter(kind="identify").count() == len(good)


def fit(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows that can be imported: the first of each id, whose numbers are some."""
    first = {row["Prospect ID"]: row for row in reversed(rows) if row["Prospect ID"]}
    return [row for row in rows if first.get(row["Prospect ID"]) is row and row["TotalVisits"] != "many"]


def number(cell: str) -> float | None:
    return float(cell) if cell else None


def stored(workspace: Workspace) -> dict[str, tuple[str | None, float | None]]:
    """By userId: the city, and how many visits."""
    with workspace_scope(workspace.id):
        rows = Identifier.objects.filter(kind="user_id").values_list("value", "contact__traits")
        return {value: (traits.get("city"), None if (visits := traits.get("total_visits")) is None else float(visits)) for value, traits in rows}
