"""Forms of contacts. They check what was typed; deeds check what may be done."""

from __future__ import annotations

from dataclasses import asdict
from ipaddress import ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Membership, Workspace
from contacts.belonging import domain_key
from contacts.csv_cells import Unfit, number
from contacts.models import Company, Contact
from contacts.scanners import MOST_SECONDS, Settings
from contacts.values import text_of
from scoring.adjusting import LONGEST_REASON, MOST_POINTS
from scoring.models import ScoringType
from scoring.reclassifying import LONGEST_REASON as LONGEST_BOT_REASON

MOST_LINKS, MOST_AGENTS, MOST_NETWORKS = 50, 50, 200
COMPANY_TEXTS = ("name", "domain", "industry", "city", "country")
COMPANY_NUMBERS = ("employees", "revenue")
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


class MarkForm(forms.Form):
    """What a person says of an activity."""

    bot = forms.TypedChoiceField(label="Done by", coerce=lambda value: value == "yes", choices=[("yes", "A bot"), ("no", "A person")])
    reason = forms.CharField(
        max_length=LONGEST_BOT_REASON, required=False, label="Why", help_text="Stands on the timeline, beside the activity.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class ScannerForm(forms.Form):
    """What a workspace takes for a mail scanner."""

    on = forms.BooleanField(label="Look for mail scanners", required=False)
    links = forms.IntegerField(label="Different links of one e-mail", min_value=2, max_value=MOST_LINKS)
    seconds = forms.IntegerField(
        label="Followed within, seconds", min_value=0, max_value=MOST_SECONDS, help_text="Clicks and page views alike. 0 switches this off."
    )
    delivery_seconds = forms.IntegerField(
        label="Opened or clicked this soon after the delivery, seconds", min_value=0, max_value=MOST_SECONDS,
        help_text="Or before it: a guard at the gate looks first. 0 switches this off.",
    )  # fmt: skip
    agents = forms.CharField(
        label="Clicked by programs that call themselves", required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="A part of a user agent a line.",
    )  # fmt: skip
    networks = forms.CharField(
        label="Clicked from networks", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3, "placeholder": "203.0.113.0/24"}),
        help_text="One a line, such as a data centre’s; goes by context.ip of the call.",
    )  # fmt: skip

    @classmethod
    def of(cls, settings: Settings) -> ScannerForm:
        """The form as the settings fill it."""
        return cls(initial={**asdict(settings), "agents": "\n".join(settings.agents), "networks": "\n".join(settings.networks)})

    def clean_agents(self) -> tuple[str, ...]:
        words = _lines(self.cleaned_data["agents"].lower())
        if len(words) > MOST_AGENTS:
            raise ValidationError(f"At most {MOST_AGENTS} lines.")
        wrong = next((word for word in words if not 2 <= len(word) <= 100), None)
        if wrong:
            raise ValidationError(f"“{wrong[:40]}” has fewer than 2 or more than 100 characters.")
        return words

    def clean_networks(self) -> tuple[str, ...]:
        lines = _lines(self.cleaned_data["networks"])
        if len(lines) > MOST_NETWORKS:
            raise ValidationError(f"At most {MOST_NETWORKS} lines.")
        networks = [network_of(line) for line in lines]
        if None in networks:
            raise ValidationError(f"“{lines[networks.index(None)][:50]}” is no network.")
        return tuple(dict.fromkeys(network for network in networks if network))

    def settings(self) -> Settings:
        return Settings(**self.cleaned_data)


def _lines(text: str) -> tuple[str, ...]:
    """What stands on the lines that are not empty, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def network_of(text: str) -> str | None:
    """A network as it is kept, or an address as a network of one; None for what is neither."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        return None


class CompanyForm(forms.Form):
    """What a person knows of a company. A field left empty on an edit empties the trait."""

    name = forms.CharField(max_length=200)
    domain = forms.CharField(max_length=200, required=False, help_text="Whoever has an e-mail address there belongs to the company.")
    industry = forms.CharField(max_length=200, required=False)
    employees = forms.CharField(max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    revenue = forms.CharField(max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    city = forms.CharField(max_length=100, required=False)
    country = forms.CharField(max_length=100, required=False)
    group_id = forms.CharField(
        label="Your id", max_length=200, required=False, help_text="The groupId that your site or server names it by, if it does. It stays."
    )

    def __init__(self, *args: Any, company: Company | None = None, **kwargs: Any) -> None:
        self.company = company
        if company:
            kwargs["initial"] = {name: _written(company.traits.get(name)) for name in (*COMPANY_TEXTS, *COMPANY_NUMBERS)}
        super().__init__(*args, **kwargs)
        if company:
            self.fields["name"].required = bool(self.initial["name"])
            if company.group_id is not None:
                del self.fields["group_id"]

    def clean_domain(self) -> str:
        domain: str = self.cleaned_data["domain"]
        if domain and "." not in domain_key(domain):
            raise ValidationError("This is not a domain. It looks like firm.com.")
        return domain

    def clean_employees(self) -> object:
        return self._number("employees")

    def clean_revenue(self) -> object:
        return self._number("revenue")

    def _number(self, name: str) -> object:
        typed: str = self.cleaned_data[name]
        if name not in self.changed_data or not typed:
            return typed
        try:
            return number(typed, decimal_comma=False)
        except Unfit:
            raise ValidationError("This is not a number, such as 1200 or 2.5.") from None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.company is None and not self.errors and not given.get("domain") and not given.get("group_id"):
            raise ValidationError("Give a domain or your id: nobody could belong to the company.")
        return given

    def changes(self) -> dict[str, Any]:
        """The traits that were changed; None for one that was emptied."""
        return {name: None if self.cleaned_data[name] == "" else self.cleaned_data[name] for name in self.changed_data if name != "group_id"}


def _written(value: object) -> str:
    """A trait of a company as a field shows it, numbers without an exponent; what is neither text nor number cannot be edited as one."""
    return value if isinstance(value, str) else "" if isinstance(value, bool) else text_of(value) or ""
