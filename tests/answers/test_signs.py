"""Chinese expressions are recognised by their sound, without pypinyin's phrase table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import bot.answers
from bot.answers.signs import writing
from bot.answers.signs.file import read_signs

_FULL_TABLE = """
import json, sys, pypinyin
print(json.dumps({text: "'" + "'".join(pypinyin.lazy_pinyin(text)) for text in json.load(sys.stdin)}))
"""


@pytest.mark.parametrize("name", ["emergencies/signs", "requests", "polar"])
def test_expressions_sound_as_the_table_of_phrases_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used: dict[str, str] = {}
    sound_in_context = writing.sound_in_context

    def noted(expression: str) -> str:
        used[expression] = sound_in_context(expression)
        return used[expression]

    monkeypatch.setattr(writing, "sound_in_context", noted)
    text = (Path(bot.answers.__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    read_signs(yaml.load(text, yaml.CSafeLoader))
    full = subprocess.run(
        [sys.executable, "-c", _FULL_TABLE],
        input=json.dumps(list(used)),
        env={**os.environ, "PYPINYIN_NO_PHRASES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = json.loads(full.stdout)
    assert used
    assert {text: sound for text, sound in expected.items() if sound != used[text]} == {}, "add these to sounds.yaml"
