"""People who are made by an operator, or by an invitation, and not by signing up."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User


def add_person(email: str, password: str, name: str = "") -> User:
    """A person whose address needs no confirmation, since whoever adds them vouches for it."""
    user = User.objects.create_user(email, password, name=name)
    confirm_address(user)
    return user


def confirm_address(user: User) -> None:
    """Marks the person's address as theirs: they followed a link that was sent to it, or an operator says so."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def find_person(email: str) -> User | None:
    """The person who signs in with this address."""
    return User.objects.filter(email=email.strip().lower()).first()
