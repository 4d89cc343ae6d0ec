"""The guides of docs/ as pages of the product: what marketers look up is where they work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

NAMES = ("how-scores-work", "scoring", "tracking", "importing", "roles", "api")
MANY = 5  # sections, from which on a guide has a table of contents


@dataclass(frozen=True, slots=True)
class Guide:
    """`name` is that of its file in docs/, `body` its HTML below the title, `contents` the (anchor, text) of its sections where there are many."""

    name: str
    title: str
    body: SafeString
    contents: tuple[tuple[str, str], ...] = ()


@lru_cache
def guide(name: str) -> Guide:
    """A guide by its name.

    Raises:
        KeyError: none has this name.
    """
    if name not in NAMES:
        raise KeyError(name)
    tokens = _markdown().parse((settings.BASE_DIR / "docs" / f"{name}.md").read_text(encoding="utf-8"))
    title, rest = tokens[1].content, tokens[3:]
    sections = []
    for opening, inline in pairwise(rest):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(inline.content))
            sections += [(_anchor(inline.content), inline.content.replace("`", ""))] if opening.tag == "h2" else []
    for token in rest:
        _lead_on(token.children or [])
    # Rendered without the HTML that Markdown may hold, from files of this program.
    body = mark_safe(_markdown().renderer.render(rest, _markdown().options, {}))  # noqa: S308
    return Guide(name, title, body, tuple(sections) if len(sections) >= MANY else ())


@lru_cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    markdown.add_render_rule("table_open", lambda *_: '<div class="guide-table"><table class="table">\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _fence(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    code = self.text([Token("text", "", 0, content=tokens[at].content)], 0, options, env)
    return f'<div class="code"><pre tabindex="0"><code>{code}</code></pre></div>\n'


def _anchor(heading: str) -> str:
    """The id of a heading, as the hosts of repositories make it: links between the files hold here too."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _lead_on(tokens: Sequence[Token]) -> None:
    """Links to the other guides lead to their pages; those to files that have no page become text."""
    shown = True
    for token in tokens:
        if token.type == "link_open":
            shown = (address := _address(str(token.attrGet("href")))) is not None
            token.attrSet("href", address or "")
            token.attrSet("class", "in")
        if token.type in ("link_open", "link_close") and not shown:
            token.tag = "span"
            token.attrs = {}


def _address(href: str) -> str | None:
    file, hash, anchor = href.partition("#")
    if file.endswith(".md"):
        return f"../{name}/{hash}{anchor}" if (name := file.removesuffix(".md")) in NAMES else None
    return href
