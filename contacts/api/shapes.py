"""Contacts as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Prefetch, QuerySet, Window
from django.db.models.functions import RowNumber
from rest_framework import serializers

from accounts.api import Person
from contacts.limits import MOST_EMAIL, MOST_IDENTIFIER, is_address
from contacts.models import Contact, Identifier, IdentifierKind
from contacts.trait_names import BUILT_IN, SNAKE_CASE, snake_case
from contacts.values import WHITE_SPACE
from leadscore.api.fields import IdField, ObjectField, Strict
from leadscore.api.problems import Fault, Invalid
from scoring.models import Score, VersionState

MOST_TRAITS = 500
MOST_LISTED, MOST_SHOWN = 100, 1_000  # identifiers of each kind, of a contact among others and of one alone
_LATEST = f"The latest {MOST_LISTED} of them in lists, {MOST_SHOWN:,} of one contact."


class CompanyName(serializers.Serializer[Any]):
    """A contact's company in short."""

    id = IdField()
    group_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()


class ScoreInShort(serializers.Serializer[Any]):
    """A score as of `computed_at`, by the published version."""

    scoring_type = serializers.CharField(source="version.scoring_type.key")
    version = serializers.IntegerField(source="version.number")
    points = serializers.IntegerField()
    grade = serializers.CharField(allow_null=True)
    stage = serializers.CharField(allow_null=True)
    computed_at = serializers.DateTimeField()


class ContactShown(serializers.Serializer[Any]):
    """A contact. `known`: has a userId or an e-mail address among its identifiers."""

    id = IdField()
    name = serializers.CharField()
    email = serializers.CharField(help_text="The trait, trimmed and in lower case; empty where there is none.")
    email_kind = serializers.CharField()
    user_ids = serializers.SerializerMethodField(help_text=_LATEST)
    emails = serializers.SerializerMethodField(help_text=_LATEST)
    anonymous_ids = serializers.SerializerMethodField(help_text=_LATEST)
    known = serializers.SerializerMethodField()
    traits = ObjectField()
    company = CompanyName(allow_null=True)
    owner = Person(allow_null=True)
    scores = ScoreInShort(many=True, source="live_scores")
    last_seen_at = serializers.DateTimeField(source="last_seen.at", allow_null=True, default=None)
    last_activity = serializers.CharField(source="last_seen.activity", allow_null=True, default=None)
    created_at = serializers.DateTimeField()
    recomputing = serializers.SerializerMethodField(help_text="A job moves the long history of a merge: points change, stages rest until it is done.")

    def get_recomputing(self, contact: Contact) -> bool:
        return contact.recomputing_since is not None

    def get_user_ids(self, contact: Contact) -> list[str]:
        return _named(contact, IdentifierKind.USER_ID)

    def get_emails(self, contact: Contact) -> list[str]:
        return _named(contact, IdentifierKind.EMAIL)

    def get_anonymous_ids(self, contact: Contact) -> list[str]:
        return _named(contact, IdentifierKind.ANONYMOUS_ID)

    def get_known(self, contact: Contact) -> bool:
        return contact.has_user_id or contact.has_email


class Warned(serializers.Serializer[Any]):
    """Something sent that was not taken, as the errors of a refusal name it."""

    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ContactSaved(ContactShown):
    """A contact as it is now, with what of the request was not taken."""

    warnings = Warned(many=True)


def _named(contact: Contact, kind: str) -> list[str]:
    return [one.value for one in contact.identifiers.all() if one.kind == kind]


def in_full(workspace_id: int, most: int) -> QuerySet[Contact]:
    """Contacts with all that `ContactShown` reads, in one query for each kind of thing; `most` identifiers of each kind."""
    scores = Score.objects.filter(workspace=workspace_id, version__state=VersionState.LIVE).select_related("version__scoring_type")
    return (
        Contact.objects.filter(workspace=workspace_id)
        .select_related("company", "owner", "last_seen")
        .prefetch_related(
            Prefetch("identifiers", _latest_identifiers(workspace_id, most)),
            Prefetch("scores", scores.order_by("version__scoring_type_id"), to_attr="live_scores"),
        )
    )


def _latest_identifiers(workspace_id: int, most: int) -> QuerySet[Identifier]:
    """A browser that forgets who it is gives a contact another anonymousId with each visit: there are tens of thousands of some."""
    place = Window(RowNumber(), partition_by=[F("contact"), F("kind")], order_by=F("id").desc())
    return Identifier.objects.filter(workspace=workspace_id).alias(place=place).filter(place__lte=most).order_by("id")


def listed(workspace_id: int, contact_ids: Sequence[int]) -> list[dict[str, Any]]:
    """These contacts, in the order given."""
    found = {contact.id: contact for contact in in_full(workspace_id, MOST_LISTED).filter(id__in=contact_ids)}
    kind = ContactShown()
    return [kind.to_representation(found[contact_id]) for contact_id in contact_ids if contact_id in found]


def shown(workspace_id: int, contact_id: int) -> dict[str, Any]:
    """One contact, which is there."""
    return ContactShown().to_representation(in_full(workspace_id, MOST_SHOWN).get(id=contact_id))


class TraitsField(ObjectField):
    """Traits by name; camelCase names of the Segment specification are taken in snake_case, null empties one."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        given = super().to_internal_value(data)
        faults = list(_trait_faults(given))
        if faults:
            raise Invalid(faults)
        named = {**snake_case(given)}
        if isinstance(named.get("email"), str):
            named["email"] = named["email"].strip().lower()
        return named


def _trait_faults(traits: Mapping[str, Any]) -> Sequence[Fault]:
    if len(traits) > MOST_TRAITS:
        return [Fault("traits", "length", f"At most {MOST_TRAITS} traits can be set at once.")]
    built_in = [name for name in traits if SNAKE_CASE.get(name, name) in BUILT_IN]
    faults = [Fault(f"traits.{name}", "built_in", "This is worked out by leadscore and cannot be set.") for name in built_in]
    if not _is_address_or_null(traits.get("email")):
        faults.append(Fault("traits.email", "invalid", "This is not an e-mail address."))
    return faults


def _is_address_or_null(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= MOST_EMAIL and bool(is_address(value.strip())))


class IdentifierField(serializers.CharField):
    """A text without white space around it; a number is not taken for one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_IDENTIFIER, required=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data.strip(WHITE_SPACE))


class ContactGiven(Strict):
    """A contact by its identifiers, at least one of them, with what is to be set."""

    user_id = IdentifierField()
    anonymous_id = IdentifierField()
    email = serializers.CharField(max_length=MOST_EMAIL, required=False)
    traits = TraitsField(required=False)

    def validate_email(self, value: str) -> str:
        if not is_address(value):
            raise serializers.ValidationError("This is not an e-mail address.", "invalid")
        return value.lower()

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        address = given.get("traits", {}).get("email")
        if given.get("email") and address and address != given["email"]:
            raise Invalid([Fault("traits.email", "contradiction", "This is another address than `email`.")])
        if address:
            given["email"] = address
        if not any(given.get(name) for name in ("user_id", "anonymous_id", "email")):
            raise serializers.ValidationError("Give a user_id, an email or an anonymous_id.", "required")
        return given


class ContactChanged(Strict):
    """`traits` are set one by one, the others stay; `owner` is a member's id, null for nobody."""

    traits = TraitsField(required=False)
    owner = IdField(required=False, allow_null=True)
