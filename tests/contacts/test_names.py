from __future__ import annotations

from typing import Any

import pytest

from contacts.names import name_looks_fake


@pytest.mark.parametrize(
    "name",
    ["asdf", "ASDF", " asdfgh ", "qwerty", "poiu", "lkjh", "zxcv", "wert", "bcdf", "Xxxx", "ßßßß", "Ḧj̈kl", "brrrr"],
)
def test_runs_of_keys_and_names_without_a_vowel_look_fake(name: str) -> None:
    assert name_looks_fake(name, "Rossi") is True
    assert name_looks_fake("Anna", name) is True


@pytest.mark.parametrize(
    "name",
    [
        "Anna", "Schmidt", "Lynn", "Bjørn", "Kržižnik", "Ng", "Krč", "Smrt Novák", "O'Brrn", "asdfx1", "asd", "asdfasdf", "asdd",
        "Æthr", "Œdpr", "Işık", "Brt\u00e9", "Ян", "Кргч", "张伟", "123456", "", "  ", "Jr.", None, 5, ["asdf"], True,
    ],
)  # fmt: skip
def test_other_names_do_not(name: Any) -> None:
    assert name_looks_fake(name, None) is False
    assert name_looks_fake(None, name) is False
