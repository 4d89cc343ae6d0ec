"""Members, teams, keys and jobs in the management API."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import keys, origins, ranges, teams
from accounts.access import SCOPES
from accounts.models import Job, JobState, Key, KeyKind, Membership, Role, Team, TeamMember, slug_validator
from leadscore import clock
from leadscore.api.fields import IdField, Strict, WholeField
from leadscore.api.pages import Order
from leadscore.api.problems import Fault, Invalid, invalid
from leadscore.api.resources import Listing, Resource

BY_ID = Order(("id",))
MOST_MEMBERS = 1_000


class Person(serializers.Serializer[Any]):
    """A person who uses the workspace."""

    id = IdField()
    name = serializers.CharField()
    email = serializers.EmailField()


class Member(serializers.Serializer[Any]):
    """A member of the workspace. `id` is the person's, which owners of contacts and members of teams are named by."""

    id = IdField(source="user_id")
    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")
    role = serializers.ChoiceField(Role.choices)
    created_at = serializers.DateTimeField()


class MemberResource(Resource):
    rights = {"list": "read"}

    @extend_schema(responses=Member(many=True))
    def list(self, request: Request) -> Response:
        """The workspace's members."""
        self.query(Listing)
        members = Membership.objects.filter(workspace=self.workspace).select_related("user")
        return self.paged(BY_ID.page(members, request), Member)


class TeamShown(serializers.Serializer[Any]):
    """A team; stages name it as `team:<key>`."""

    key = serializers.CharField()
    name = serializers.CharField()
    members = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(Person(many=True))
    def get_members(self, team: Team) -> list[dict[str, Any]]:
        return [Person().to_representation(one.user) for one in team.members.all()]


class TeamChanged(Strict):
    """`members` are ids of members of the workspace; given, they replace those of the team."""

    name = serializers.CharField(max_length=100, required=False)
    members = serializers.ListField(child=IdField(), max_length=MOST_MEMBERS, required=False)

    def validate_members(self, ids: list[int]) -> list[int]:
        known = set(Membership.objects.filter(workspace=self.context["workspace"], user__in=ids).values_list("user_id", flat=True))
        strangers = [place for place, user_id in enumerate(ids) if user_id not in known]
        if strangers:
            raise Invalid(Fault(f"members[{place}]", "unknown", "This is not the id of a member of the workspace.") for place in strangers)
        return ids


class TeamMade(TeamChanged):
    """Without a `key`, one is made from the name."""

    name = serializers.CharField(max_length=100)
    key = serializers.CharField(max_length=50, validators=[slug_validator], required=False)


def _name_taken() -> Invalid:
    return invalid("name", "taken", "The workspace has a team of this name.")


class TeamResource(Resource):
    rights = {"list": "read", "create": "teams", "retrieve": "read", "partial_update": "teams", "destroy": "teams"}

    @extend_schema(responses=TeamShown(many=True))
    def list(self, request: Request) -> Response:
        """The workspace's teams."""
        self.query(Listing)
        return self.paged(BY_ID.page(self._teams(), request), TeamShown)

    @extend_schema(request=TeamMade, responses={201: TeamShown})
    def create(self, request: Request) -> Response:
        """Makes a team."""
        given = self.body(TeamMade)
        try:
            team = teams.create_team(self.workspace, given["name"], self.by, clock.now(), key=given.get("key"))
        except teams.TeamExists:
            raise invalid("key", "taken", "The workspace has a team with this key.") from None
        except teams.NameTaken:
            raise _name_taken() from None
        teams.set_members(team, given.get("members", []), self.by)
        return Response(self._shown(team.key), 201)

    @extend_schema(responses=TeamShown)
    def retrieve(self, request: Request, key: str) -> Response:
        """One team."""
        return Response(self._shown(key))

    @extend_schema(request=TeamChanged, responses=TeamShown)
    def partial_update(self, request: Request, key: str) -> Response:
        """Renames a team, or says who is in it."""
        team, given = self._team(key), self.body(TeamChanged)
        if "name" in given:
            self._rename(team, given["name"])
        if "members" in given:
            teams.set_members(team, given["members"], self.by)
        return Response(self._shown(key))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Deletes a team. Stages that name it tell nobody in its place."""
        teams.delete_team(self._team(key), self.by)
        return Response(status=204)

    def _rename(self, team: Team, name: str) -> None:
        try:
            teams.rename_team(team, name, self.by)
        except teams.NameTaken:
            raise _name_taken() from None

    def _teams(self) -> QuerySet[Team]:
        joined = TeamMember.objects.select_related("user").order_by("user__email")
        return Team.objects.filter(workspace=self.workspace).prefetch_related(Prefetch("members", joined))

    def _team(self, key: str) -> Team:
        return get_object_or_404(self._teams(), key=key)

    def _shown(self, key: str) -> dict[str, Any]:
        return TeamShown().to_representation(self._team(key))


class KeyShown(serializers.Serializer[Any]):
    """A key, without its text."""

    id = IdField()
    kind = serializers.ChoiceField(KeyKind.choices)
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES)))
    requests_per_second = serializers.IntegerField()
    allowed_origins = serializers.ListField(child=serializers.CharField(), help_text="Of a write key; empty: its calls come from anywhere.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class KeyIssued(KeyShown):
    """A new key. Its text, `key`, is shown this one time."""

    key = serializers.CharField()


class KeyLimits(Strict):
    """How fast and from where a key's calls may come."""

    requests_per_second = WholeField(
        min_value=1, required=False, help_text=f"At most {keys.FASTEST:,}, or what an operator gave the key."
    )
    allowed_origins = serializers.ListField(
        child=serializers.CharField(max_length=300), max_length=origins.MOST, required=False,
        help_text="Of a write key, such as `https://shop.example` or `https://*.example.com`; none lets calls come from anywhere.",
    )  # fmt: skip

    def validate_allowed_origins(self, texts: list[str]) -> list[str]:
        read, problems = origins.read(texts)
        if problems:
            raise Invalid(Fault(f"allowed_origins[{place}]", "invalid", words) for place, words in problems.items())
        return read


