"""Adding, editing, assigning, claiming and erasing contacts."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Role
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact, Identifier
from contacts.views.editing import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(client, workspace, bob):
    """In sales here."""
    Membership.objects.filter(user=bob).update(role=Role.SALES)
    client.force_login(bob)
    return client


@pytest.fixture
def ada(workspace, now):
    with workspace_scope(workspace.id):
        traits = {"email": "ada@firm.test", "first_name": "Ada", "job_title": "CTO", "plan": "pro"}
        contact = Contact.objects.create(workspace=workspace, created_at=now, name="Ada", email="ada@firm.test", has_email=True, traits=traits)
        Identifier.objects.create(workspace=workspace, contact=contact, kind="email", value="ada@firm.test")
        return contact


def url(name, workspace, *more):
    return reverse(f"contacts:{name}", args=[workspace.slug, *more])


def again(contact):
    with workspace_scope(contact.workspace_id):
        return Contact.objects.get(workspace=contact.workspace_id, id=contact.id)


def deeds(workspace):
    with workspace_scope(workspace.id):
        return list(AuditEntry.objects.filter(workspace=workspace, action__startswith="contact.").order_by("id").values_list("action", flat=True))


@pytest.fixture
def overtaken(owner_connection):
    """Whatever an edit would store, another writer has stored already. A sequence counts how often that was."""
    with owner_connection.cursor() as cursor:
        cursor.execute(
            """CREATE SEQUENCE overtaken; GRANT USAGE ON SEQUENCE overtaken TO PUBLIC;
               CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('overtaken'); RETURN NULL; END $$;
               CREATE TRIGGER overtake BEFORE INSERT ON contacts_activity FOR EACH ROW EXECUTE FUNCTION overtake()"""
        )
        yield cursor
        cursor.execute("DROP TRIGGER overtake ON contacts_activity; DROP FUNCTION overtake(); DROP SEQUENCE overtaken")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["add", "edit"])
def test_who_is_overtaken_every_time_is_told_and_keeps_what_was_typed(as_alice, workspace, ada, overtaken, name):
    path = url(name, workspace, *([ada.id] if name == "edit" else []))
    response = as_alice.post(path, {"email": "bea@firm.test", "first_name": "Bea"})
    assert (response.status_code, response.context["form"]["first_name"].value()) == (409, "Bea")
    assert "Calls of this contact came between, again and again. Nothing was saved; send it once more." in response.content.decode()
    overtaken.execute("SELECT last_value FROM overtaken")
    assert overtaken.fetchone() == (MOST_ATTEMPTS,)
    assert (again(ada).traits["first_name"], deeds(workspace)) == ("Ada", [])
    with workspace_scope(workspace.id):
        assert list(Identifier.objects.values_list("value", flat=True)) == ["ada@firm.test"]


class TestAdd:
    def test_it_makes_a_contact_and_shows_it(self, as_alice, workspace):
        typed = {"email": " Bea@Firm.test ", "first_name": "Bea", "last_name": "Stone", "job_title": "", "phone": "+47 1"}
        response = as_alice.post(url("add", workspace), typed)
        with workspace_scope(workspace.id):
            made = Contact.objects.get(workspace=workspace)
        assert response.headers["Location"] == url("profile", workspace, made.id)
        assert (made.name, made.email, made.has_email) == ("Bea Stone", "bea@firm.test", True)
        assert made.traits == {"email": "Bea@Firm.test", "first_name": "Bea", "last_name": "Stone", "phone": "+47 1"}

    def test_an_address_that_is_known_gets_what_was_typed(self, as_alice, workspace, ada):
        response = as_alice.post(url("add", workspace), {"email": "ADA@firm.test", "last_name": "Byron"}, follow=True)
        assert "was known already" in response.content.decode()
        assert (again(ada).name, again(ada).traits["job_title"]) == ("Ada Byron", "CTO")

    def test_an_address_is_needed(self, as_alice, workspace):
        response = as_alice.post(url("add", workspace), {"first_name": "Bea"})
        assert (response.status_code, response.context["form"].errors.as_data().keys()) == (422, {"email"})


class TestEdit:
    def test_only_what_was_changed_is_set(self, as_alice, workspace, ada):
        as_alice.post(url("edit", workspace, ada.id), {"email": "ada@firm.test", "first_name": "Ada", "last_name": "Byron", "job_title": ""})
        assert again(ada).traits == {"email": "ada@firm.test", "first_name": "Ada", "last_name": "Byron", "job_title": None, "plan": "pro"}
        assert again(ada).trait_orders.keys() == {"last_name", "job_title"}

    def test_nothing_changed_is_no_edit(self, as_alice, workspace, ada):
        as_alice.post(url("edit", workspace, ada.id), {"email": "ada@firm.test", "first_name": "Ada", "job_title": "CTO"})
        with workspace_scope(workspace.id):
            assert not Activity.objects.filter(workspace=workspace).exists()

    def test_another_contact_s_address_is_refused_and_nothing_is_saved(self, as_alice, workspace, ada):
        as_alice.post(url("add", workspace), {"email": "bea@firm.test", "first_name": "Bea"})
        typed = {"email": "bea@firm.test", "first_name": "Ada", "last_name": "Byron", "job_title": "CTO"}
        response = as_alice.post(url("edit", workspace, ada.id), typed)
        assert (response.status_code, response.context["form"].errors["email"]) == (422, ["Another contact has this address."])
        with workspace_scope(workspace.id):
            bea = Contact.objects.get(workspace=workspace, email="bea@firm.test")
        assert f'<a class="in" href="{url("compare", workspace, ada.id, bea.id)}">compare and merge the two</a>' in response.content.decode()
        assert (again(ada).email, again(ada).name) == ("ada@firm.test", "Ada")


class TestOwner:
    def test_sales_assigns_and_takes_back(self, as_bob, workspace, ada, alice):
        as_bob.post(url("owner", workspace, ada.id), {"owner": alice.id})
        assert again(ada).owner_id == alice.id
        as_bob.post(url("owner", workspace, ada.id), {"owner": ""})
        assert again(ada).owner_id is None
        assert deeds(workspace) == ["contact.owned", "contact.owned"]

    def test_only_members_can_own(self, as_bob, workspace, ada, charlie):
        response = as_bob.post(url("owner", workspace, ada.id), {"owner": charlie.id})
        assert (response.status_code, again(ada).owner_id) == (422, None)

    def test_a_list_gets_a_dialog_and_a_browser_without_scripts_a_page(self, as_bob, workspace, ada):
        dialog = as_bob.get(url("owner", workspace, ada.id), headers={"HX-Request": "true"}).content.decode()
        page = as_bob.get(url("owner", workspace, ada.id)).content.decode()
        assert ("<dialog" in dialog, "<html" in dialog, "<html" in page) == (True, False, True)

    def test_claiming_makes_it_ones_own(self, as_bob, workspace, ada, bob):
        as_bob.post(url("claim", workspace, ada.id))
        assert again(ada).owner_id == bob.id

    def test_who_claims_second_is_told_and_takes_nothing(self, as_bob, workspace, ada, alice):
        with workspace_scope(workspace.id):
            Contact.objects.filter(workspace=workspace, id=ada.id).update(owner=alice)
        response = as_bob.post(url("claim", workspace, ada.id), follow=True)
        assert ("Somebody was quicker" in response.content.decode(), again(ada).owner_id) == (True, alice.id)

    def test_a_viewer_may_not(self, client, bob, workspace, ada):
        client.force_login(bob)
        answers = [client.post(url(name, workspace, ada.id)).status_code for name in ("owner", "claim", "edit", "erase")]
        assert (answers, again(ada).owner_id) == ([403] * 4, None)


class TestErase:
    def test_the_address_has_to_be_typed(self, as_alice, workspace, ada):
        response = as_alice.post(url("erase", workspace, ada.id), {"typed": "ada"})
        assert (response.status_code, again(ada).name) == (422, "Ada")

    def test_then_everything_is_gone(self, as_alice, workspace, ada):
        response = as_alice.post(url("erase", workspace, ada.id), {"typed": "Ada@firm.test"})
        with workspace_scope(workspace.id):
            left = (Contact.objects.filter(workspace=workspace).exists(), Identifier.objects.filter(workspace=workspace).exists())
        assert (left, response.headers["Location"]) == ((False, False), url("list", workspace))
        assert deeds(workspace) == ["contact.erased"]

    def test_who_has_neither_name_nor_address_is_erased_by_the_word(self, as_alice, workspace, now):
        with workspace_scope(workspace.id):
            visitor = Contact.objects.create(workspace=workspace, created_at=now)
        as_alice.post(url("erase", workspace, visitor.id), {"typed": "erase"})
        with workspace_scope(workspace.id):
            assert not Contact.objects.filter(workspace=workspace).exists()


def test_a_merged_contact_cannot_be_changed(as_alice, workspace, ada, now):
    with workspace_scope(workspace.id):
        other = Contact.objects.create(workspace=workspace, created_at=now, merged_into=ada)
    assert [as_alice.post(url(name, workspace, other.id)).status_code for name in ("edit", "owner", "claim", "erase")] == [404] * 4
