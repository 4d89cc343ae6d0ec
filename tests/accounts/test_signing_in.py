"""Signing up, signing in, a forgotten password, the account's addresses: allauth's flows, on our pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace

pytestmark = pytest.mark.django_db
PASSWORD = "blue-Table-77x"


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def lena() -> User:
    user = User.objects.create_user("lena@example.com", PASSWORD, name="Lena Hartmann")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def sign_up(client: Client, **changes: str) -> Any:
    typed = {"name": "Lena Hartmann", "email": "Lena@Example.com", "password1": PASSWORD}
    return client.post(reverse("account_signup"), typed | changes)


def link_in_mail(path: str) -> str:
    found = re.search(rf"https?://[^/]+({path}\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_signing_up_keeps_the_name_and_sends_a_link_to_the_address(client: Client) -> None:
    response = sign_up(client)
    user = User.objects.get()
    assert (user.name, user.email) == ("Lena Hartmann", "lena@example.com")
    assert "Look into your mail" in text(client.get(response["Location"]))
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["lena@example.com"], "Confirm your e-mail address for leadscore")


def test_the_link_confirms_the_address_and_leads_to_the_first_workspace(client: Client) -> None:
    sign_up(client)
    link = link_in_mail("/accounts/confirm-email/")
    assert "Confirm this address" in text(client.get(link))
    start = client.post(link)["Location"]
    assert client.get(start)["Location"] == reverse("accounts:new")


def test_signing_up_again_sends_the_owner_of_the_address_a_mail_and_changes_nothing(client: Client, lena: User) -> None:
    response = sign_up(client, name="Somebody else", password1="green-Chair-88y")
    assert "Look into your mail" in text(client.get(response["Location"]))
    assert mail.outbox[-1].subject == "You have a leadscore account already"
    lena.refresh_from_db()
    assert (lena.name, lena.check_password(PASSWORD)) == ("Lena Hartmann", True)


def test_a_weak_password_is_refused_at_its_field(client: Client) -> None:
    response = sign_up(client, password1="12345678")
    assert 'id="id_password1_error"' in response.content.decode()
    assert "This password is too common." in text(response)
    assert not User.objects.exists()


def test_an_invited_person_finds_the_address_filled_in(client: Client) -> None:
    response = client.get(reverse("account_signup"), {"next": "/invitations/abc/", "email": "jonas@example.com"})
    assert 'value="jonas@example.com"' in response.content.decode()
    assert "Then you can accept the invitation." in text(response)


def test_what_does_not_fit_together_is_said_at_the_password(client: Client, lena: User) -> None:
    response = client.post(reverse("account_login"), {"login": lena.email, "password": "wrong"})
    assert 'id="id_password_error"' in response.content.decode()
    assert "This e-mail and password do not fit together." in text(response)
    assert "_auth_user_id" not in client.session


def test_an_unknown_address_is_answered_like_a_wrong_password(client: Client, lena: User) -> None:
    wrong = client.post(reverse("account_login"), {"login": lena.email, "password": "wrong"})
    unknown = client.post(reverse("account_login"), {"login": "nobody@example.com", "password": "wrong"})
    assert text(unknown).replace("nobody@example.com", lena.email) == text(wrong)


def test_the_sign_in_page_says_that_a_lead_follows_and_names_none(client: Client) -> None:
    response = client.get(reverse("account_login"), {"next": "/w/acme/contacts/42/"})
    assert "Then the lead you opened is shown." in text(response)


def test_signing_in_leads_back_to_the_page_asked_for(client: Client, lena: User) -> None:
    typed = {"login": lena.email, "password": PASSWORD, "next": "/workspaces/"}
    assert client.post(reverse("account_login"), typed)["Location"] == "/workspaces/"


def test_signing_in_leads_to_no_other_site(client: Client, lena: User) -> None:
    typed = {"login": lena.email, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post(reverse("account_login"), typed)["Location"] == "/"


def test_signing_out_asks_first(client: Client, lena: User) -> None:
    client.force_login(lena)
    assert "Sign out of leadscore?" in text(client.get(reverse("account_logout")))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def link_to_a_new_password(client: Client, email: str) -> str:
    client.post(reverse("account_reset_password"), {"email": email})
    return link_in_mail("/accounts/password/reset/key/")


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client: Client, lena: User) -> None:
    link = link_to_a_new_password(client, lena.email)
    form = client.get(link)["Location"]
    typed = {"password1": "green-Chair-88y", "password2": "green-Chair-88y"}
    assert "Your new password is set" in text(client.post(form, typed, follow=True))
    lena.refresh_from_db()
    assert lena.check_password("green-Chair-88y")
    assert "This link no longer works" in text(Client().get(link, follow=True))


def test_two_different_new_passwords_change_nothing(client: Client, lena: User) -> None:
    form = client.get(link_to_a_new_password(client, lena.email))["Location"]
    response = client.post(form, {"password1": "green-Chair-88y", "password2": "red-Chair-88y"})
    assert 'id="id_password2_error"' in response.content.decode()
    lena.refresh_from_db()
    assert lena.check_password(PASSWORD)


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(client: Client, lena: User) -> None:
    answers = [client.post(reverse("account_reset_password"), {"email": email}, follow=True) for email in (lena.email, "nobody@example.com")]
    assert text(answers[0]) == text(answers[1])


def test_changing_the_password_needs_the_present_one(client: Client, lena: User) -> None:
    client.force_login(lena)
    typed = {"oldpassword": "wrong", "password1": "green-Chair-88y", "password2": "green-Chair-88y"}
    assert "This is not your present password." in text(client.post(reverse("account_change_password"), typed))
    lena.refresh_from_db()
    assert lena.check_password(PASSWORD)


def test_the_main_address_cannot_be_removed(client: Client, lena: User) -> None:
    client.force_login(lena)
    response = client.post(reverse("account_email"), {"email": lena.email, "action_remove": "1"}, follow=True)
    assert "lena@example.com is your main address." in text(response)
    assert EmailAddress.objects.filter(user=lena).count() == 1


def test_another_address_gets_its_own_buttons(client: Client, lena: User) -> None:
    client.force_login(lena)
    EmailAddress.objects.create(user=lena, email="second@example.com", primary=False, verified=True)
    html = client.get(reverse("account_email")).content.decode()
    assert (html.count('name="action_primary"'), html.count('name="action_remove"'), html.count('name="action_send"')) == (1, 1, 0)


def test_the_theme_is_rendered_from_the_cookie(client: Client) -> None:
    client.cookies["theme"] = "dark"
    assert '<html lang="en" data-bs-theme="dark" data-theme-choice="dark">' in client.get(reverse("account_login")).content.decode()


def test_a_theme_that_does_not_exist_is_the_systems(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    assert '<html lang="en" data-bs-theme="light" data-theme-choice="auto">' in client.get(reverse("account_login")).content.decode()


def test_pages_are_sent_with_a_policy_that_allows_only_this_site(client: Client) -> None:
    policy = client.get(reverse("account_login"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_what_a_stranger_may_not_see_looks_like_nothing(client: Client, workspace: Workspace, charlie: User) -> None:
    client.force_login(charlie)
    response = client.get(reverse("accounts:settings", args=[workspace.slug]))
    assert response.status_code == 404
    assert "There is nothing at this address" in text(response)
    assert workspace.name not in text(response)


def test_a_member_without_the_right_is_told_who_has_it(client: Client, workspace: Workspace, bob: User) -> None:
    client.force_login(bob)
    response = client.get(reverse("accounts:keys", args=[workspace.slug]))
    assert response.status_code == 403
    assert "You are here as viewer of Acme." in text(response)
    assert "An admin or owner" in text(response)


@pytest.mark.parametrize(("kept", "said"), [(True, "is printed in the terminal where make up runs"), (False, "the link is on its way")])
def test_who_forgot_a_password_is_told_where_the_link_went(client: Client, settings: Any, kept: bool, said: str) -> None:
    settings.MAIL_IS_KEPT = kept
    shown = text(client.post(reverse("account_reset_password"), {"email": "lena@example.com"}, follow=True))
    assert (said in shown, "Look among unwanted mail" in shown) == (True, not kept)
