"""Importing files: what becomes of rows, and of the same rows again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from contacts import imports
from contacts.models import Activity, Company, Contact, Identifier, Import, ImportChunk, ImportState
from leadscore import clock
from notifications.models import Message
from scoring import erasing, importing
from scoring.models import Score, StageChange
from tests.scoring.conftest import DOCUMENT, Send, publish, score_of, send
from tests.scoring.importing import ACTIVITIES, CONTACTS, check, counts, csv_of, put_in, reasons, store, work

__all__ = ["send"]
pytestmark = pytest.mark.django_db

HEADERS = ("id", "mail", "first", "role", "visits", "firm", "firm name", "industry")
ADA = ("u1", "Ada@Firm.test", "Ada", "CTO", "5", "f1", "Firm", "Software")
BEA = ("u2", "bea@firm.test", "Bea", "Select", "", "f1", "Firm", "")


def stored(workspace: Workspace) -> dict[str, dict[str, Any]]:
    with workspace_scope(workspace.id):
        return {one.identifiers.order_by("id")[0].value: one.traits for one in Contact.objects.filter(workspace=workspace, merged_into=None)}


def calls(workspace: Workspace) -> int:
    with workspace_scope(workspace.id):
        return Activity.objects.filter(workspace=workspace).count()


def test_each_row_becomes_a_contact_with_its_company(workspace: Workspace, alice: User) -> None:
    _, found = put_in(workspace, csv_of(HEADERS, ADA, BEA), alice)
    assert found == {"new": 2}
    assert stored(workspace) == {
        "ada@firm.test": {"email": "ada@firm.test", "first_name": "Ada", "job_title": "CTO", "visits": 5},
        "bea@firm.test": {"email": "bea@firm.test", "first_name": "Bea"},
    }
    with workspace_scope(workspace.id):
        company = Company.objects.get(workspace=workspace)
        assert (company.group_id, company.traits, company.contacts.count()) == ("f1", {"name": "Firm", "industry": "Software"}, 2)
        sources = Activity.objects.filter(workspace=workspace).values_list("kind", "source").order_by("kind")
        assert list(sources) == [("group", 1)] * 2 + [("identify", 1)] * 2


def test_the_same_file_again_changes_nothing(workspace: Workspace, alice: User) -> None:
    raw = csv_of(HEADERS, ADA, BEA)
    put_in(workspace, raw, alice)
    before = calls(workspace)
    _, again = put_in(workspace, raw, alice)
    assert (again, calls(workspace)) == ({"unchanged": 2}, before)


def test_companies_whose_rows_contradict_each_other_settle_at_once(workspace: Workspace, alice: User) -> None:
    raw = csv_of(HEADERS, ADA, (*BEA[:-1], "Hardware"), ("u3", "c@firm.test", "Cy", "", "", "f1", "", ""))
    put_in(workspace, raw, alice)
    with workspace_scope(workspace.id):
        assert Company.objects.get(workspace=workspace).traits == {"name": "Firm", "industry": "Hardware"}
    assert put_in(workspace, raw, alice)[1] == {"unchanged": 3}


def test_a_company_without_an_id_is_known_by_its_name_and_its_rules_fire(workspace: Workspace, alice: User) -> None:
    large = {"field": "company.employees", "op": "gte", "value": 100}
    rule = {"key": "large", "name": "Large", "when": "profile", "points": 9, "conditions": {"all": [large]}}
    publish(workspace, {**DOCUMENT, "rules": [rule]})
    by_name = {"mail": {"to": "email"}, "firm": {"to": "company_trait", "name": "name"},
               "staff": {"to": "company_trait", "name": "employees", "kind": "number"}}  # fmt: skip
    raw = csv_of(("mail", "firm", "staff"), ("a@firm.test", "Firm", "250"), ("b@firm.test", "Firm", ""), ("c@other.test", "", "300"))
    assert put_in(workspace, raw, alice, {"columns": by_name})[1] == {"new": 3}
    with workspace_scope(workspace.id):
        assert list(Company.objects.values_list("group_id", "traits__employees")) == [("Firm", 250)]
        assert dict(Score.objects.values_list("contact__identifiers__value", "points")) == {"a@firm.test": 9, "b@firm.test": 9, "c@other.test": 0}
    assert put_in(workspace, raw, alice, {"columns": by_name})[1] == {"unchanged": 3}


def test_a_check_says_what_a_run_will_do_and_changes_nothing(workspace: Workspace, alice: User) -> None:
    put_in(workspace, csv_of(HEADERS, ADA), alice)
    made = store(workspace, csv_of(HEADERS, (*ADA[:3], "CEO", *ADA[4:]), BEA, ("u9", "no address", "", "", "", "", "", "")), alice)
    before = calls(workspace), stored(workspace)
    assert check(workspace, made, alice) == {"new": 1, "updated": 1, "refused": 1}
    assert (calls(workspace), stored(workspace)) == before
    with workspace_scope(workspace.id):
        assert Import.objects.get(id=made.id).state == ImportState.CHECKED
        job = importing.run(made, by=alice)
    work(workspace, job)
    assert counts(made) == {"new": 1, "updated": 1, "refused": 1}
    assert stored(workspace)["ada@firm.test"]["job_title"] == "CEO"


def test_what_is_wrong_with_a_row_is_said_in_full_and_the_others_are_imported(workspace: Workspace, alice: User) -> None:
    rows = [("u1", "nobody", "", "", "many", "", "", ""), ("", "", "Cy", "", "", "", "", ""), (*ADA, "more"), BEA]
    made, found = put_in(workspace, csv_of(HEADERS, *rows), alice)
    assert found == {"new": 1, "refused": 3}
    assert reasons(made) == [
        (2, "refused", "“mail” is not an e-mail address; “visits” is not a number."),
        (3, "refused", "Nothing says who it is: all identifiers are empty."),
        (4, "refused", "The row has 9 cells, the header 8."),
    ]


def test_a_second_row_of_one_contact_is_refused(workspace: Workspace, alice: User) -> None:
    made, found = put_in(workspace, csv_of(HEADERS, ADA, ("u7", "ADA@firm.test", "Eve", "", "", "", "", "")), alice)
    assert found == {"new": 1, "refused": 1}
    assert reasons(made) == [(3, "refused", "It names the same e-mail address as row 2, which counts.")]
    assert stored(workspace)["ada@firm.test"]["first_name"] == "Ada"


def test_an_address_of_another_contact_is_a_warning_and_stays_there(workspace: Workspace, alice: User) -> None:
    put_in(workspace, csv_of(HEADERS, ADA, BEA), alice)
    raw = csv_of(("id", "mail", "role"), ("u1", "bea@firm.test", "CEO"))
    made, found = put_in(workspace, raw, alice)
    assert found == {"updated": 1, "warnings": 1}
    assert [(row, result) for row, result, _ in reasons(made)] == [(2, "warning")]
    assert stored(workspace)["ada@firm.test"]["email"] == "ada@firm.test"
    assert put_in(workspace, raw, alice)[1] == {"unchanged": 1, "warnings": 1}


def test_empty_cells_leave_what_is_there_unless_they_are_to_clear_it(workspace: Workspace, alice: User) -> None:
    put_in(workspace, csv_of(HEADERS, ADA), alice)
    raw = csv_of(("id", "first", "role"), ("u1", "", "Select"))
    assert put_in(workspace, raw, alice)[1] == {"unchanged": 1}
    assert put_in(workspace, raw, alice, {**CONTACTS, "empty": "clear"})[1] == {"updated": 1}
    assert (stored(workspace)["ada@firm.test"]["job_title"], stored(workspace)["ada@firm.test"]["first_name"]) == (None, None)
    assert put_in(workspace, raw, alice, {**CONTACTS, "empty": "clear"})[1] == {"unchanged": 1}


def test_an_import_outranks_browsers(workspace: Workspace, alice: User, send: Send) -> None:
    put_in(workspace, csv_of(HEADERS, ADA), alice)
    send({"type": "identify", "userId": "u1", "messageId": "1", "traits": {"firstName": "Eve", "city": "Oslo"}}, source=0)
    assert (stored(workspace)["ada@firm.test"]["first_name"], stored(workspace)["ada@firm.test"]["city"]) == ("Ada", "Oslo")


def test_contacts_are_scored_with_cause_import_and_nobody_is_told(workspace: Workspace, alice: User) -> None:
    publish(workspace, {**DOCUMENT, "stages": [{"key": "cold", "name": "Cold", "threshold": 10, "notify": ["team:marketing"]}]})
    put_in(workspace, csv_of(HEADERS, ADA), alice)
    with workspace_scope(workspace.id):
        contact = Contact.objects.get(workspace=workspace)
        assert score_of(workspace, contact.id).points == 20
        assert list(StageChange.objects.filter(workspace=workspace).values_list("stage", "cause")) == [("cold", "import")]
        assert Message.objects.filter(workspace=workspace).count() == 0


class TestPastActivities:
    HEADERS = ("mail", "what", "when", "mid", "url")

    def rows(self, now: datetime) -> list[tuple[str, ...]]:
        return [
            ("ada@firm.test", "Demo Requested", (now - timedelta(hours=2)).isoformat(), "", ""),
            ("ada@firm.test", "Page Viewed", (now - timedelta(days=3)).isoformat(), "own-1", "https://x.test/pricing"),
            ("bea@firm.test", "Page Viewed", (now - timedelta(days=401)).isoformat(), "", ""),
        ]

    def test_they_are_scored_and_nobody_is_told(self, workspace: Workspace, alice: User, now: datetime) -> None:
        publish(workspace, DOCUMENT)
        made, found = put_in(workspace, csv_of(self.HEADERS, *self.rows(now)), alice, ACTIVITIES, "activities")
        assert found == {"new": 2, "refused": 1, "new_contacts": 1}
        assert reasons(made) == [(4, "refused", "It happened more than 400 days ago; activities are not kept so long.")]
        with workspace_scope(workspace.id):
            contact = Contact.objects.get(workspace=workspace)
            assert (contact.email, score_of(workspace, contact.id).points) == ("ada@firm.test", 65)
            kinds = Activity.objects.filter(workspace=workspace).order_by("kind").values_list("kind", flat=True)
            assert list(kinds) == ["identify", "track", "track"]
            assert set(StageChange.objects.filter(workspace=workspace).values_list("cause", flat=True)) == {"import"}
            assert Message.objects.filter(workspace=workspace).count() == 0

    def test_the_same_file_again_counts_nothing(self, workspace: Workspace, alice: User, now: datetime) -> None:
        raw = csv_of(self.HEADERS, *self.rows(now))
        put_in(workspace, raw, alice, ACTIVITIES, "activities")
        before = calls(workspace)
        assert put_in(workspace, raw, alice, ACTIVITIES, "activities")[1] == {"unchanged": 2, "refused": 1}
        assert calls(workspace) == before

    def test_rows_that_say_the_same_count_once(self, workspace: Workspace, alice: User, now: datetime) -> None:
        row = self.rows(now)[0]
        assert put_in(workspace, csv_of(self.HEADERS, row, row), alice, ACTIVITIES, "activities")[1] == {
            "new": 1, "unchanged": 1, "new_contacts": 1,
        }  # fmt: skip

    def test_a_check_tells_repetitions_the_future_and_who_is_new_as_the_run_does(
        self, workspace: Workspace, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "RANGE", 2)
        put_in(workspace, csv_of(("mail",), ("ada@firm.test",)), alice)
        ada, viewed, _ = self.rows(now)
        cy = ("cy@firm.test", "Demo Requested", (now + timedelta(days=900)).isoformat(), "", "")
        raw = csv_of(self.HEADERS, ada, viewed, cy, ada, viewed, cy, ("dee@firm.test", *viewed[1:3], "own-2", ""))
        made = store(workspace, raw, alice, "activities")
        expected = {"new": 4, "unchanged": 3, "warnings": 1, "new_contacts": 2}
        assert check(workspace, made, alice, ACTIVITIES) == expected
        assert reasons(made) == [(4, "warning", "It is dated in the future, and will count as of the import.")]
        with workspace_scope(workspace.id):
            job = importing.run(made, by=alice)
        work(workspace, job)
        assert counts(made) == expected
        with workspace_scope(workspace.id):
            assert Contact.objects.filter(workspace=workspace).count() == 3


NAMES = {"columns": {"id": {"to": "user_id"}, "mail": {"to": "email"}, "first": {"to": "trait", "name": "first_name"}}}


def many(count: int) -> bytes:
    return csv_of(("id", "mail", "first"), *((f"u{n}", f"p{n}@firm.test", f"N{n}") for n in range(count)))


def test_a_run_that_is_interrupted_goes_on_where_it_was(workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "RANGE", 10)
    made = store(workspace, many(25), alice)
    with workspace_scope(workspace.id):
        job = importing.run(made, NAMES, by=alice)
    assert [importing.advance(workspace.id, job.id) for _ in range(2)] == [True, True]

    def dies() -> datetime:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.advance(workspace.id, job.id, dies)
    with workspace_scope(workspace.id):
        job.refresh_from_db()
        assert (job.done, Contact.objects.filter(workspace=workspace).count(), job.result["new"]) == (10, 10, 10)
    work(workspace, job)
    assert counts(made) == {"new": 25}
    with workspace_scope(workspace.id):
        assert (Contact.objects.filter(workspace=workspace).count(), Activity.objects.filter(workspace=workspace).count()) == (25, 25)
        assert Job.objects.get(id=job.id).result["new"] == 25


def test_one_that_stopped_can_be_run_again(workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "RANGE", 10)
    made = store(workspace, many(15), alice)
    with workspace_scope(workspace.id):
        job = importing.run(made, NAMES, by=alice)
    importing.advance(workspace.id, job.id)
    importing.advance(workspace.id, job.id)
    importing.give_up(workspace.id, job.id, ValueError("no"))
    with workspace_scope(workspace.id):
        job.refresh_from_db()
        assert (job.state, job.error) == ("failed", "The import stopped: ValueError: no")
        again = importing.run(made, by=alice)
    work(workspace, again)
    assert counts(made) == {"new": 5, "unchanged": 10}
    assert calls(workspace) == 15


def test_statements_of_a_range_do_not_grow_with_its_rows(workspace: Workspace, alice: User) -> None:
    found = []
    for count in (5, 50):
        made = store(workspace, many(count), alice)
        with workspace_scope(workspace.id):
            job = importing.run(made, NAMES, by=alice)
        importing.advance(workspace.id, job.id)
        with CaptureQueriesContext(connection) as captured:
            importing.advance(workspace.id, job.id)
        found.append(len(captured))
        with workspace_scope(workspace.id):
            assert counts(made)["new"] == count - (5 if count == 50 else 0)
    assert found[0] == found[1]


def test_the_file_is_dropped_when_it_was_imported_and_its_faulty_rows_later(workspace: Workspace, alice: User) -> None:
    made, _ = put_in(workspace, csv_of(HEADERS, ADA, ("", "", "Cy", "", "", "", "", "")), alice)
    with workspace_scope(workspace.id):
        assert [(bytes(one.rows), bool(one.faults)) for one in ImportChunk.objects.filter(workspace=workspace)] == [(b"", True)]
    imports.purge(workspace.id, clock.now())
    with workspace_scope(workspace.id):
        assert ImportChunk.objects.filter(workspace=workspace).count() == 0
        assert Import.objects.get(id=made.id).state == ImportState.DONE


def test_a_file_that_waited_too_long_is_discarded(workspace: Workspace, alice: User) -> None:
    made = store(workspace, csv_of(HEADERS, ADA), alice)
    imports.purge(workspace.id, clock.now() - imports.KEPT)
    with workspace_scope(workspace.id):
        assert ImportChunk.objects.filter(workspace=workspace).count() == 1
    imports.purge(workspace.id, clock.now())
    with workspace_scope(workspace.id):
        assert (ImportChunk.objects.filter(workspace=workspace).count(), Import.objects.get(id=made.id).state) == (0, ImportState.DISCARDED)


def test_erasing_a_contact_takes_its_rows_out_of_kept_files(workspace: Workspace, alice: User) -> None:
    put_in(workspace, csv_of(HEADERS, ADA, BEA), alice)
    waiting = store(workspace, csv_of(HEADERS, ADA, BEA), alice)
    faulty, _ = put_in(workspace, csv_of(("id", "mail", "visits"), ("u1", "", "many"), ("u2", "", "few")), alice)
    with workspace_scope(workspace.id):
        erased = Identifier.objects.get(workspace=workspace, value="u1").contact_id
        erasing.erase(workspace, erased, by=alice)
        assert [cells[0] for _, cells in imports.first_rows(waiting)] == ["u2"]
    assert [row for row, _, _ in reasons(faulty)] == [3]


def test_an_import_is_begun_once(workspace: Workspace, alice: User) -> None:
    made = store(workspace, csv_of(HEADERS, ADA), alice)
    check(workspace, made, alice)
    with workspace_scope(workspace.id):
        importing.run(made, by=alice)
        with pytest.raises(importing.NotReady):
            importing.run(made, by=alice)
        with pytest.raises(importing.NotReady):
            importing.check(made, CONTACTS, by=alice)
        with pytest.raises(imports.CannotDiscard):
            imports.discard(made, by=alice)
