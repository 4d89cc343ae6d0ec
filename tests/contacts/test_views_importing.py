"""The pages of an import, and exports."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, Membership, Role
from accounts.scope import workspace_scope
from contacts import imports
from contacts.import_suggestions import suggest
from contacts.models import Activity, Contact, Identifier, Import
from leadscore import clock
from scoring import editing, importing
from tests.contacts.conftest import send
from tests.scoring.conftest import DOCUMENT, publish
from tests.scoring.importing import csv_of, put_in, work

__all__ = ["send"]
pytestmark = pytest.mark.django_db

STATEMENTS = 12  # session, user, membership, scope, history with who, types of the rail, other workspaces
RAW = csv_of(("Id", "E-mail", "First name", "Status"), ("u1", "ada@firm.test", "Ada", "Select"), ("u2", "nobody", "Bea", "New"))


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def url(name, *more):
    return reverse(f"contacts:{name}", args=["acme", *more])


def upload(client, raw=RAW, kind="contacts"):
    return client.post(url("import_start"), {"kind": kind, "file": SimpleUploadedFile("leads.csv", raw)})


def the_import(workspace):
    with workspace_scope(workspace.id):
        return Import.objects.select_related("job").get(workspace=workspace)


def chosen(**changes):
    """What the form of RAW posts as it is suggested."""
    targets = {0: ("user_id", "id"), 1: ("email", "e_mail"), 2: ("trait", "first_name"), 3: ("trait", "status")}
    posted = {f"to.{place}": to for place, (to, _) in targets.items()} | {f"name.{place}": name for place, (_, name) in targets.items()}
    posted |= {f"kind.{place}": "text" for place in targets}
    return {**posted, "missing": "Select\n\n", "empty": "leave", "dates": "iso", "zone": "UTC", **changes}


def body(response):
    return b"".join(response.streaming_content).decode("utf-8-sig")


def quoted(line):
    """A line of a file of ours, of cells without a comma."""
    return ",".join(f'"{cell}"' for cell in line.split(","))


def test_a_file_goes_from_upload_to_contacts(as_alice, workspace):
    uploaded = upload(as_alice)
    made = the_import(workspace)
    assert uploaded.headers["Location"] == url("import_columns", made.id)
    page = as_alice.get(url("import_columns", made.id))
    assert [line.column.to for line in page.context["form"].lines] == ["user_id", "email", "trait", "trait"]
    assert page.context["form"].options["missing"] == "Select"
    checked = as_alice.post(url("import_columns", made.id), chosen())
    assert checked.headers["Location"] == url("import", made.id)
    assert 'hx-trigger="every 1s"' in as_alice.get(url("import", made.id)).content.decode()
    work(workspace, the_import(workspace).job)
    shown = as_alice.get(url("import", made.id))
    assert (shown.context["changes"], url("import_run", made.id) in shown.content.decode(), b"every 1s" in shown.content) == (1, True, False)
    as_alice.post(url("import_run", made.id))
    work(workspace, the_import(workspace).job)
    assert "See the contacts" in as_alice.get(url("import", made.id)).content.decode()
    with workspace_scope(workspace.id):
        assert Contact.objects.get(workspace=workspace).traits == {"email": "ada@firm.test", "first_name": "Ada"}
        deeds = AuditEntry.objects.filter(workspace=workspace, action__startswith="import.").order_by("id").values_list("action", flat=True)
        assert list(deeds) == ["import.uploaded", "import.begun", "import.done"]


def test_refused_rows_are_a_file_with_their_reason_that_can_be_uploaded_again(as_alice, workspace):
    upload(as_alice)
    made = the_import(workspace)
    as_alice.post(url("import_columns", made.id), chosen())
    work(workspace, the_import(workspace).job)
    response = as_alice.get(url("import_errors", made.id))
    assert response.headers["Content-Disposition"] == f'attachment; filename="errors-{made.id}.csv"'
    assert body(response).splitlines() == [
        quoted("Id,E-mail,First name,Status,leadscore_row,leadscore_result,leadscore_reason"),
        quoted("u2,nobody,Bea,New,3,refused,“E-mail” is not an e-mail address."),
    ]
    headers = ["Id", "leadscore_row", "leadscore_result", "leadscore_reason"]
    assert [column.to for column in suggest("contacts", headers, [])] == ["user_id", "ignore", "ignore", "ignore"]


def test_the_first_ten_refused_rows_stand_on_the_page_with_their_reason(as_alice, workspace, alice):
    made, _ = put_in(workspace, csv_of(("id", "mail"), *((f"u{number}", "nobody") for number in range(12))), alice)
    page = as_alice.get(url("import", made.id))
    assert [(row, result) for row, _, result, _ in page.context["faults"]] == [(number, "refused") for number in range(2, 12)]
    text = " ".join(page.content.decode().split())
    assert ("The first 10 of 12 rows" in text, text.count("“mail” is not an e-mail address.")) == (True, 10)


def test_a_mapping_that_cannot_be_used_is_shown_with_what_was_chosen(as_alice, workspace):
    upload(as_alice)
    made = the_import(workspace)
    wrong = as_alice.post(url("import_columns", made.id), chosen(**{"to.0": "email", "name.2": "given"}))
    assert (wrong.status_code, [problem.code for problem in wrong.context["form"].problems]) == (422, ["twice"])
    assert 'value="given"' in wrong.content.decode()
    assert the_import(workspace).state == "uploaded"
    posted = as_alice.post(url("import_columns", made.id), chosen(**{"to.0": "<script>", "kind.1": "x", "zone": "Moon"}))
    assert (posted.status_code, b"<script>" in posted.content.partition(b"<main")[2]) == (422, False)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "The file is empty."),
        (b"\n", "The file is empty."),
        (b"a,b\n", "The file has a header and no row below it."),
        (b"a\x81\n1", "The file cannot be read as text (cp1252, byte 1). Save it as CSV in UTF-8."),
    ],
)
def test_a_file_that_is_none_is_refused_and_not_kept(as_alice, workspace, raw, why):
    response = upload(as_alice, raw)
    with workspace_scope(workspace.id):
        assert (response.status_code, Import.objects.filter(workspace=workspace).count()) == (422, 0)
    assert response.context["wrong"] == why


def test_a_large_file_and_an_unknown_kind_are_refused(as_alice, workspace, monkeypatch):
    assert upload(as_alice, kind="cars").context["wrong"] == "Say what the rows are."
    monkeypatch.setattr(imports, "MOST_BYTES", 10)
    assert upload(as_alice).status_code == 422
    assert as_alice.post(url("import_start"), {"kind": "contacts"}).context["wrong"] == "Choose a file."


def test_a_file_can_be_discarded(as_alice, workspace):
    upload(as_alice)
    made = the_import(workspace)
    as_alice.post(url("import_discard", made.id))
    assert (the_import(workspace).state, as_alice.get(url("import", made.id)).status_code) == ("discarded", 200)
    assert as_alice.get(url("import_columns", made.id)).headers["Location"] == url("import", made.id)
    as_alice.post(url("import_run", made.id))
    assert the_import(workspace).state == "discarded"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_costs_the_same_for_any_number_of_imports(as_alice, workspace, alice, rows, django_assert_num_queries):
    for _ in range(rows):
        upload(as_alice)
    with django_assert_num_queries(STATEMENTS):
        page = as_alice.get(url("import_start"))
    assert len(page.context["history"]) == rows


def test_sales_can_neither_import_nor_export(client, workspace, bob):
    Membership.objects.filter(user=bob).update(role=Role.SALES)
    client.force_login(bob)
    assert [client.get(url(name)).status_code for name in ("import_start", "export")] == [403, 403]
    page = client.get(url("list")).content.decode()
    assert (url("import_start") in page, url("export") in page) == (False, False)


class TestExport:
    def test_it_holds_who_they_are_and_their_points(self, as_alice, workspace, alice, send):
        publish(workspace, DOCUMENT)
        now = clock.now()
        traits = {"email": "Ada@firm.test", "firstName": "Ada", "jobTitle": "CTO", "phone": "+47 1"}
        send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "1", "traits": traits})
        send({"type": "group", "userId": "u1", "groupId": "f1", "messageId": "2", "traits": {"name": "=Firm", "domain": "firm.test"}})
        send({"type": "page", "userId": "u1", "messageId": "3", "timestamp": now.isoformat()})
        with workspace_scope(workspace.id):
            contact = Contact.objects.get(workspace=workspace)
            editing.set_owner(workspace, contact.id, alice.id, by=alice)
        seen = now.isoformat().replace("+00:00", "Z")
        assert body(as_alice.get(url("export"))).splitlines() == [
            quoted(
                "leadscore_id,user_id,email,anonymous_id,leadscore_name,company_id,company.name,company.domain,leadscore_owner,leadscore_last_seen,"
                "traits.first_name,traits.job_title,traits.phone,score.new-leads.points,score.new-leads.stage,score.new-leads.grade"
            ),
            quoted(f"{contact.id},u1,ada@firm.test,a1,Ada,f1,'=Firm,firm.test,alice@example.com,{seen},Ada,CTO,'+47 1,20,cold,"),
        ]

    def test_it_holds_what_the_list_holds(self, as_alice, workspace, alice):
        put_in(workspace, csv_of(("id", "mail", "first"), ("u1", "ada@firm.test", "Ada"), ("u2", "bea@firm.test", "Bea")), alice)
        found = body(as_alice.get(url("export") + "?q=bea")).splitlines()
        assert [line.split(",")[1] for line in found] == ['"user_id"', '"u2"']

    def test_it_is_read_in_pages(self, as_alice, workspace, alice, monkeypatch):
        monkeypatch.setattr("contacts.views.exporting.PAGE", 2)
        put_in(workspace, csv_of(("id",), *((f"u{number}",) for number in range(5))), alice)
        found = body(as_alice.get(url("export"))).splitlines()
        assert [line.split(",")[1].strip('"') for line in found] == ["user_id", "u0", "u1", "u2", "u3", "u4"]

    def test_another_workspaces_contacts_are_not_in_it(self, as_alice, workspace, elsewhere, charlie):
        put_in(elsewhere, csv_of(("id", "first"), ("secret", "Sid")), charlie)
        assert len(body(as_alice.get(url("export"))).splitlines()) == 1

    def test_activities_come_back_as_they_were(self, as_alice, workspace, alice, send):
        now = clock.now() - timedelta(hours=1)
        view = {"type": "page", "userId": "u1", "properties": {"url": "=x", "seats": Decimal("2.5")}}
        send(*({**view, "messageId": f"m{number}", "timestamp": (now - timedelta(minutes=number)).isoformat()} for number in range(3)))
        with workspace_scope(workspace.id):
            contact = Contact.objects.get(workspace=workspace)
        raw = body(as_alice.get(url("export_activities", contact.id)))
        assert raw.splitlines()[:2] == [
            quoted("occurred_at,event,message_id,user_id,email,anonymous_id,properties.seats,properties.url"),
            quoted(f"{now.isoformat().replace('+00:00', 'Z')},Page Viewed,m0,u1,,,2.5,'=x"),
        ]
        assert imported_again(workspace, alice, raw, "activities") == {"unchanged": 3}


def imported_again(workspace, alice, raw, kind="contacts"):
    """Imports a file as its columns are suggested."""
    with workspace_scope(workspace.id):
        made = imports.store(workspace, kind, "again.csv", raw.encode("utf-8-sig"), by=alice)
        columns = suggest(kind, made.headers, [cells for _, cells in imports.first_rows(made)])
        named = zip(made.headers, columns, strict=True)
        chosen = {header: {"to": one.to, "name": one.name, "kind": one.kind} for header, one in named}
        job = importing.run(made, {"columns": chosen}, by=alice)
    work(workspace, job)
    with workspace_scope(workspace.id):
        made.refresh_from_db()
        return {name: count for name, count in made.counts.items() if count}


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.text("'=;\"-x\n", max_size=8)
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
values = st.none() | texts | st.booleans() | numbers | st.lists(texts, max_size=2)
people = st.lists(st.dictionaries(st.sampled_from(["first_name", "plan name", "x", "phone"]), values, min_size=1), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True, database=None)
@given(traits=people)
def test_what_is_exported_and_imported_changes_nothing(as_alice: Any, workspace: Any, alice: Any, traits: list[dict[str, Any]]) -> None:
    with workspace_scope(workspace.id):
        for number, named in enumerate(traits):
            contact = {"user_id": f"u{number}", "email": f"p{number}@firm.test" if number % 2 else None}
            editing.create_or_update(workspace, traits=named, by=alice, **contact)
        before = snapshot(workspace)
    found = imported_again(workspace, alice, body(as_alice.get(url("export"))))
    with workspace_scope(workspace.id):
        assert (found, snapshot(workspace)) == ({"unchanged": Contact.objects.filter(workspace=workspace).count()}, before)


def snapshot(workspace):
    named = Identifier.objects.filter(workspace=workspace).order_by("id").values_list("kind", "value")
    return list(Contact.objects.filter(workspace=workspace).order_by("id").values_list("traits", flat=True)), list(named), Activity.objects.count()
