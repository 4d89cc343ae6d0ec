"""Contacts: found, made, changed and erased."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import people
from contacts.api.lookup import contact_id_of
from contacts.api.shapes import ContactChanged, ContactGiven, ContactSaved, ContactShown, listed, shown
from contacts.identity import holders
from contacts.models import Identifier, IdentifierKind
from contacts.overtaking import OVERTAKEN
from leadscore.api.fields import MOST_ID, IdField
from leadscore.api.pages import CURSOR, Page, asked_size, bad_cursor
from leadscore.api.problems import invalid
from leadscore.api.resources import Listing, Resource
from scoring import editing, ranking
from scoring.api.lookup import live_version
from scoring.ranking import Place, Wanted
from scoring.versions import Active
from tracking import erasing

ORDERINGS: dict[str, ranking.Sort] = {"id": "id", "-created": "new", "-last_seen": "seen", "-points": "points"}
MOST_POINTS = 2**63 - 1


class ContactFilters(Listing):
    """Filters are joined by and."""

    email = serializers.CharField(max_length=254, required=False, help_text="An e-mail address among its identifiers.")
    user_id = serializers.CharField(max_length=255, required=False)
    anonymous_id = serializers.CharField(max_length=255, required=False)
    scoring_type = serializers.CharField(max_length=50, required=False, help_text="Key of a published scoring type: only contacts that it scores.")
    stage = serializers.CharField(max_length=50, required=False, help_text="Key of a stage of that type.")
    min_points = serializers.IntegerField(
        min_value=-MOST_POINTS, max_value=MOST_POINTS, required=False, help_text="At least so many points in that type."
    )
    company = IdField(required=False, help_text="A company's id.")
    owner = serializers.IntegerField(min_value=0, max_value=MOST_ID, required=False, help_text="A member's id; 0 for contacts that are nobody's.")
    q = serializers.CharField(max_length=200, required=False, help_text="Words that name, e-mail address or company begin with.")
    ordering = serializers.ChoiceField(
        list(ORDERINGS),
        required=False,
        error_messages={"invalid_choice": f"This must be one of {', '.join(ORDERINGS)}."},
        help_text="`-points` needs `scoring_type`. `-created`: the last made first. Without it, by id.",
    )


class ContactResource(Resource):
    rights = {"list": "read", "create": "contacts", "retrieve": "read", "partial_update": "assign", "destroy": "contacts"}
    again = OVERTAKEN

    @extend_schema(parameters=[ContactFilters], responses=ContactShown(many=True))
    def list(self, request: Request) -> Response:
        """The contacts of the workspace, those merged into others left out."""
        wanted = _wanted(self.workspace.id, self.query(ContactFilters))
        page = _page(self.workspace.id, wanted, request)
        return Response(page.body(request, listed(self.workspace.id, page.rows)))

    @extend_schema(request=ContactGiven, responses={201: ContactSaved, 200: OpenApiResponse(ContactSaved, "An existing contact was updated.")})
    def create(self, request: Request) -> Response:
        """Makes a contact, or updates the one that the identifiers name, as an identify call of a server would."""
        given = self.body(ContactGiven)
        named = {kind: given.get(kind) for kind in IdentifierKind.values}
        held = holders(self.workspace.id, {(kind, value) for kind, value in named.items() if value}).values()
        traits = given.get("traits", {})
        contact_id = editing.create_or_update(
            self.workspace, user_id=named["user_id"], email=named["email"], anonymous_id=named["anonymous_id"], traits=traits, by=self.by
        )
        taken = _taken(self.workspace.id, contact_id, named["email"], "email" if "email" in request.data else "traits.email")
        answer = {**shown(self.workspace.id, contact_id), "warnings": taken}
        return Response(answer, 200 if contact_id in held else 201)

    @extend_schema(responses=ContactShown)
    def retrieve(self, request: Request, contact_id: int) -> Response:
        """One contact."""
        return Response(shown(self.workspace.id, contact_id_of(request, self.workspace, contact_id)))

    @extend_schema(request=ContactChanged, responses=ContactShown)
    def partial_update(self, request: Request, contact_id: int) -> Response:
        """Sets traits (which needs the right “contacts” as well) and the owner."""
        contact_id_of(request, self.workspace, contact_id)
        given = self.body(ContactChanged)
        if "traits" in given:
            self.need("contacts")
            self._set_traits(contact_id, given["traits"])
        if "owner" in given:
            self._set_owner(contact_id, given["owner"])
        return Response(shown(self.workspace.id, contact_id))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, contact_id: int) -> Response:
        """Erases a contact and everything that was kept about it."""
        erasing.erase(self.workspace, contact_id_of(request, self.workspace, contact_id), by=self.by)
        return Response(status=204)

    def _set_traits(self, contact_id: int, traits: dict[str, Any]) -> None:
        try:
            editing.edit(self.workspace, contact_id, traits, by=self.by)
        except editing.AddressTaken as taken:
            raise invalid("traits.email", "taken", f"This address identifies contact {taken}.") from taken

    def _set_owner(self, contact_id: int, owner: int | None) -> None:
        try:
            editing.set_owner(self.workspace, contact_id, owner, by=self.by)
        except editing.NotAMember:
            raise invalid("owner", "unknown", "Only a member can own a contact.") from None


def _taken(workspace_id: int, contact_id: int, address: str | None, path: str) -> list[dict[str, str]]:
    """That the address stayed another contact's, where it did: whose a request is, is decided as for a call, which is not refused either."""
    holder = holders(workspace_id, [("email", address)]).get(("email", address)) if address else None
    if holder in (None, contact_id):
        return []
    message = f"This address identifies contact {holder} and stays its own. The two are listed as possible duplicates."
    return [{"path": path, "code": "taken", "message": message}]


