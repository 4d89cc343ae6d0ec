"""Messages as they are sent: a subject, a text and an HTML page whose styles stand in its tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from notifications.addresses import link_of
from notifications.models import Message
from notifications.summary_wording import summary
from notifications.wording import word

# Mail programs drop style sheets but not styles in tags. What depends on the screen cannot stand in a tag and is kept.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


def mail_of(message: Message, teams: Mapping[str, str]) -> Mail:
    """The message as it was rendered, or as it will be.

    Args:
        teams: names of the workspace's teams by key.
    """
    if message.html:
        return Mail(message.subject, message.text, message.html)
    return render(message, teams)


def stop_link(message: Message) -> str:
    """Where an outside address ends its messages; "" for members, whom their team or the stage names."""
    return link_of(message.workspace_id, message.recipient) if message.reason.startswith("email:") else ""


def render(message: Message, teams: Mapping[str, str]) -> Mail:
    """Renders a message from its facts; the same facts give the same mail. A summary has templates of its own."""
    say, template = (summary, "summary") if message.is_summary else (word, "message")
    wording = say(message.facts, reason=message.reason, site_url=settings.SITE_URL, teams=teams)
    context = {"mail": wording, "stop": stop_link(message)}
    html = render_to_string(f"notifications/mail/{template}.html", context)
    text = render_to_string(f"notifications/mail/{template}.txt", context)
    return Mail(wording.subject, text.strip() + "\n", _INLINER.inline(html))
