"""Before publishing, staff see what citizens will read, contradictions, and which questions lose their answer."""

from datetime import UTC, datetime

from bot.answers.snapshot import Snapshot, build_snapshot
from bot.i18n.catalog import translator_in
from bot.knowledge import SmalltalkFile
from bot.knowledge.edits import Edit
from bot.publishing.effects import effects_of, lost_questions
from bot.publishing.files.load import load_content
from bot.publishing.messages import format_preview
from bot.publishing.publisher import Publisher
from bot.publishing.results import Preview
from bot.publishing.tasks import ThreadedTasks
from tests.console import Ask
from tests.factories import YAML_TEXT, yaml_text
from tests.telegram_ui.bot_env import small_city
from tests.telegram_ui.memory_stores import MemoryRecords, MemoryRepository

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
LIBRARY = """\
  - id: city-library
    area: childcare
    title: {en: Children's library, zh: 儿童图书馆, ru: Детская библиотека}
    status: planned
    as_of: 2026-05-20
    summary: {en: A library for children opens., zh: 将开设儿童图书馆。, ru: Откроют детскую библиотеку.}
    facts:
      - id: books
        answers: [how-many]
        statement: {en: It has 5000 books., zh: 藏书5000册。, ru: В ней 5000 книг.}
        questions: {en: [how many books], zh: [多少本书], ru: [сколько книг]}
    phrasings: {en: [library for kids], zh: [图书馆], ru: [библиотека для детей]}
    source: livelihoods-2021
"""


def prepared(text: str, smalltalk: SmalltalkFile) -> Snapshot:
    loaded = load_content(text.encode())
    assert loaded.knowledge is not None, loaded.diagnostics
    return build_snapshot(loaded.knowledge, smalltalk, loaded.digest)


def publisher() -> Publisher:
    async def ignore(_: object) -> None:
        """Ignore a notice."""

    content, records = YAML_TEXT.encode(), MemoryRecords()
    return Publisher(
        small_city(),
        repository=MemoryRepository(content, content),
        tasks=ThreadedTasks(lambda: NOW),
        store=records,
        announce=ignore,
        now=lambda: NOW,
    )


async def preview_of(*edits: Edit, content: str = "") -> str:
    """Return the preview that staff read before they publish."""
    drafts = publisher().drafts
    if content:
        drafted = await drafts.from_file(content.encode(), 21, made_from=None)
    else:
        drafted = await drafts.from_edits(edits, 21, origin="buttons")
    assert isinstance(drafted, Preview), drafted
    return format_preview(drafted, small_city().snapshot.knowledge, translator_in("en"))


async def test_texts_that_contradict_a_new_status_are_listed_with_other_words() -> None:
    text = await preview_of(Edit("childcare-centre", "status", None, "completed"))
    assert "⚠ These texts contradict the status or a date. Until you change them, I say instead:" in text
    assert "• Childcare centre, summary (English): “A childcare centre is being built.” → Reported on " in text
    assert "Childcare centre, summary (中文): “正在建设托育中心。” → 2021年11月12日的消息：" in text
    assert "Childcare centre, summary (Русский): “Строится центр для малышей.” → По сообщению" in text


async def test_an_edit_that_contradicts_nothing_is_shown_without_a_warning() -> None:
    text = await preview_of(Edit("elderly-beds", "as_of", None, "2026-11-27"))
    assert "contradict" not in text


async def test_a_new_project_is_shown_with_its_card_and_ten_questions() -> None:
    text = await preview_of(content=YAML_TEXT.replace("topics_elsewhere:", f"{LIBRARY}topics_elsewhere:"))
    assert "Citizens would read:\n\nChildren's library · planned" in text
    assert "Questions about it, and how my replies would begin:" in text
    assert "✓ how many books → It has 5000 books." in text
    assert "✓ Children's library → Children's library · planned" in text


def test_a_new_project_is_tried_in_every_language(smalltalk: SmalltalkFile) -> None:
    old = prepared(YAML_TEXT, smalltalk)
    new = prepared(YAML_TEXT.replace("topics_elsewhere:", f"{LIBRARY}topics_elsewhere:"), smalltalk)
    for language, found in effects_of(old, new, NOW).new_projects.items():
        (library,) = found
        assert library.project.id == "city-library"
        assert 7 <= len(library.tried) <= 10, language
        assert library.card


def test_a_new_project_is_tried_with_the_replies_that_citizens_get(smalltalk: SmalltalkFile) -> None:
    asked = LIBRARY.replace("[library for kids]", "[is the children's library open, who runs the children's library]")
    new = prepared(YAML_TEXT.replace("topics_elsewhere:", f"{asked}topics_elsewhere:"), smalltalk)
    (library,) = effects_of(prepared(YAML_TEXT, smalltalk), new, NOW).new_projects["en"]
    ask = Ask(new)
    told = {tried.question: tried.reply for tried in library.tried if tried.question.isascii()}
    assert told["is the children's library open"].startswith("I don't know: reported as planned")
    assert told == {question: ask(question, now=NOW).reply.text.split("\n", 1)[0] for question in told}


def test_a_question_that_is_answered_no_more_is_listed(smalltalk: SmalltalkFile) -> None:
    old = prepared(YAML_TEXT, smalltalk)
    moved = yaml_text(
        ("phrasings: {en: [help at home for my mother], zh", "phrasings: {zh"),
        ("phrasings: {en: [see a doctor tomorrow], zh", "phrasings: {en: [help at home for my mother], zh"),
    )
    new = prepared(moved, smalltalk)
    lost = lost_questions(old, new)
    assert ("help at home for my mother", "homecare-stations") in {(each.question, each.before) for each in lost}
    assert not lost_questions(old, old)


async def test_questions_that_lose_their_answer_are_listed_before_publishing() -> None:
    moved = yaml_text(
        ("phrasings: {en: [help at home for my mother], zh", "phrasings: {zh"),
        ("phrasings: {en: [see a doctor tomorrow], zh", "phrasings: {en: [help at home for my mother], zh"),
    )
    text = await preview_of(content=moved)
    assert "⚠ These questions are answered now and no longer would be:" in text
    assert "• help at home for my mother (homecare-stations)" in text
