"""The built files of the page match its sources, which stay within their limits."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.console import PROJECT

_FRONTEND = PROJECT / "bot" / "sandbox" / "page" / "frontend"
_STATIC = _FRONTEND.parent / "static"
_MAX_LINES = 2500


def test_the_catalogues_have_the_same_texts_and_the_same_places_to_fill_in() -> None:
    places = {}
    for language in ("en", "zh", "ru"):
        words = json.loads((_FRONTEND / "src" / "words" / f"{language}.json").read_text(encoding="utf-8"))
        places[language] = {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in words.items()}
    assert places["zh"] == places["ru"] == places["en"]


def test_each_text_that_the_sources_name_is_in_the_catalogue() -> None:
    words = json.loads((_FRONTEND / "src" / "words" / "en.json").read_text(encoding="utf-8"))
    sources = "".join(path.read_text(encoding="utf-8") for path in _sources(".js", ".jsx"))
    named = set(re.findall(r'\bt\("(\w+)"', sources))
    assert named
    assert named <= set(words)


def test_the_front_end_has_at_most_2500_lines_of_its_own_besides_the_catalogues() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in _sources(".js", ".jsx", ".css", ".html"))
    assert 0 < lines <= _MAX_LINES


def test_the_lock_has_hashes_and_exact_versions_and_no_address() -> None:
    packages = json.loads((_FRONTEND / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((_FRONTEND / "package.json").read_text(encoding="utf-8"))
    assert all(
        re.fullmatch(r"[\d.]+", version) for version in (wanted["dependencies"] | wanted["devDependencies"]).values()
    )
    assert all(package.get("integrity", "").startswith("sha512-") for path, package in packages.items() if path)
    assert not any("resolved" in package for package in packages.values())


def test_the_built_files_are_what_the_sources_give(tmp_path: Path) -> None:
    if not shutil.which("node") or not (_FRONTEND / "node_modules").exists():
        pytest.skip("node and the packages of the page are needed: make page")
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=_FRONTEND, check=True)
    assert _contents(tmp_path) == _contents(_STATIC)


def _sources(*suffixes: str) -> list[Path]:
    return [path for path in sorted((_FRONTEND / "src").rglob("*")) if path.suffix in suffixes]


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
