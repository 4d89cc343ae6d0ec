"""Every route of the product, and who may do what there. `test_strangers.py` tries each as a stranger, a viewer and signed out.

A new route fails the suite until it has an entry here, under the name that `reverse` knows it by ("app:name"):

    "contacts:edit": page(get="contacts", post="contacts", contact_id="contact.id"),
    "api:contact-list": api(get="read", post="contacts"),

- `page`: under /w/<workspace>/. Each method names the right it needs (accounts.access.RIGHTS). Every further part of the path names the row
  of tests/tenancy/rows.py that fills it, as `row.attribute`; a part that no row decides is given literally as `literal("…")`.
- `api`: under /api/v1/, the same, by session and by key.
- `person`: needs somebody signed in, whoever it is.
- `operator`: for operators only.
- `public`: for everybody; says why.

A page that is asked for with GET must show the word that all rows carry, or the test that strangers do not see it would prove nothing.
One that shows none of them says `silent=True`; one that answers htmx alone says `fragment=True`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from tests.tenancy.rows import Rows

Kind = Literal["page", "api", "person", "operator", "public"]


@dataclass(frozen=True)
class Route:
    kind: Kind
    methods: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    fragment: bool = False

    def arguments(self, rows: Rows) -> dict[str, object]:
        """What fills the path, beside the workspace."""
        return {name: value_of(rows, source) for name, source in self.parts.items()}

    @property
    def names_a_row(self) -> bool:
        return any(not source.startswith(LITERAL) for source in self.parts.values())


LITERAL = "="


def literal(text: str) -> str:
    """A part of a path that is the same in every workspace."""
    return LITERAL + text


def value_of(rows: Rows, source: str) -> object:
    return source.removeprefix(LITERAL) if source.startswith(LITERAL) else attrgetter(source)(rows)


METHODS = ("get", "post", "put", "patch", "delete")


def page(*, silent: bool = False, fragment: bool = False, **methods_and_parts: str) -> Route:
    return _of_a_workspace("page", silent, fragment, methods_and_parts)


def api(*, silent: bool = False, **methods_and_parts: str) -> Route:
    return _of_a_workspace("api", silent, False, methods_and_parts)


def _of_a_workspace(kind: Kind, silent: bool, fragment: bool, given: Mapping[str, str]) -> Route:
    methods = {name: right for name, right in given.items() if name in METHODS}
    parts = {name: source for name, source in given.items() if name not in METHODS}
    return Route(kind, methods, parts, silent, fragment)


def person(*methods: str) -> Route:
    return Route("person", dict.fromkeys(methods or ("get",), ""))


def operator() -> Route:
    return Route("operator", {"get": ""})


def public(why: str) -> Route:
    assert why
    return Route("public")


ROUTES: dict[str, Route] = {
    # leadscore
    "favicon": public("an icon"),
    "snippet": public("every visitor of every site loads it"),
    "web_sdk": public("every visitor of every site loads it; the same whatever key is named"),
    "web_sdk_part": public("a part of that script"),
    "status": public("its own test says what it shows to whom"),
    "metrics": public("answers a token, and says nothing of any workspace"),
    "admin:*": operator(),
    # demo
    "demo:home": public("a pretend site, in demo mode alone"),
    "demo:products": public("a pretend site, in demo mode alone"),
    "demo:pricing": public("a pretend site, in demo mode alone"),
    "demo:customer": public("a pretend site, in demo mode alone"),
    "demo:white_papers": public("a pretend site, in demo mode alone"),
    "demo:white_paper": public("a pretend site, in demo mode alone"),
    "demo:careers": public("a pretend site, in demo mode alone"),
    "demo:book": public("a pretend site, in demo mode alone"),
    "demo:thanks": public("a pretend site, in demo mode alone"),
    # signing in and up
    "account_login": public("the way in"),
    "account_signup": public("the way in"),
    "account_inactive": public("says that an account was switched off"),
    "account_confirm_login_code": public("part of signing in"),
    "account_email_verification_sent": public("says that a mail was sent"),
    "account_confirm_email": public("the link of a mail; knowing it is the right"),
    "account_reset_password": public("for those who cannot sign in"),
    "account_reset_password_done": public("says that a mail was sent"),
    "account_reset_password_from_key": public("the link of a mail; knowing it is the right"),
    "account_reset_password_from_key_done": public("says that a password was set"),
    "account_logout": public("signed out already, it leads to the sign-in page"),
    "account_reauthenticate": person(),
    "account_email": person(),
    "account_change_password": person(),
    "account_set_password": person(),
    # accounts
    "accounts:start": person(),
    "accounts:switch": person(),
    "accounts:new": person("get", "post"),
    "accounts:invitation": public("the link of a mail; accepting needs the invited address"),
    "accounts:settings": page(get="read", post="settings", silent=True),
    "accounts:delete": page(post="delete_workspace"),
    "accounts:members": page(get="read", post="members"),
    "accounts:role": page(post="members", user_id="member.id"),
    "accounts:remove": page(post="members", user_id="member.id"),
    "accounts:leave": page(post="read"),
    "accounts:revoke_invitation": page(post="members", invitation_id="invitation.id"),
    "accounts:teams": page(get="read", post="teams"),
    "accounts:team": page(get="teams", post="teams", key="team.key"),
    "accounts:delete_team": page(post="teams", key="team.key"),
    "accounts:keys": page(get="keys", post="keys"),
    "accounts:key": page(get="keys", post="keys", key_id="key.id"),
    "accounts:revoke_key": page(post="keys", key_id="key.id"),
    "accounts:install": page(get="read"),
    "accounts:audit": page(get="audit"),
    # contacts
    "contacts:list": page(get="read"),
    "contacts:add": page(get="contacts", post="contacts", silent=True),
    "contacts:profile": page(get="read", contact_id="contact.id"),
    "contacts:mark_bot": page(get="contacts", post="contacts", contact_id="contact.id", activity_id="activity.id"),
    "contacts:leave_to_rules": page(post="contacts", contact_id="contact.id", activity_id="activity.id"),
    "contacts:blamed": page(silent=True, fragment=True, get="read", contact_id="contact.id"),
    "contacts:bots": page(get="read", post="settings"),
    "contacts:edit": page(get="contacts", post="contacts", contact_id="contact.id"),
    "contacts:owner": page(get="assign", post="assign", contact_id="contact.id"),
    "contacts:claim": page(post="claim", contact_id="contact.id"),
    "contacts:adjust": page(get="adjust", post="adjust", contact_id="contact.id"),
    "contacts:recomputing": page(silent=True, fragment=True, get="read", contact_id="contact.id"),
    "contacts:merge": page(get="contacts", contact_id="contact.id"),
    "contacts:compare": page(get="contacts", post="contacts", contact_id="contact.id", other_id="twin.id"),
    "contacts:unmerge": page(post="contacts", contact_id="contact.id", other_id="twin.id"),
    "contacts:companies": page(get="read"),
    "contacts:company_add": page(get="contacts", post="contacts", silent=True),
    "contacts:company": page(get="read", company_id="company.id"),
    "contacts:company_edit": page(get="contacts", post="contacts", company_id="company.id"),
    "contacts:duplicates": page(get="read"),
    "contacts:dismiss": page(post="contacts", contact_id="contact.id", other_id="twin.id"),
    "contacts:erase": page(get="contacts", post="contacts", contact_id="contact.id"),
    "contacts:export": page(get="contacts"),
    "contacts:export_activities": page(get="contacts", contact_id="contact.id"),
    "contacts:import_start": page(get="contacts", post="contacts"),
    "contacts:import": page(get="contacts", import_id="imported.id"),
    "contacts:import_columns": page(get="contacts", post="contacts", import_id="imported.id"),
    "contacts:import_run": page(post="contacts", import_id="imported.id"),
    "contacts:import_discard": page(post="contacts", import_id="imported.id"),
    "contacts:import_errors": page(get="contacts", import_id="imported.id"),
    # notifications
    "home": page(get="read"),
    "guide": page(silent=True, get="read", name=literal("scoring")),
    "notifications:address": public("the link of a mail; knowing it is the right, and it names no contact"),
    "notifications:addresses": page(get="teams", post="teams"),
    "notifications:ask_address": page(post="teams", address_id="address.id"),
    "notifications:remove_address": page(post="teams", address_id="address.id"),
    "notifications:log": page(get="read"),
    "notifications:message": page(get="read", message_id="message.id"),
    "notifications:body": page(get="read", message_id="message.id"),
    "notifications:retry": page(post="scoring", message_id="message.id"),
    # tracking
    "tracking:stream": page(get="read"),
    "tracking:names": page(get="read"),
    "tracking:rejected": page(get="contacts"),
    "tracking:repeat": page(post="contacts", rejected_id="rejected.id"),
    "tracking:drop": page(post="contacts", rejected_id="rejected.id"),
    "tracking:drop_all": page(post="contacts"),
    # scoring
    "scoring:list": page(get="read", post="scoring"),
    "scoring:edit": page(get="read", key="scoring_type.key"),
    "scoring:settings": page(post="scoring", key="scoring_type.key"),
    "scoring:stages": page(post="scoring", key="scoring_type.key"),
    "scoring:groups": page(post="scoring", key="scoring_type.key"),
    "scoring:new_rule": page(get="scoring", post="scoring", key="scoring_type.key"),
    "scoring:rule": page(get="read", post="scoring", key="scoring_type.key", rule=literal("viewed")),
    "scoring:grade": page(get="read", post="scoring", key="scoring_type.key"),
    "scoring:undo": page(post="scoring", key="scoring_type.key"),
    "scoring:redo": page(post="scoring", key="scoring_type.key"),
    "scoring:compare": page(get="read", key="scoring_type.key"),
    "scoring:discard": page(post="scoring", key="scoring_type.key"),
    "scoring:import": page(get="scoring", post="scoring"),
    "scoring:starters": page(silent=True, get="scoring"),
    "scoring:starter": page(silent=True, get="scoring", post="scoring", starter=literal("matrix")),
    "scoring:duplicate": page(post="scoring", key="scoring_type.key"),
    "scoring:archive": page(post="scoring", key="scoring_type.key"),
    "scoring:restore": page(post="scoring", key="scoring_type.key"),
    "scoring:publish": page(get="scoring", post="scoring", key="scoring_type.key"),
    "scoring:cancel": page(post="scoring", key="scoring_type.key"),
    "scoring:progress": page(fragment=True, get="read", key="scoring_type.key"),
    "scoring:preview": page(get="read", post="scoring", key="scoring_type.key"),
    "scoring:facts": page(fragment=True, get="read", key="scoring_type.key"),
    "scoring:matches": page(fragment=True, silent=True, get="read", key="scoring_type.key"),
    "scoring:insight": page(post="scoring", key="scoring_type.key"),
    "scoring:health": page(get="read", key="scoring_type.key"),
    "scoring:try": page(get="read", post="read", key="scoring_type.key"),
    "scoring:export": page(get="read", key="scoring_type.key"),
    "scoring:versions": page(get="read", key="scoring_type.key"),
    "scoring:version": page(get="read", key="scoring_type.key", number=literal("1")),
    "scoring:restore_version": page(post="scoring", key="scoring_type.key", number=literal("1")),
    "scoring:export_version": page(get="read", key="scoring_type.key", number=literal("1")),
    # leadscore.api
    "api:openapi": public("describes the API, and says nothing of any workspace"),
    "api:docs": public("shows that description"),
    "api:scoring-type-schema": public("describes documents, and says nothing of any workspace"),
    "api:nothing": public("says that there is nothing at a path"),
    "api:scoring-type-list": api(get="read", post="scoring"),
    "api:scoring-type": api(get="read", put="scoring", delete="scoring", key="scoring_type.key"),
    "api:scoring-type-publish": api(post="scoring", delete="scoring", key="scoring_type.key"),
    "api:scoring-type-restore": api(post="scoring", key="scoring_type.key"),
    "api:scoring-type-preview": api(post="scoring", key="scoring_type.key"),
    "api:scoring-type-previewed": api(get="read", key="scoring_type.key", preview_id="preview.id"),
    "api:scoring-type-preview-moves": api(get="read", key="scoring_type.key", preview_id="preview.id"),
    "api:scoring-type-health": api(get="read", key="scoring_type.key"),
    "api:scoring-type-try": api(post="read", key="scoring_type.key"),
    "api:scoring-type-restore-version": api(post="scoring", key="scoring_type.key", number=literal("1")),
    "api:scoring-type-versions": api(silent=True, get="read", key="scoring_type.key"),
    "api:job": api(get="read", job_id="job.id"),
    "api:contact-list": api(get="read", post="contacts"),
    "api:contact": api(get="read", patch="assign", delete="contacts", contact_id="contact.id"),
    "api:contact-import": api(post="contacts"),
    "api:contact-import-errors": api(get="contacts", import_id="imported.id"),
    "api:contact-activities": api(get="read", contact_id="contact.id"),
    "api:contact-bot": api(get="read", post="contacts", delete="contacts", contact_id="contact.id", activity_id="activity.id"),
    "api:scanner-rule": api(get="read", patch="settings"),
    "api:contact-history": api(get="read", contact_id="contact.id"),
    "api:contact-scores": api(get="read", contact_id="contact.id"),
    "api:contact-adjustments": api(post="adjust", contact_id="contact.id"),
    "api:contact-merges": api(silent=True, get="read", contact_id="contact.id"),
    "api:contact-merge": api(post="contacts", contact_id="contact.id"),
    "api:contact-unmerge": api(post="contacts", contact_id="contact.id"),
    "api:company-list": api(get="read", post="contacts"),
    "api:company": api(get="read", patch="contacts", company_id="company.id"),
    "api:duplicate-list": api(get="read"),
    "api:duplicate-dismiss": api(post="contacts", duplicate_id="duplicate.id"),
    "api:member-list": api(silent=True, get="read"),
    "api:team-list": api(get="read", post="teams"),
    "api:team": api(get="read", patch="teams", delete="teams", key="team.key"),
    "api:key-list": api(get="keys", post="keys"),
    "api:key": api(get="keys", patch="keys", delete="keys", key_id="key.id"),
    "api:notification-list": api(get="read"),
    "api:notification": api(get="read", message_id="message.id"),
    "api:stage-change-list": api(get="read"),
    "api:tracking-status": api(silent=True, get="read"),
    "api:catalogue": api(get="read"),
    "api:rejected-call-list": api(get="contacts"),
    "api:rejected-call": api(get="contacts", delete="contacts", rejected_id="rejected.id"),
    "api:rejected-call-repeat": api(post="contacts", rejected_id="rejected.id"),
}
