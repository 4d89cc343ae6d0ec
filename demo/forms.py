"""The one form of the pretend shop."""

from __future__ import annotations

from django import forms


class BookingForm(forms.Form):
    """Its autocomplete tokens tell browsers, and the snippet, what each field holds."""

    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="Work e-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    company = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    job_title = forms.CharField(label="Job title", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "organization-title"}))
    message = forms.CharField(label="What should the robots do?", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
