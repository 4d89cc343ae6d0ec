"""Forms of the account and settings pages. They check what was typed; deeds check what may be done."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError

from accounts import origins
from accounts.models import Key, KeyKind, Membership, Role, Team, Workspace

SCOPE_WORDS = {
    "track": "Track: send server calls",
    "read": "Read: everything a viewer sees",
    "write": "Write: contacts and scoring types",
    "admin": "Administer: also teams, members and settings",
}
ROLE_WORDS = {
    Role.VIEWER: "sees everything",
    Role.SALES: "takes over and assigns leads",
    Role.MARKETER: "edits contacts and scoring",
    Role.ADMIN: "also members, teams, keys",
    Role.OWNER: "also deletes, names owners",
}


def zones() -> list[tuple[str, str]]:
    """Places first, by name; the rest of the time zone database is aliases of them."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


def roles(*, owners: bool) -> list[tuple[str, str]]:
    """Choices of a role, the least first, each with what it adds; `owners`: with owner among them."""
    return [(role.value, f"{role.label}: {ROLE_WORDS[role]}") for role in Role if owners or role != Role.OWNER]


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A workspace's name and the time zone its days are counted in."""

    time_zone = forms.ChoiceField(choices=zones, help_text="Days, weeks and dates in messages follow it.")

    class Meta:
        model = Workspace
        fields = ["name", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.instance.time_zone
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        if current not in dict(zones()):  # an alias that came through the command
            field.choices = [(current, current), *zones()]


class DeleteForm(forms.Form):
    """Asks for the workspace's address, typed."""

    typed = forms.CharField(max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, slug: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slug = slug
        self.fields["typed"].label = f"Type {slug} to delete it"

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed != self.slug:
            raise ValidationError(f"This is not {self.slug}. Nothing was deleted.")
        return typed


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(initial=Role.SALES)

    def __init__(self, *args: Any, owners: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = roles(owners=owners)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class TeamForm(forms.Form):
    name = forms.CharField(max_length=100)


class TeamMembersForm(forms.Form):
    """A team's name, and who is in it, out of the workspace's members."""

    name = forms.CharField(max_length=100)
    members = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"name": team.name, "members": list(team.members.values_list("user_id", flat=True))}
        memberships = Membership.objects.filter(workspace=team.workspace_id).select_related("user").order_by("user__name", "user__email")
        field = self.fields["members"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(membership.user_id, f"{membership.user} ({membership.get_role_display()})") for membership in memberships]


class KeyForm(forms.Form):
    """A new key. A write key has no choice of scopes."""

    name = forms.CharField(max_length=100, help_text="Where it will be used, such as Website or CRM sync.")
    kind = forms.ChoiceField(choices=KeyKind.choices, initial=KeyKind.WRITE, widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(
        choices=list(SCOPE_WORDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Of a secret key. A write key sends calls and may nothing else.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == KeyKind.SECRET and not cleaned.get("scopes") and "scopes" not in self.errors:
            self.add_error("scopes", "Choose what the key may do.")
        return cleaned


class KeyEditForm(forms.Form):
    """A key's name and rate, and for a write key the origins that pages may send from, one a line."""

    name = forms.CharField(max_length=100)
    requests_per_second = forms.IntegerField(min_value=1, help_text="Calls above this are answered 429; SDKs repeat them.")
    allowed_origins = forms.CharField(
        required=False,
        max_length=origins.MOST * 300,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "placeholder": "https://shop.example\nhttps://*.example.com"}),
        help_text=f"One a line, at most {origins.MOST}. https://*.example.com stands for all its subdomains. Empty: pages of any site may send.",
    )

    def __init__(self, *args: Any, key: Key, **kwargs: Any) -> None:
        rate, listed = key.requests_per_second, "\n".join(key.allowed_origins)
        kwargs["initial"] = {"name": key.name, "requests_per_second": rate, "allowed_origins": listed}
        super().__init__(*args, **kwargs)
        if key.kind != KeyKind.WRITE:
            del self.fields["allowed_origins"]

    def clean_allowed_origins(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["allowed_origins"].splitlines() if line.strip()]
        read, problems = origins.read(lines)
        if problems:
            raise ValidationError([f"{lines[place][:100]}: {words}" for place, words in problems.items()])
        return read
