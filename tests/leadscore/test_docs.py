"""What the documentation says and the code decides: settings, commands, links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT: Path = settings.BASE_DIR
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()

OF_COMPOSE = "variables of its own"

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
NAMED_ROW = re.compile(r"^\| `([A-Z][A-Z_]*…?)` \|", re.MULTILINE)
FENCED = re.compile(r"```.*?```", re.DOTALL)
# Folders that only one machine has, of which no page may speak.
OWN_FOLDERS = re.compile(r"(?<![\w.}/-])/(?:home|root|Users|mnt)/")


def table(heading: str) -> set[str]:
    """The variables in the first table below a line of the README that holds `heading`."""
    rest = README[README.index(heading) :]
    first = rest[rest.index("\n|") + 1 :]
    return set(NAMED_ROW.findall(first.split("\n\n")[0]))


def read_by_settings() -> set[str]:
    """The variables that settings.py reads, a prefix with … behind it."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "leadscore" / "settings.py").read_text())):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("env")), args=[ast.Constant(name), *_]):
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"), args=[ast.Constant(name), *_]):
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name("name"), attr="startswith"), args=[ast.Constant(prefix)]):
                found.add(f"{prefix}…")
    return found


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert table("All settings are environment variables") == read_by_settings()


def test_the_readme_lists_what_the_compose_file_takes_from_dot_env() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE))
    sentence = README[README.index("takes from `.env`: ") :].split(".\n")[0]
    assert set(re.findall(r"`([A-Z_]+)`", sentence)) == asked & read_by_settings()
    assert table(OF_COMPOSE) == asked - read_by_settings()


def test_the_example_names_only_what_is_read() -> None:
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    known = read_by_settings() | table(OF_COMPOSE)
    assert [name for name in example if name not in known and not name.startswith("ANYMAIL_")] == []
    assert {"SECRET_KEY", "POSTGRES_PASSWORD", "POSTGRES_OWNER_PASSWORD", "POSTGRES_APP_PASSWORD"} <= set(example)


def test_every_command_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = commands("make")
    assert {("README.md", "up"), ("README.md", "test"), ("CONTRIBUTING.md", "lint")} <= named
    assert [each for each in sorted(named) if each[1] not in targets] == []


def test_every_management_command_named_exists() -> None:
    named = commands("(?:.*python )?manage.py")
    assert {("README.md", "create_workspace"), ("README.md", "setup_database"), ("deployment.md", "createsuperuser")} <= named
    assert [each for each in sorted(named) if each[1] not in get_commands()] == []


def test_every_benchmark_is_described() -> None:
    programs = {path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py")}
    assert set(re.findall(r"^\| `([a-z_]+)` \|", README, re.MULTILINE)) == programs


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert [link for link in links(path) if not leads_somewhere(path, link)] == []


@pytest.mark.parametrize("path", [*PAGES, ROOT / "LICENSE", ROOT / ".env.example", ROOT / "Makefile"], ids=lambda path: path.name)
def test_no_page_names_a_folder_of_somebodys_machine(path: Path) -> None:
    text = path.read_text()
    assert OWN_FOLDERS.findall(text) == []
    assert f"{ROOT}/" not in text


def commands(program: str) -> set[tuple[str, str]]:
    """(page, what `program` is told to do) of all code in the pages; `program` is a pattern."""
    asked = re.compile(rf"^\s*{program} ([a-z_]+)", re.MULTILINE)
    return {(path.name, name) for path in PAGES for text in code(path.read_text()) for name in asked.findall(text)}


def code(text: str) -> Iterator[str]:
    """What stands in backticks, block by block and span by span."""
    yield from FENCED.findall(text)
    yield from re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


def links(path: Path) -> list[str]:
    return [link for link in LINK.findall(FENCED.sub("", path.read_text())) if not link.startswith(("https://", "http://"))]


def leads_somewhere(path: Path, link: str) -> bool:
    """Whether the file is there, and where the link names a heading, that."""
    name, _, heading = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.is_file():
        return False
    return not heading or heading in {anchor(title) for title in HEADING.findall(FENCED.sub("", target.read_text()))}


def anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
