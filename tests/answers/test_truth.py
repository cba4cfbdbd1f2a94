"""What citizens are told stays true after every edit: sources, gaps, statuses and dates."""

import re
from datetime import UTC, datetime

import pytest

from bot.answers.snapshot import build_snapshot
from bot.knowledge import SmalltalkFile
from bot.publishing.files.load import load, load_content
from tests.console import CASES, KNOWLEDGE, Ask, prepare_once, shipped_embedder, with_statements
from tests.factories import yaml_text

#: Long after the source of 12 November 2021.
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

CANTEENS = """\
  - id: elderly-canteens
    area: elderly-care
    title: {en: Canteens for older people, zh: 老年食堂, ru: Столовые для пожилых}
    status: planned
    as_of: 2026-05-20
    expected_completion: {en: by the end of June 2027, zh: 2027年6月底前, ru: до конца июня 2027 года}
    due: 2027-06-30
    summary:
      en: Ten canteens for older people will open in the districts.
      zh: 各区将开设十家老年食堂。
      ru: В районах откроют десять столовых для пожилых.
    facts:
      - id: price
        answers: [cost]
        statement: {en: A meal costs 8 yuan., zh: 一餐8元。, ru: Обед стоит 8 юаней.}
        questions:
          en: [what does a meal cost, how much is lunch]
          zh: [一顿饭多少钱, 午餐几块]
          ru: [сколько стоит обед, цена обеда]
    left_open: [who]
    phrasings:
      en: [canteen for the elderly, where can old people eat cheaply, meals for pensioners]
      zh: [老人食堂, 老年人吃饭的地方, 老人助餐]
      ru: [столовая для стариков, где пожилым поесть, питание для пенсионеров]
    source: canteens-2026
"""
SOURCE = """\
    canteens-2026:
      title: {en: Canteens, zh: 老年食堂, ru: Столовые}
      publisher: harbin.gov.cn
      date: 2026-05-20
"""


def asking(content: str | bytes, smalltalk: SmalltalkFile) -> Ask:
    """Asks a bot that knows this file."""
    loaded = load_content(content.encode() if isinstance(content, str) else content)
    assert loaded.knowledge is not None, loaded.diagnostics
    return Ask(build_snapshot(loaded.knowledge, smalltalk, loaded.digest))


@pytest.fixture(scope="module")
def with_canteens(smalltalk: SmalltalkFile) -> Ask:
    """The city's file to which staff added a project with a source of its own."""
    text = KNOWLEDGE.read_text(encoding="utf-8")
    return asking(with_statements(text.replace("\nprojects:\n", f"{SOURCE}\nprojects:\n{CANTEENS}", 1)), smalltalk)


def reply(ask: Ask, *messages: str) -> str:
    return ask(*messages, now=NOW).reply.text


# --- Sources ---


@pytest.mark.parametrize(
    ("question", "fact", "source"),
    [
        ("how much does the elderly canteen cost", "A meal costs 8 yuan.", "Source: harbin.gov.cn, 20 May 2026."),
        ("what does a meal cost in the canteen for old people", "8 yuan", "Source: harbin.gov.cn, 20 May 2026."),
        ("老年食堂一顿饭多少钱", "一餐8元。", "harbin.gov.cn，2026年5月20日"),
        ("сколько стоит обед в столовой для пожилых", "Обед стоит 8 юаней.", "harbin.gov.cn, 20 мая 2026"),
    ],
)
def test_a_fact_is_shown_with_the_source_of_its_project(
    with_canteens: Ask, question: str, fact: str, source: str
) -> None:
    reply_text = reply(with_canteens, question)
    assert fact in reply_text.split("\n")[0], reply_text
    assert source in reply_text, reply_text
    assert "my399" not in reply_text.split("\n\n")[0] or source in reply_text.split("\n\n")[0], reply_text


def test_a_fact_with_a_source_of_its_own_is_shown_with_that(smalltalk: SmalltalkFile) -> None:
    ask = asking(
        yaml_text(
            ("areas:\n", f"{SOURCE}areas:\n"),
            ("        answers: [how-many]\n", "        answers: [how-many]\n        source: canteens-2026\n"),
        ),
        smalltalk,
    )
    reply_text = reply(ask, "how many beds")
    assert reply_text.startswith("1,000 nursing beds are added.\nSource: harbin.gov.cn, 20 May 2026."), reply_text
    assert reply_text.endswith("Source: e.my399.com, 12 November 2021. May be out of date."), reply_text