def _wanted(workspace_id: int, given: dict[str, Any]) -> Wanted:
    version = _version(workspace_id, given)
    ids = [
        Identifier.objects.filter(workspace=workspace_id, kind=kind, value=given[kind].lower() if kind == "email" else given[kind])
        for kind in IdentifierKind.values
        if kind in given
    ]
    words = people.words(given.get("q", ""))
    holders = [set(query.values_list("contact_id", flat=True)) for query in ids]
    return Wanted(
        version_id=version.id if version else None,
        ranks=_ranks(version, given),
        min_points=given.get("min_points"),
        owner_id=given.get("owner"),
        company_id=given.get("company"),
        ids=() if "q" in given and not words else tuple(set.intersection(*holders)) if holders else None,
        words=tuple(words),
        sort=ORDERINGS[given.get("ordering", "id")],
    )


def _version(workspace_id: int, given: dict[str, Any]) -> Active | None:
    if "scoring_type" not in given:
        for name in ("stage", "min_points"):
            if name in given:
                raise invalid("scoring_type", "required", f"“{name}” needs it.")
        if given.get("ordering") == "-points":
            raise invalid("scoring_type", "required", "Ordering by points needs it.")
        return None
    return live_version(workspace_id, given["scoring_type"])


def _ranks(version: Active | None, given: dict[str, Any]) -> tuple[int, ...]:
    if version is None or "stage" not in given:
        return ()
    ranks = tuple(rank for rank, stage in enumerate(version.model.stages, start=1) if stage.key == given["stage"])
    if not ranks:
        raise invalid("stage", "unknown", "The scoring type has no stage with this key.")
    return ranks


def _page(workspace_id: int, wanted: Wanted, request: Request) -> Page:
    back, place = _cursor(request)
    found = ranking.page_of_ids(workspace_id, wanted, after=None if back else place, before=place if back else None, size=asked_size(request))
    return Page(
        found.ids,
        f"a.{found.next}" if found.next else None,
        f"b.{found.previous}" if found.previous else None,
    )


def _cursor(request: Request) -> tuple[bool, Place | None]:
    """Whether the page precedes the place; and the place."""
    text = request.query_params.get(CURSOR)
    if text is None:
        return False, None
    direction, _, rest = text.partition(".")
    place = Place.read(rest)
    if direction not in ("a", "b") or place is None:
        raise bad_cursor()
    return direction == "b", place
