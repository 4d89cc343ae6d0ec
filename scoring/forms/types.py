"""Making a scoring type, and publishing it."""

from __future__ import annotations

from django import forms

from scoring.document_problems import MOST_NAME
from scoring.publishing import MOST_NOTE


class TypeForm(forms.Form):
    name = forms.CharField(max_length=MOST_NAME, help_text="Such as New leads, Partners or Returning customers.")


class PublishForm(forms.Form):
    note = forms.CharField(
        max_length=MOST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="For colleagues who look at the versions later."
    )
    summary = forms.BooleanField(required=False, label="Send each recipient one summary")

    @property
    def notify(self) -> str:
        """As publishing takes it."""
        return "summary" if self.cleaned_data["summary"] else "none"