# --- Gaps ---


@pytest.mark.parametrize(
    ("question", "denied", "date"),
    [
        ("when do the elderly canteens open", "gives no start or finishing dates", "June 2027"),
        ("when will the canteens for older people be ready?", "gives no start", "June 2027"),
        ("老年食堂什么时候开", "没有给出", "2027年6月底"),
        ("когда откроют столовые для пожилых", "не называет", "июня 2027"),
    ],
)
def test_what_an_area_leaves_open_hides_no_date_of_a_project(
    with_canteens: Ask, question: str, denied: str, date: str
) -> None:
    reply_text = reply(with_canteens, question)
    assert date in reply_text, reply_text
    assert denied not in reply_text, reply_text


def test_an_aspect_that_a_project_states_is_not_said_to_be_open(smalltalk: SmalltalkFile) -> None:
    fact = "      - {id: price, answers: [cost], statement: {en: A bed costs 20 yuan., zh: 20元, ru: 20}}\n"
    ask = asking(yaml_text(("    left_open: [cost, where]\n", f"{fact}    left_open: [cost, where]\n")), smalltalk)
    reply_text = reply(ask, "new beds for old people", "how much does it cost?")
    assert "does not say what it costs" not in reply_text, reply_text
    assert "20 yuan" in reply_text, reply_text


# --- Statuses ---

FLAT = {
    "en": ("is expected to be finished", "is being built", "will be", "Expected completion"),
    "zh": ("预计年底", "正在建设", "预计完工"),
    "ru": ("должен быть готов", "Строится центр", "Ожидаемый срок"),
}
#: What a delay contradicts: that a date was expected, not that it is being built.
EXPECTED = (
    "is expected to be finished",
    "Expected completion",
    "预计年底",
    "预计完工",
    "должен быть готов",
    "Ожидаемый",
)


def changed_childcare(status: str) -> str:
    """The small city's file after staff set the status of the childcare centre."""
    fact = (
        "    facts:\n"
        "      - id: end\n        answers: [when, progress]\n"
        "        statement:\n"
        "          en: The centre is expected to be finished by the end of the year.\n"
        "          zh: 中心预计年底前建成。\n"
        "          ru: Центр должен быть готов к концу года.\n"
        "        questions: {en: [is the centre finished], zh: [中心建好了吗], ru: [центр уже готов]}\n"
    )
    return yaml_text(
        ("    status: in progress\n    as_of: 2021-11-12\n", f"    status: {status}\n    as_of: 2026-11-20\n"),
        ("    phrasings: {en: [new childcare center]", f"{fact}    phrasings: {{en: [new childcare center]"),
    )


@pytest.mark.parametrize("status", ["completed", "cancelled", "delayed"])
@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("new childcare center", "en"),
        ("is the centre finished", "en"),
        ("托儿中心", "zh"),
        ("中心建好了吗", "zh"),
        ("новые ясли", "ru"),
        ("центр уже готов", "ru"),
    ],
)
def test_no_sentence_contradicts_the_status(
    smalltalk: SmalltalkFile, status: str, question: str, language: str
) -> None:
    reply_text = reply(asking(changed_childcare(status), smalltalk), question)
    said_flatly = re.sub("[“«][^”»]*[”»]", "", reply_text)
    pieces = FLAT[language] if status != "delayed" else EXPECTED
    flat = [piece for piece in pieces if piece in said_flatly]
    assert not flat, reply_text


def test_what_was_expected_is_shown_with_its_date(smalltalk: SmalltalkFile) -> None:
    reply_text = reply(asking(changed_childcare("completed"), smalltalk), "is the centre finished")
    assert reply_text.startswith(
        "Yes: it is completed, as of 20 November 2026.\n\n"
        "On 12 November 2021, completion was expected by the end of 2021.\n"
    ), reply_text
    assert reply_text.count("was expected") == 1, reply_text


