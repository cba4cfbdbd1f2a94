"""What is taught is added to the files; everything else in them stays unchanged."""

from pathlib import Path
from typing import Any

import pytest

from bot.errors import FileError
from bot.publishing.files.folder import INBOX_FILE, MAIN, read_content, unpack
from bot.publishing.files.load import load_content
from bot.publishing.yaml.additions import with_fact, with_project, with_ways_of_asking
from tests.factories import YAML_TEXT

SHIPPED = read_content(Path("knowledge"))
SMALL = YAML_TEXT.encode()
PROJECT = {
    "id": "river-park",
    "area": "childcare",
    "status": "planned",
    "as_of": "2026-03-01",
    "title": {"en": "River: a park", "zh": "江边公园", "ru": "Парк"},
    "summary": {"en": "A park is planned\nby the river.", "zh": "建公园。", "ru": "Парк."},
    "source": "livelihoods-2021",
}
FACT = {
    "id": "opening",
    "answers": ["when"],
    "statement": {"en": 'It opens: "soon" # they say.', "zh": "快了", "ru": "Скоро"},
}


def loaded(content: bytes) -> Any:
    """Load a content that must be usable."""
    result = load_content(content)
    assert result.knowledge is not None, [str(each.sentence) for each in result.diagnostics]
    return result.knowledge


@pytest.mark.parametrize("content", [SMALL, SHIPPED], ids=["one file", "folder"])
def test_ways_of_asking_go_into_a_file_of_their_own(content: bytes) -> None:
    knowledge = loaded(content)
    project, topic = knowledge.projects[0], knowledge.topics_elsewhere[0]
    taught = with_ways_of_asking(content, ("projects", project.id, None), [("en", "no"), ("zh", "2021: 什么 #时候")])
    taught = with_ways_of_asking(taught, ("projects", project.id, project.facts[0].id), [("ru", "- когда?")])
    taught = with_ways_of_asking(taught, ("areas", knowledge.areas[0].id, None), [("en", 'an area "quoted"')])
    taught = with_ways_of_asking(taught, ("topics", topic.id, None), [("en", "a topic")])
    taught = with_ways_of_asking(taught, ("smalltalk", "greeting", None), [("en", "ahoy")])
    after = loaded(taught)

    assert {name: body for name, body in unpack(taught).items() if name != INBOX_FILE} == unpack(content)
    changed = after.project_by_id[project.id]
    assert {"no"} <= set(changed.phrasings.en)
    assert "2021: 什么 #时候" in changed.phrasings.zh
    assert "- когда?" in changed.facts[0].questions.ru
    assert 'an area "quoted"' in after.areas[0].phrasings.en
    assert "a topic" in after.topic_by_id[topic.id].phrasings.en
    assert after.smalltalk["greeting"].en == ("ahoy",)


def test_a_way_of_asking_is_not_added_twice() -> None:
    once = with_ways_of_asking(SMALL, ("projects", "sixth-hospital", None), [("en", "hospital six")])

    assert with_ways_of_asking(once, ("projects", "sixth-hospital", None), [("en", "hospital six")]) == once


@pytest.mark.parametrize("content", [SMALL, SHIPPED], ids=["one file", "folder"])
def test_a_project_is_added_behind_the_last_one_of_its_area_and_no_line_is_changed(content: bytes) -> None:
    added = with_project(content, PROJECT)
    before, after = loaded(content), loaded(added)

    assert after.projects_of("childcare")[-1].title.en == "River: a park"
    assert [each for each in after.projects if each.id != "river-park"] == list(before.projects)
    old, new = (unpack(each)[MAIN].decode().splitlines() for each in (content, added))
    assert [line for line in new if line in old or not line][: len(old)]
    at = next(number for number, line in enumerate(new) if "river-park" in line)
    rest = new[:at] + new[at + len(new) - len(old) :]
    assert sorted(filter(None, rest)) == sorted(filter(None, old))


@pytest.mark.parametrize("content", [SMALL, SHIPPED], ids=["one file", "folder"])
@pytest.mark.parametrize("part", ["projects", "areas"])
def test_a_fact_is_added_to_every_entry_whether_it_has_facts_or_not(content: bytes, part: Any) -> None:
    before = loaded(content)
    entries = getattr(before, part)
    for entry in (entries[0], entries[-1]):
        after = loaded(with_fact(content, part, entry.id, FACT))
        changed = (after.project_by_id | after.area_by_id)[entry.id]
        assert changed.facts[-1].statement.en == 'It opens: "soon" # they say.'
        assert changed.facts[:-1] == entry.facts


def test_windows_line_breaks_and_comments_stay() -> None:
    text = YAML_TEXT.replace("    source: livelihoods-2021\n", "    source: livelihoods-2021  # see the list\n")
    content = text.replace("\n", "\r\n").encode()
    added = unpack(with_project(content, PROJECT))[MAIN]

    assert b"\n" not in added.replace(b"\r\n", b"")
    assert added.count(b"# see the list") == content.count(b"# see the list")


def test_a_layout_between_brackets_is_refused() -> None:
    content = (
        YAML_TEXT.replace("    left_open: [cost, where]", "    left_open: [cost, where]")
        .replace("  - id: homecare-stations", "  - id: homecare-stations\n    facts: []")
        .encode()
    )

    with pytest.raises(FileError):
        with_fact(content, "projects", "homecare-stations", FACT)
