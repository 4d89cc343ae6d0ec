"""Which errors end a message and which only delay it."""

from __future__ import annotations

import smtplib

import pytest
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailInvalidAddress, AnymailRecipientsRefused, AnymailRequestsAPIError

from notifications.outcomes import LONGEST_DETAIL, Verdict, judge, unreachable
from tests.notifications.conftest import provider_error


def refused_recipient(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"dora@example.com": (code, b"No")})


@pytest.mark.parametrize(
    "error",
    [
        refused_recipient(550),
        smtplib.SMTPDataError(554, b"Looks like spam"),
        smtplib.SMTPSenderRefused(553, b"Not your address", "leads@example.com"),
        smtplib.SMTPNotSupportedError("SMTPUTF8 not supported by server"),
        AnymailRecipientsRefused(),
        AnymailInvalidAddress("no address"),
        provider_error(400),
        provider_error(422),
        ValueError("Invalid address"),
    ],
    ids=repr,
)
def test_these_end_the_message(error):
    assert judge(error).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    "error",
    [
        refused_recipient(450),
        smtplib.SMTPDataError(451, b"Later"),
        smtplib.SMTPSenderRefused(530, b"Authentication required", "leads@example.com"),
        smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
        TimeoutError("timed out"),
        ConnectionResetError(104, "Connection reset by peer"),
        provider_error(401),
        provider_error(429),
        provider_error(500),
        AnymailAPIError("no answer"),
        AnymailRequestsAPIError("connection failed"),
        RuntimeError("something new"),
    ],
    ids=repr,
)
def test_these_delay_it(error):
    assert judge(error).verdict is Verdict.DEFERRED


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPAuthenticationError(535, b"Wrong password"), smtplib.SMTPConnectError(554, b"No service"), AnymailConfigurationError("no key")],
)
def test_a_server_that_does_not_let_us_in_ends_nothing(error):
    outcome = unreachable(error)
    assert (outcome.verdict, outcome.reached) == (Verdict.DEFERRED, False)


def test_the_servers_own_words_are_kept():
    assert judge(smtplib.SMTPDataError(554, b"5.7.1 Looks\n like  spam")).detail == "554 5.7.1 Looks like spam"
    assert judge(refused_recipient(550)).detail == "550 No"
    assert judge(ConnectionResetError(104, "Connection reset by peer")).detail == "ConnectionResetError: [Errno 104] Connection reset by peer"


def test_words_without_end_and_bytes_that_no_database_takes_are_cut():
    detail = judge(smtplib.SMTPDataError(554, b"\x00" + b"x" * 5000 + b"\xff")).detail
    assert (len(detail), "\x00" in detail) == (LONGEST_DETAIL, False)
