"""Dates and overviews stay true when days pass and statuses change."""

import pytest

from bot.knowledge import SmalltalkFile
from bot.publishing.files.load import load, load_content
from tests.answers.edited_city import asking, changed_childcare, reply
from tests.console import CASES, Ask, prepare_once, shipped_embedder
from tests.factories import yaml_text

# --- Dates ---


@pytest.mark.parametrize(
    ("question", "soon", "late"),
    [
        (
            "new childcare center",
            "Expected completion: by the end of 2021",
            "On 12 November 2021, completion was expected by the end of 2021; nothing later is known.",
        ),
        ("托儿中心", "预计完工：2021年底", "2021年11月12日的消息称预计2021年底前完工；此后没有新消息。"),
        (
            "новые ясли",
            "к концу 2021 года",
            "По состоянию на 12 ноября 2021 года завершение ожидалось до конца 2021 года; более поздних сведений нет.",
        ),
    ],
)
def test_a_completion_shows_its_year_and_the_past_tense_once_it_has_passed(
    smalltalk: SmalltalkFile, question: str, soon: str, late: str
) -> None:
    ask = asking(yaml_text(), smalltalk)
    early = ask(question).reply.text
    assert soon in early, early
    assert late in reply(ask, question)


@pytest.mark.parametrize(
    ("due", "told"),
    [
        ("2027-06-30", "Expected completion: 30 June 2027"),
        ("2026-11-28", "Expected completion: 28 November 2026"),  # today
        ("2026-11-27", "completion was expected by 27 November 2026; nothing later is known."),
        ("2021-12-20", "On 12 November 2021, completion was expected by 20 December 2021; nothing later is known."),
        # Before the source was written: a slip.
        ("2020-12-31", "completion was expected by the end of 2021; nothing later is known."),
    ],
)
def test_a_due_date_holds_where_the_words_name_another_time(smalltalk: SmalltalkFile, due: str, told: str) -> None:
    completion = "    expected_completion: {en: by the end of the year"
    ask = asking(yaml_text((completion, f"    due: {due}\n{completion}")), smalltalk)
    assert told in reply(ask, "new childcare center")


def test_words_that_were_changed_in_one_language_only_leave_no_past_date_in_the_future(
    smalltalk: SmalltalkFile,
) -> None:
    changes = (
        ("    status: in progress\n    as_of: 2021-11-12\n", "    status: delayed\n    as_of: 2026-11-20\n"),
        ("en: by the end of the year", "en: by spring 2027"),
    )
    ask = asking(yaml_text(*changes), smalltalk)
    assert "Expected completion: by spring 2027" in reply(ask, "new childcare center")
    reply_text = reply(ask, "новые ясли")
    assert "Ожидаемый срок" not in reply_text, reply_text
    assert "По состоянию на 12 ноября 2021 года завершение ожидалось до конца 2021 года.\n" in reply_text, reply_text


def test_a_question_for_a_time_that_the_file_names_is_not_said_to_be_unknown(smalltalk: SmalltalkFile) -> None:
    completion = "    expected_completion: {en: by the end of the year"
    ask = asking(yaml_text((completion, f"    due: 2027-06-30\n{completion}")), smalltalk)
    reply_text = reply(ask, "will the new childcare center be ready by the summer")
    assert reply_text.startswith("Expected completion: 30 June 2027\n"), reply_text


def test_a_source_is_not_dated_to_the_day_of_a_later_confirmation(smalltalk: SmalltalkFile) -> None:
    ask = asking(changed_childcare("in progress"), smalltalk)
    reply_text = reply(ask, "is the new childcare center free of charge")
    assert reply_text.startswith(
        "I don't know: my source of 12 November 2021 does not say so. As of 20 November 2026, I have no later news."
    ), reply_text


def test_a_time_that_only_the_day_of_the_source_gives_is_told_with_that_day(smalltalk: SmalltalkFile) -> None:
    changes = ("{en: The Sixth Municipal Hospital is built.", "{en: The Sixth Municipal Hospital opens next month.")
    reply_text = reply(asking(yaml_text(changes), smalltalk), "sixth hospital")
    assert "Reported on 12 November 2021: “The Sixth Municipal Hospital opens next month.”" in reply_text, reply_text


def test_the_shipped_childcare_answer_names_the_year(ask: Ask) -> None:
    reply_text = reply(ask, "is the childcare center finished?")
    assert reply_text.startswith("I don't know: last reported as in progress."), reply_text
    assert reply_text.count("12 November 2021") == 2, "once with the fact, once as the day of the source"
    assert "expected to be finished by the end of 2021" in reply_text, reply_text
    assert "by the end of the year" not in reply_text, reply_text
    assert reply_text.count("was expected") == 1, reply_text


# --- Overviews ---


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("what is finished?", "As of 12 November 2021, none of the 21 projects I know of is reported as completed."),
        ("哪些完工了", "截至2021年11月12日，报道未提到有项目已完成"),
        ("哪些项目完工了", "截至2021年11月12日，报道未提到有项目已完成"),
        ("完工的有哪些", "截至2021年11月12日，报道未提到有项目已完成"),
        (
            "что уже построено",
            "По состоянию на 12 ноября 2021 года ни у одного из известных мне проектов (всего 21) нет статуса",
        ),
        (
            "is anything already being built",
            "Reported as in progress: 1 of 21 projects.",
        ),
        ("哪些工程已经开工了", "报道为“进行中”的有1个（共21个项目）。"),
        ("что уже строится", "Со статусом «в работе» — 1 из 21."),
        ("how many projects are there", "I know of 21 projects in Harbin: 20 announced, 1 in progress."),
        ("list of projects", "I know of 21 projects in Harbin: 20 announced, 1 in progress."),
        ("有多少个项目", "我收录了哈尔滨的21个项目："),
        ("список проектов", "Мне известен 21 проект Харбина:"),
    ],
)
def test_an_overview_says_what_the_source_reports(ask: Ask, question: str, begins: str) -> None:
    reply_text = reply(ask, question)
    assert reply_text.startswith(begins), reply_text


