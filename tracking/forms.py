"""What the event stream can be asked for."""

from __future__ import annotations

from django import forms

from contacts.models import Source
from tracking.stream import OUTCOMES, Wanted


class StreamForm(forms.Form):
    """Filters in the address. What is wrong there filters nothing."""

    event = forms.CharField(max_length=200, required=False, strip=False)
    source = forms.TypedChoiceField(
        choices=[("", "Browsers and servers"), *Source.choices], coerce=int, empty_value=None, required=False, label="Source"
    )
    outcome = forms.ChoiceField(choices=[("", "Any outcome"), *OUTCOMES.items()], required=False, label="Outcome")
    contact = forms.CharField(
        max_length=254,
        required=False,
        label="Contact",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Contact’s id or e-mail", "autocomplete": "off"}),
    )

    def wanted(self) -> Wanted:
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(asked.get("event", ""), asked.get("source"), asked.get("outcome", ""), asked.get("contact", ""))
