"""What an editor with the JSON Schema completes and marks in a knowledge file."""

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from bot.i18n.languages import LANGUAGES
from bot.knowledge import ASPECTS, KnowledgeBase, Status
from bot.knowledge.json_schema import asking_schema, knowledge_schema
from bot.knowledge.validation import models_in
from tests.console import KNOWLEDGE
from tests.factories import YAML_TEXT, yaml_text

SCHEMA_FILE = KNOWLEDGE.with_name("projects.schema.json")
VALIDATOR = jsonschema.Draft7Validator(knowledge_schema(), format_checker=jsonschema.FormatChecker())


def faults(text: str) -> list[str]:
    """What an editor marks: it reads YAML 1.2, in which numbers are numbers, and takes days for texts."""
    reader = YAML(typ="safe", pure=True)
    data = json.loads(json.dumps(reader.load(text), default=str))
    return [error.message for error in VALIDATOR.iter_errors(data)]


def models() -> dict[str, type[BaseModel]]:
    """Every model that a knowledge file consists of."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[type[BaseModel]] = [KnowledgeBase]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            waiting += [inner for field in model.model_fields.values() for inner in models_in(field.annotation)]
    return found


def test_the_committed_schema_is_that_of_the_models() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == knowledge_schema(), "run `make generate`"


def test_the_committed_schema_of_the_ways_of_asking_is_that_of_the_model() -> None:
    file = KNOWLEDGE.with_name("asking.schema.json")
    assert json.loads(file.read_text(encoding="utf-8")) == asking_schema(), "run `make generate`"


@pytest.mark.parametrize("file", sorted((KNOWLEDGE.parent / "asking").iterdir()), ids=lambda file: file.stem)
def test_each_shipped_file_of_ways_of_asking_names_its_schema_and_keeps_to_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    validator = jsonschema.Draft7Validator(asking_schema())

    assert text.splitlines()[0] == "# yaml-language-server: $schema=../asking.schema.json"
    assert [error.message for error in validator.iter_errors(YAML(typ="safe").load(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "projects: {sixth-hospital: {phrasing: {en: [a]}}}",
        "projects: {sixth-hospital: {phrasings: {de: [a]}}}",
        "projects: {Sixth Hospital: {phrasings: {en: [a]}}}",
        "projects: {sixth-hospital: {questions: {en: [a]}}}",
        "project: {}",
    ],
)
def test_an_editor_marks_mistakes_in_the_ways_of_asking(text: str) -> None:
    assert not jsonschema.Draft7Validator(asking_schema()).is_valid(YAML(typ="safe").load(text))


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(knowledge_schema())


def test_the_shipped_file_names_the_schema_in_its_first_line_and_keeps_to_it() -> None:
    text = KNOWLEDGE.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_FILE.name}"
    assert faults(text) == []


def test_a_small_file_keeps_to_it() -> None:
    assert faults(YAML_TEXT) == []


@pytest.mark.parametrize(
    "change",
    [
        ("phrasings: {en: [sixth hospital], zh: [市六院], ru: [шестая больница]}", "phrasings:"),
        ("status_note: {en: stated as a goal for 2021, zh: 2021年的目标, ru: цель на 2021 год}", "status_note:"),
        ("    related: [homecare-stations]", "    related:"),
        ("zh: [市六院]", "zh: "),
        ("en: [sixth hospital]", "en: [6]"),
        ('hotline: ""', "hotline: 12345"),
        ("costs: {wrong: 5, ask: 1, refuse: 2}", "costs: {wrong: 5.5}"),
        (", ru: Больницы}", "}"),
    ],
)
def test_what_check_accepts_is_not_marked(change: tuple[str, str]) -> None:
    assert faults(yaml_text(change)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("status: planned", "status: plannd"), "'plannd' is not one of"),
        (("answers: [how-many]", "answers: [howmany]"), "'howmany' is not one of"),
        (("answers: [how-many]", "answers: []"), "[] should be non-empty"),
        (("as_of: 2021-11-12", "as_of: 12.11.2021"), "is not a 'date'"),
        (("as_of: 2021-11-12", 'as_of: "2021-02-30"'), "is not a 'date'"),
        (("as_of: 2021-11-12", "as_of:"), "None is not of type 'string'"),
        (("start: 21:00", "start: 9 pm"), "does not match"),
        (("stale_after_days: 180", "stale_after_days: 0"), "0 is less than or equal to the minimum of 0"),
        (("stale_after_days: 180", "stale_after_days: soon"), "'soon' is not of type 'integer'"),
        (("default_language: en", "default_language: de"), "'de' is not one of"),
        (("id: sixth-hospital", "id: Sixth Hospital"), "does not match"),
        (("    source: livelihoods-2021\n", ""), "'source' is a required property"),
        (("    status: planned\n", "    status: planned\n    stauts: planned\n"), "'stauts' was unexpected"),
        (("    livelihoods-2021:\n      title", "    Livelihoods 2021:\n      title"), "does not match"),
        (("en: Hospitals,", f"en: {'x' * 81},"), "is too long"),
        (
            ("title: {en: Hospitals, zh: 医院建设, ru: Больницы}", "title: Hospitals"),
            "'Hospitals' is not of type 'object'",
        ),
        (("words: {en: [hospital, clinic]", "words: {de: [Klinik], en: [hospital, clinic]"), "'de' was unexpected"),
        (("words: {en: [hospital, clinic]", "words: {en: hospital"), "'hospital' is not of type"),
    ],
)
def test_a_mistake_is_marked(change: tuple[str, str], fault: str) -> None:
    found = VALIDATOR.iter_errors(
        json.loads(json.dumps(YAML(typ="safe", pure=True).load(yaml_text(change)), default=str))
    )
    said = [inner.message for error in found for inner in (error, *(error.context or ()))]
    assert any(fault in message for message in said), said


def test_an_editor_offers_every_status_and_every_aspect() -> None:
    parts = knowledge_schema()["$defs"]
    assert parts["Status"]["enum"] == list(Status)
    assert parts["Fact"]["properties"]["answers"]["items"]["enum"] == list(ASPECTS)
    assert parts["Project"]["properties"]["left_open"]["items"]["enum"] == list(ASPECTS)


def test_an_editor_explains_every_part_and_every_field_and_knows_no_other() -> None:
    schema = knowledge_schema()
    parts = {**schema["$defs"], "KnowledgeBase": schema}
    for name, model in models().items():
        part = parts[name]
        assert part["description"], name
        assert part["additionalProperties"] is False, name
        assert list(part["properties"]) == list(model.model_fields), name
        explained = {field for field, form in part["properties"].items() if form.get("description")}
        assert explained >= set(model.model_fields) - set(LANGUAGES), name
