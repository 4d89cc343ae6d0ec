import pytest
from django.db import connection
from django.db.utils import ProgrammingError


@pytest.mark.django_db
def test_tests_connect_as_the_process_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("leadscore_app",)


@pytest.mark.django_db(transaction=True)
def test_the_process_role_cannot_empty_a_table():
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("TRUNCATE accounts_user")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", ["first", "second"])
def test_what_a_test_commits_is_gone_after_it(run, owner_connection):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_workspace (name, slug, time_zone) VALUES ('A', 'a', 'UTC')")
    with owner_connection.cursor() as cursor:
        cursor.execute("SELECT slug FROM accounts_workspace")
        assert cursor.fetchall() == [("a",)]
