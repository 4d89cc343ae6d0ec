"""Making a scoring type, and publishing it."""

from __future__ import annotations

from django import forms


class TypeForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="Such as New leads, Partners or Returning customers.")


class PublishForm(forms.Form):
    note = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="For colleagues who look at the versions later."
    )
    summary = forms.BooleanField(required=False, label="Send each recipient one summary")

    @property
    def notify(self) -> str:
        """As publishing takes it."""
        return "summary" if self.cleaned_data["summary"] else "none"