def test_what_an_area_says_of_several_projects_is_dated_once_one_of_them_is_over(smalltalk: SmalltalkFile) -> None:
    changes = (
        ("    status: announced\n    as_of: 2021-11-12\n", "    status: cancelled\n    as_of: 2026-11-20\n"),
        ("en: The city adds beds and homecare stations.", "en: Beds will be added. Stations exist."),
    )
    reply_text = reply(asking(yaml_text(*changes), smalltalk), "what is done for the elderly")
    assert "Reported on 12 November 2021: “Beds will be added. Stations exist.”" in reply_text, reply_text


def test_what_holds_for_several_projects_holds_while_one_of_them_is_not_cancelled(smalltalk: SmalltalkFile) -> None:
    fact = (
        "    facts:\n      - id: free\n        answers: [cost]\n        concerns: [elderly-beds, homecare-stations]\n"
        "        statement: {en: Both are free of charge., zh: 两项都免费。, ru: То и другое бесплатно.}\n"
        "        questions: {en: [what do beds and stations cost], zh: [多少钱], ru: [сколько это стоит]}\n"
    )
    over = ("    status: announced\n    as_of: 2021-11-12\n", "    status: cancelled\n    as_of: 2026-11-20\n")
    free = ("    words: {en: [granny", f"{fact}    words: {{en: [granny")
    note = "    status_note: {en: stated as a goal for 2021, zh: 2021年的目标, ru: цель на 2021 год}\n"
    one = reply(asking(yaml_text(over, free), smalltalk), "what do beds and stations cost")
    assert one.startswith("Both are free of charge.\nHomecare stations: cancelled (as of 20 November 2026)."), one
    both = reply(asking(yaml_text((note, ""), over, over, free), smalltalk), "what do beds and stations cost")
    assert both.startswith("Reported on 12 November 2021: “Both are free of charge.”"), both


def test_a_fact_about_several_projects_says_which_of_them_is_cancelled(smalltalk: SmalltalkFile) -> None:
    fact = (
        "    facts:\n      - id: both\n        answers: [which]\n        concerns: [elderly-beds, homecare-stations]\n"
        "        statement: {en: Beds and stations will be added., zh: 增加床位和服务站。, ru: Добавят.}\n"
        "        questions: {en: [which projects for the elderly], zh: [有哪些养老项目], ru: [что добавят]}\n"
    )
    changes = (
        ("    status: announced\n    as_of: 2021-11-12\n", "    status: cancelled\n    as_of: 2026-11-20\n"),
        ("    words: {en: [granny", f"{fact}    words: {{en: [granny"),
    )
    reply_text = reply(asking(yaml_text(*changes), smalltalk), "which projects for the elderly")
    assert reply_text.startswith(
        "Reported on 12 November 2021: “Beds and stations will be added.”\n"
        "Homecare stations: cancelled (as of 20 November 2026).\n"
    ), reply_text


@pytest.mark.parametrize("number", ["3000", "три тысячи", "3 тыс."])
def test_beds_in_russian_are_found_by_their_number_however_it_is_written(ask: Ask, number: str) -> None:
    reply_text = reply(ask, f"{number} коек")
    assert reply_text.startswith("Ещё 3000 мест в учреждениях для пожилых"), reply_text


def test_an_area_does_not_tell_the_fact_again_that_was_asked_for(ask: Ask) -> None:
    reply_text = reply(ask, "which hospitals will be renovated")
    assert reply_text.startswith("Three hospitals will be renovated:"), reply_text
    assert reply_text.count("Stomatological") == 1, reply_text


@pytest.mark.parametrize(
    ("city", "question", "other"),
    [
        ("eighth_city", "сколько домов газифицируют", "214"),
        ("sixth_city", "I live on Gull Island, do I still pay full price for the boat", "£14 million"),
        ("seventh_city", "ведро для очисток когда забирают", "9 до 19"),
    ],
)
def test_a_fact_of_one_project_is_not_told_of_its_area(city: str, question: str, other: str) -> None:
    loaded = load(CASES / city / "projects.yaml")
    assert loaded.knowledge
    answered = Ask(prepare_once(loaded.knowledge, loaded.digest, embedder=shipped_embedder()))(question)
    assert other not in answered.reply.text


def test_an_old_text_is_not_told_in_place_of_a_yes_without_the_new_status() -> None:
    """The words of an English question stand in no Russian text, so that a yes is not certain."""
    text = (CASES / "eighth_city" / "projects.yaml").read_text(encoding="utf-8")
    before, found, after = text.partition("  - id: hospital\n")
    loaded = load_content((before + found + after.replace("status: in progress", "status: completed", 1)).encode())
    assert loaded.knowledge
    reply = Ask(prepare_once(loaded.knowledge, loaded.digest, embedder=shipped_embedder()))(
        "is the hospital open"
    ).reply
    assert "Многопрофильная больница · completed as of 12 October 2026" in reply.text
    assert "По сообщению" not in reply.text
    assert "“На проспекте Назарбаева строят" in reply.text