@pytest.mark.parametrize(
    ("status", "finished", "started", "stopped"),
    [
        ("announced", "No: ", "I don't know", "No: "),
        ("planned", "No: ", "No: ", "No: "),
        ("in progress", "No: ", "Yes", "No: "),
        ("completed", "Yes", "Yes", "No: it is completed"),
        ("delayed", "No: ", "I don't know", "No: "),
        ("cancelled", "No: it was cancelled", "No: it was cancelled", "Yes: it was cancelled"),
    ],
)
def test_a_question_for_a_status_is_answered_with_yes_no_or_that_it_is_not_known(
    smalltalk: SmalltalkFile, status: str, finished: str, started: str, stopped: str
) -> None:
    ask = asking(changed_childcare(status), smalltalk)
    for question, begins in (
        ("is the new childcare center finished", finished),
        ("has the new childcare center been started", started),
        ("was the new childcare center cancelled", stopped),
    ):
        assert reply(ask, question).startswith(begins), (question, reply(ask, question))


@pytest.mark.parametrize(
    ("question", "begins", "fact"),
    [
        ("is Harbin teaming up with Beijing for medicines?", "No, not according to the source", "Shenzhen"),
        ("药是跟上海一起买吗", "不是，据2021年11月12日报道", "深圳"),
        ("лекарства закупают вместе с Шанхаем?", "Нет, по данным источника", "Шэньчжэнь"),
        ("are all five hospitals new", "No, not according to the source", "Two hospitals will be built"),
    ],
)
def test_a_question_that_a_fact_denies_is_answered_with_no(ask: Ask, question: str, begins: str, fact: str) -> None:
    reply_text = reply(ask, question)
    assert reply_text.startswith(begins), reply_text
    assert fact in reply_text, reply_text


def test_a_fact_denies_nothing_that_it_does_not_name(ask: Ask) -> None:
    assert not reply(ask, "is Harbin teaming up with Shenzhen for medicines?").startswith("No")


@pytest.mark.parametrize(
    ("status", "begins"),
    [("completed", "No: it is completed"), ("in progress", "Yes: it is in progress"), ("planned", "No: planned")],
)
def test_what_is_completed_is_not_being_built_any_more(smalltalk: SmalltalkFile, status: str, begins: str) -> None:
    ask = asking(changed_childcare(status), smalltalk)
    for question in ("is the new childcare center still being built", "is the new childcare center under construction"):
        assert reply(ask, question).startswith(begins), reply(ask, question)


def test_a_quotation_that_is_shown_beside_yes_or_no_is_whole(smalltalk: SmalltalkFile) -> None:
    changes = (
        ("    status: in progress\n    as_of: 2021-11-12\n", "    status: completed\n    as_of: 2026-11-20\n"),
        ("{en: A childcare centre is being built.,", "{en: A childcare centre is being built. It will have a garden.,"),
    )
    reply_text = reply(asking(yaml_text(*changes), smalltalk), "is the new childcare center finished")
    assert "Reported on 12 November 2021: “A childcare centre is being built. It will have a garden.”" in reply_text


def test_an_area_whose_projects_are_all_cancelled_says_so(smalltalk: SmalltalkFile) -> None:
    changes = [("    status: announced\n", "    status: cancelled\n")] * 2
    reply_text = reply(asking(yaml_text(*changes), smalltalk), "what is done for the elderly")
    assert reply_text.startswith("Elderly care · 2 cancelled"), reply_text


def test_an_area_without_projects_tells_nothing_that_no_source_supports(smalltalk: SmalltalkFile) -> None:
    moved = ("    area: childcare\n", "    area: hospitals\n")
    reply_text = reply(asking(yaml_text(moved), smalltalk), "nursery")
    assert "A childcare centre is built" not in reply_text, reply_text


def test_a_change_that_is_taken_back_leaves_no_trace(smalltalk: SmalltalkFile) -> None:
    before, during, after = (
        reply(asking(text, smalltalk), "new childcare center")
        for text in (yaml_text(), changed_childcare("cancelled"), yaml_text())
    )
    assert before == after != during


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
        ("2021-12-20", "On 12 November 2021, completion was expected by 20 December 2021; nothing later is known."),
        # Before the source was written: a slip.
        ("2020-12-31", "completion was expected by the end of 2021; nothing later is known."),
    ],
)
def test_a_due_date_holds_where_the_words_name_another_time(smalltalk: SmalltalkFile, due: str, told: str) -> None:
    completion = "    expected_completion: {en: by the end of the year"
    ask = asking(yaml_text((completion, f"    due: {due}\n{completion}")), smalltalk)
    assert told in reply(ask, "new childcare center")


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
            "По состоянию на 12 ноября 2021 года ни один из известных мне проектов (всего 21) не имеет статуса",
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
