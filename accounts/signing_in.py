"""The forms and words of allauth's pages, in the design language: labels instead of placeholders, errors at the field, short help."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django import forms
from django.http import HttpRequest

from accounts.models import User

CHOOSING_HELP = "At least 8 characters, not only digits, and not one of the common ones."


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own, with our words."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account was switched off. Ask whoever runs this leadscore.",
        "duplicate_email": "This address is already yours.",
        "email_password_mismatch": "This e-mail and password do not fit together.",
        "email_taken": "There is an account with this e-mail already. Sign in instead.",
        "enter_current_password": "This is not your present password.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many tries for this e-mail. Wait five minutes, or set a new password.",
        "rate_limited": "Too many tries. Wait a few minutes.",
    }

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The main address is the one that signs in and is told things: it is replaced, not removed."""
        return not email_address.primary


class _Quiet(forms.Form):
    """Takes away placeholders that repeat the label, and names what allauth names otherwise."""

    labels: ClassVar[dict[str, str]] = {}
    help_texts: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, "")


class SignInForm(_Quiet, allauth_forms.LoginForm):
    labels: ClassVar = {"login": "E-mail", "remember": "Keep me signed in on this device"}

    def clean(self) -> dict[str, Any] | None:
        """What does not fit together is said at the password, where it is mended."""
        try:
            return super().clean()
        except forms.ValidationError as refused:
            self.add_error("password", refused)
            return self.cleaned_data


class SignUpForm(_Quiet, allauth_forms.SignupForm):
    labels: ClassVar = {"email": "Work e-mail"}
    help_texts: ClassVar = {"password1": CHOOSING_HELP}
    field_order = ("name", "email", "password1")

    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ResetPasswordForm(_Quiet, allauth_forms.ResetPasswordForm):
    labels: ClassVar = {"email": "E-mail"}


class NewPasswordForm(_Quiet, allauth_forms.ResetPasswordKeyForm):
    labels: ClassVar = {"password1": "New password", "password2": "New password once more"}
    help_texts: ClassVar = {"password1": CHOOSING_HELP}


class ChangePasswordForm(_Quiet, allauth_forms.ChangePasswordForm):
    labels: ClassVar = {"oldpassword": "Present password", "password1": "New password", "password2": "New password once more"}
    help_texts: ClassVar = {"password1": CHOOSING_HELP}


class SetPasswordForm(_Quiet, allauth_forms.SetPasswordForm):
    labels: ClassVar = {"password1": "Password", "password2": "Password once more"}
    help_texts: ClassVar = {"password1": CHOOSING_HELP}


class AddEmailForm(_Quiet, allauth_forms.AddEmailForm):
    labels: ClassVar = {"email": "Another address"}


class ReauthenticateForm(_Quiet, allauth_forms.ReauthenticateForm):
    pass
