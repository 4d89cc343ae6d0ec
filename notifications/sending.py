"""One connection to the mail server."""

from __future__ import annotations

from contextlib import suppress
from email.utils import formataddr, parseaddr
from types import TracebackType
from typing import Self

from anymail.exceptions import AnymailConfigurationError, AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from notifications.models import Message
from notifications.outcomes import Outcome, Verdict, judge, unreachable
from notifications.rendering import Mail, stop_link
from notifications.wording import line

# Of each answer of a mail server. A message takes about ten; what a sender may spend on one is well within a lease (delivery.py).
TIMEOUT_SECONDS = 10


class Sender:
    """Opened with the first message, and anew after one that failed: what the server was left with is not known."""

    def __init__(self) -> None:
        self._connection = get_connection(timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def send(self, message: Message, mail: Mail) -> Outcome:
        """One attempt. Errors that a mail server or a provider is known to cause become outcomes; any other is raised."""
        try:
            self._connection.open()
        except (OSError, AnymailConfigurationError) as error:  # smtplib's errors are OSErrors
            self._close()
            return unreachable(error)
        try:
            self._connection.send_messages([compose(message, mail)])
        except (OSError, ValueError) as error:  # so are the providers' HTTP errors
            self._close()
            return judge(error)
        except AnymailError as error:
            return judge(error)
        return Outcome(Verdict.ACCEPTED)

    def _close(self) -> None:
        """Saying goodbye may fail; what was accepted before stays accepted."""
        with suppress(OSError):
            self._connection.close()


def _headers(message: Message) -> dict[str, str]:
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    stop = stop_link(message)
    return {**headers, "List-Unsubscribe": f"<{stop}>"} if stop else headers


def compose(message: Message, mail: Mail) -> EmailMultiAlternatives:
    """The mail with the Message-ID that all attempts carry, from the workspace by name."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    composed = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=formataddr((line(message.facts["workspace"]["name"]) or name, address)),
        to=[message.recipient],
        headers=_headers(message),
    )
    composed.attach_alternative(mail.html, "text/html")
    return composed
