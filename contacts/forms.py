"""Forms of contacts. They check what was typed; deeds check what may be done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Membership, Workspace
from contacts.models import Contact
from scoring.adjusting import LONGEST_REASON, MOST_POINTS
from scoring.models import ScoringType

TRAITS = ("first_name", "last_name", "job_title", "phone", "city", "country")


class ContactForm(forms.Form):
    """What a person knows of a contact. A field left empty on an edit empties the trait."""

    email = forms.EmailField(label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    first_name = forms.CharField(max_length=100, required=False)
    last_name = forms.CharField(max_length=100, required=False)
    job_title = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=50, required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}))
    city = forms.CharField(max_length=100, required=False)
    country = forms.CharField(max_length=100, required=False)

    def __init__(self, *args: Any, contact: Contact | None = None, **kwargs: Any) -> None:
        if contact:
            kwargs["initial"] = {"email": contact.email, **{name: _text(contact.traits.get(name)) for name in TRAITS}}
        super().__init__(*args, **kwargs)
        self.taken_by: int | None = None  # the contact that the address given identifies already
        self.fields["email"].required = contact is None or bool(contact.email)

    def given(self) -> dict[str, str]:
        """The traits that something was typed for, without the address."""
        return {name: value for name in TRAITS if (value := self.cleaned_data[name])}

    def changes(self) -> dict[str, str | None]:
        """The fields that were changed; None for one that was emptied."""
        return {name: self.cleaned_data[name] or None for name in self.changed_data}


def _text(value: object) -> str:
    """A trait as a field shows it; what is no text or number cannot be edited as one."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


class OwnerForm(forms.Form):
    """Who takes care of a contact, out of the workspace's members."""

    owner = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.filter(workspace=workspace, user__is_active=True).select_related("user").order_by("user__name", "user__email")
        field = self.fields["owner"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "Nobody"), *((membership.user_id, str(membership.user)) for membership in members)]


class AdjustForm(forms.Form):
    """Points by hand in one of the workspace's scoring types."""

    scoring_type = forms.ModelChoiceField(ScoringType.objects.none(), to_field_name="key", empty_label=None)
    points = forms.IntegerField(min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text="Whole points; below zero takes them.")
    reason = forms.CharField(max_length=LONGEST_REASON, help_text="Stands on the profile, among the reasons for the score.")

    def __init__(self, *args: Any, types: QuerySet[ScoringType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scoring_type"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = types

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if points == 0:
            raise ValidationError("0 points change nothing.")
        return points


class SurvivorForm(forms.Form):
    """Which of two contacts survives a merge."""

    survivor = forms.TypedChoiceField(coerce=int, error_messages={"required": "Say which of the two is to be kept."})

    def __init__(self, *args: Any, contacts: tuple[Contact, Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["survivor"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(contact.id, str(contact)) for contact in contacts]


class EraseForm(forms.Form):
    """Asks for the contact's address, or its name, typed."""

    typed = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = contact.email or contact.name or "erase"
        self.fields["typed"].label = f"Type {self.wanted} to erase this contact"

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed.casefold() != self.wanted.casefold():
            raise ValidationError(f"This is not {self.wanted}. Nothing was erased.")
        return typed
