"""What became of an attempt to send: accepted, deferred, or refused for good."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from enum import StrEnum

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailSerializationError

from notifications.wording import clip

LONGEST_DETAIL = 1000
# They speak of the sender's credentials, not of the message (RFC 4954): somebody will put them right.
SIGN_IN_CODES = frozenset({530, 534, 535, 538})
# A provider's answers that speak of the caller or of the moment: sign-in, rights, time-out, conflict, rate.
PASSING_STATUSES = frozenset({401, 402, 403, 408, 409, 425, 429})


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reached` is false where no message could have been sent."""

    verdict: Verdict
    detail: str = ""
    reached: bool = True


def unreachable(error: Exception) -> Outcome:
    """The mail server could not be reached or did not let us in. Its codes do not speak of any message."""
    return Outcome(Verdict.DEFERRED, describe(error), reached=False)


def judge(error: Exception) -> Outcome:
    """What an error while one message was being sent says about that message; what is not known to be for good is tried again."""
    return Outcome(Verdict.REFUSED if _is_for_good(error) else Verdict.DEFERRED, describe(error))


def describe(error: Exception) -> str:
    """The server's words where there are any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        words = "; ".join(_answer(code, text) for code, text in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        words = _answer(error.smtp_code, error.smtp_error)
    else:
        words = f"{type(error).__name__}: {error}"
    return clip(words.replace("\x00", ""), LONGEST_DETAIL)


def _is_for_good(error: Exception) -> bool:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(_is_permanent(code) for code, _ in error.recipients.values())
        case smtplib.SMTPResponseException():
            return _is_permanent(error.smtp_code)
        case smtplib.SMTPNotSupportedError() | AnymailRecipientsRefused() | AnymailSerializationError():
            return True
        case AnymailAPIError():
            return error.status_code is not None and 400 <= error.status_code < 500 and error.status_code not in PASSING_STATUSES
        case _:  # an address or a header that cannot be written, as Django and Anymail say it
            return isinstance(error, ValueError)


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600 and code not in SIGN_IN_CODES


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"
