"""The demo's ninety days, replayed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F

from accounts.models import AuditEntry, Membership, Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Company, Contact
from demo import company, loading
from demo.journeys import DAYS
from leadscore.sql import fetch
from notifications.models import Attempt, Message
from scoring.due import bring_up_to_date
from scoring.models import Score, ScoringType, StageChange, Standing
from tests.demo.conftest import NOW

pytestmark = pytest.mark.django_db
START = NOW - timedelta(days=DAYS + 1)


@pytest.fixture
def demo(loaded):
    """Inside the workspace's scope."""
    with workspace_scope(loaded.id):
        yield loaded


def people_in(stage: str | None, key: str = "new-leads") -> int:
    return Standing.objects.filter(scoring_type__key=key, stage=stage).count()


def test_it_is_a_company_with_people_in_roles_and_teams(demo):
    assert (demo.slug, demo.name) == ("northwind", "Northwind Robotics")
    roles = dict(Membership.objects.filter(workspace=demo).values_list("user__email", "role"))
    assert roles == {one.email: one.role for one in (company.OWNER, *company.COLLEAGUES)}
    teams = {team.key: set(team.members.values_list("user__name", flat=True)) for team in demo.teams.all()}
    assert teams == {"marketing": {"Lena Hartmann", "Nora Lindqvist"}, "sales": {"Jonas Weber", "Priya Nair", "Tom Becker"}}


def test_its_scoring_types_have_been_live_since_before_the_first_visit(demo):
    live = ScoringType.objects.filter(published__state="live", published__live_at=START, published__created_at=START)
    assert sorted(live.values_list("key", flat=True)) == ["new-leads", "partners", "returning-customers"]


def test_it_has_300_contacts_some_anonymous_and_the_known_ones_with_companies(demo):
    contacts = Contact.objects.filter(merged_into=None)
    assert contacts.count() == 300
    assert 80 <= contacts.filter(email="").count() <= 120
    assert contacts.exclude(email="").values("name").distinct().count() == contacts.exclude(email="").count()
    assert Company.objects.count() >= 40
    assert contacts.filter(company__isnull=False).count() >= 120


def test_stages_are_as_uneven_as_in_life(demo):
    none, cold, hot, mql = people_in(None), people_in("cold"), people_in("hot"), people_in("mql")
    assert none + cold + hot + mql == 300
    assert none > cold >= hot > mql
    assert 14 <= mql <= 30
    assert people_in("qualified", "partners") > 0 < people_in("growing", "returning-customers")


def test_some_fell_back_when_what_they_did_expired_and_at_the_instant_it_did(demo):
    fallen = StageChange.objects.filter(direction="left", stage="mql", cause="time")
    assert fallen.count() >= 5
    expiries = "SELECT count(*) FROM scoring_stagechange c WHERE direction = 'left' AND cause = 'time' AND EXISTS (\
        SELECT FROM scoring_award a WHERE a.contact_id = c.contact_id AND a.version_id = c.version_id AND a.expires_at = c.at)"
    assert fetch(expiries) == [(StageChange.objects.filter(direction="left", cause="time").count(),)]


def test_stage_changes_lie_where_they_would_have_been(demo):
    """Each within seconds of the activity that caused it, and none at the hour of the loading."""
    late = """SELECT count(*) FROM scoring_stagechange c WHERE cause IN ('activity', 'profile') AND NOT EXISTS (
        SELECT FROM contacts_activity a WHERE a.contact_id = c.contact_id AND a.received_at BETWEEN c.at - interval '5 seconds' AND c.at)"""
    assert fetch(late) == [(0,)]
    assert not StageChange.objects.exclude(at__gte=START, at__lte=NOW).exists()
    assert not StageChange.objects.filter(cause__in=["model", "import"]).exists()


def test_messages_were_kept_when_they_were_due_and_nothing_was_sent(demo, mailoutbox):
    assert set(Message.objects.values_list("state", flat=True)) == {"kept"}
    assert not Message.objects.exclude(finished_at=F("created_at")).exists()
    assert not Message.objects.exclude(created_at__gte=START, created_at__lte=NOW).exists()
    assert not Message.objects.filter(subject="").exists()
    assert not Attempt.objects.exists()
    assert mailoutbox == []


def test_cold_leads_tell_nobody_and_the_others_tell_their_team(demo):
    told = dict(Message.objects.filter(scoring_type_name="New leads").values_list("stage").annotate(Count("recipient", distinct=True)))
    assert told.keys() == {"hot", "mql"}
    assert told["hot"] == 2
    assert told["mql"] >= 3


def test_nothing_is_left_for_a_worker_to_do(demo):
    assert fetch("SELECT count(*) FROM tracking_inbox") == [(0,)]
    assert fetch("SELECT count(*) FROM tracking_rejected") == [(0,)]
    assert fetch("SELECT count(*) FROM accounts_job WHERE state <> 'done'") == [(0,)]
    before = list(Score.objects.order_by("version_id", "contact_id").values_list("points", "stage"))
    while bring_up_to_date(demo.id, lambda: NOW):
        pass
    assert list(Score.objects.order_by("version_id", "contact_id").values_list("points", "stage")) == before


def test_sellers_have_taken_leads_and_the_log_says_when(demo):
    taken = Contact.objects.filter(owner__isnull=False)
    assert taken.count() >= 20
    assert set(taken.values_list("owner__email", flat=True)) == set(company.SELLERS)
    assert AuditEntry.objects.filter(action="contact.owned", at__lte=NOW).count() >= taken.count()


def test_activities_spread_over_the_ninety_days(demo):
    weeks = Activity.objects.values_list("occurred_at__week").annotate(Count("id"))
    assert len(weeks) >= 12
    assert min(number for _, number in weeks) > 0
    assert not Activity.objects.exclude(occurred_at__gte=START, occurred_at__lte=NOW).exists()


def test_a_second_loading_changes_nothing(loaded):
    assert loading.load(NOW + timedelta(hours=1), "another password", lambda reached: None) is False
    assert Workspace.objects.filter(slug__startswith="northwind").count() == 1


def test_it_refuses_to_load_where_it_is_no_demo(settings):
    assert settings.DEMO_MODE is False
    with pytest.raises(CommandError, match="in demo mode only"):
        call_command("load_demo")


def test_it_tells_how_to_sign_in(loaded, settings, capsys):
    settings.DEMO_MODE = True
    call_command("load_demo")
    said = capsys.readouterr().out
    assert f"sign in     {settings.SITE_URL}/  as demo@leadscore.example, password as you changed it" in said
    assert f"{settings.SITE_URL}/demo/" in said