class KeyWanted(KeyLimits):
    """`scopes` are of a secret key; a write key may only track."""

    kind = serializers.ChoiceField(KeyKind.choices)
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES)), max_length=len(SCOPES), required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["kind"] == KeyKind.SECRET and not given.get("scopes"):
            raise invalid("scopes", "required", "A secret key needs at least one scope.")
        if given["kind"] == KeyKind.WRITE and given.get("scopes", ["track"]) != ["track"]:
            raise invalid("scopes", "invalid", "A write key has the scope “track” alone.")
        return given


class KeyChanged(KeyLimits):
    """What is not given stays; `allowed_origins` replace those that the key has."""

    name = serializers.CharField(max_length=100, required=False)


class KeyResource(Resource):
    rights = {"list": "keys", "create": "keys", "retrieve": "keys", "partial_update": "keys", "destroy": "keys"}

    @extend_schema(responses=KeyShown(many=True))
    def list(self, request: Request) -> Response:
        """The workspace's keys, revoked ones included."""
        self.query(Listing)
        return self.paged(BY_ID.page(Key.objects.filter(workspace=self.workspace), request), KeyShown)

    @extend_schema(request=KeyWanted, responses={201: KeyIssued})
    def create(self, request: Request) -> Response:
        """Issues a key."""
        given = self.body(KeyWanted)
        kind, name, scopes = given.pop("kind"), given.pop("name"), given.pop("scopes", [])
        try:
            key, text = keys.issue(self.workspace, kind, name, scopes, self.by, clock.now(), **given)
        except keys.NotOfThisKey as refused:
            raise invalid(refused.field, "invalid", str(refused)) from None
        return Response({**KeyShown().to_representation(key), "key": text}, 201)

    @extend_schema(responses=KeyShown)
    def retrieve(self, request: Request, key_id: int) -> Response:
        """One key."""
        return Response(KeyShown().to_representation(self._key(key_id)))

    @extend_schema(request=KeyChanged, responses=KeyShown)
    def partial_update(self, request: Request, key_id: int) -> Response:
        """Renames a key that is not revoked, or says how fast and from where its calls may come; within 30 seconds the collector follows."""
        key, given = get_object_or_404(Key, workspace=self.workspace, id=key_id, revoked_at=None), self.body(KeyChanged)
        try:
            keys.edit(key, by=self.by, **given)
        except keys.NotOfThisKey as refused:
            raise invalid(refused.field, "invalid", str(refused)) from None
        return Response(KeyShown().to_representation(self._key(key_id)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, key_id: int) -> Response:
        """Revokes a key: from now on it is refused."""
        if not keys.revoke(self._key(key_id), self.by, clock.now()):
            raise Http404
        return Response(status=204)

    def _key(self, key_id: int) -> Key:
        return get_object_or_404(Key, workspace=self.workspace, id=key_id)


class JobShown(serializers.Serializer[Any]):
    """Long work: `done` of `total` so far, then its `result`, or in `error` why it ended."""

    id = IdField()
    kind = serializers.CharField()
    subject = serializers.CharField()
    state = serializers.ChoiceField(JobState.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    result = serializers.DictField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class JobResource(Resource):
    rights = {"retrieve": "read"}

    @extend_schema(responses=JobShown)
    def retrieve(self, request: Request, job_id: int) -> Response:
        """One job."""
        job = get_object_or_404(Job, workspace=self.workspace, id=job_id)
        job.done += ranges.count(self.workspace.id, job.id).done
        return Response(JobShown().to_representation(job))
