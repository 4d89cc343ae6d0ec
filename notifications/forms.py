"""What the log of messages can be asked for, and a new outside address."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Workspace
from notifications.log import STATES, Wanted
from scoring.models import ScoringType


class LogFilterForm(forms.Form):
    """Filters in the address. What is wrong there filters nothing."""

    state = forms.ChoiceField(choices=[(state, state.capitalize()) for state in STATES], required=False, widget=forms.HiddenInput)
    recipient = forms.CharField(
        max_length=254,
        required=False,
        label="Recipient",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Recipient’s address", "autocomplete": "off"}),
    )
    type = forms.ModelChoiceField(
        ScoringType.objects.none(), required=False, to_field_name="key", label="Scoring type", empty_label="All scoring types"
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["type"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ScoringType.objects.filter(workspace=workspace).only("key", "name").order_by("name", "id")

    def wanted(self) -> Wanted:
        self.is_valid()
        chosen = self.cleaned_data.get("type")
        return Wanted(
            state=self.cleaned_data.get("state", ""),
            scoring_type_id=chosen.id if chosen else None,
            recipient=self.cleaned_data.get("recipient", ""),
        )


class AddressForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        label="E-mail address",
        help_text="A mail asks it to confirm. Messages name contacts, so add only whom you trust with that.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
