"""What citizens are told stays true after every edit: sources, gaps, statuses and dates."""

import re

import pytest

from bot.knowledge import SmalltalkFile
from tests.answers.edited_city import asking, changed_childcare, reply
from tests.console import KNOWLEDGE, Ask, with_statements
from tests.factories import yaml_text

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


@pytest.fixture(scope="module")
def with_canteens(smalltalk: SmalltalkFile) -> Ask:
    """The city's file to which staff added a project with a source of its own."""
    text = KNOWLEDGE.read_text(encoding="utf-8")
    return asking(with_statements(text.replace("\nprojects:\n", f"{SOURCE}\nprojects:\n{CANTEENS}", 1)), smalltalk)


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
    own = "Source: harbin.gov.cn, 20 May 2026. May be out of date."
    assert reply_text.startswith(f"1,000 nursing beds are added.\n{own}\n"), reply_text
    assert reply_text.endswith("Source: e.my399.com, 12 November 2021. May be out of date."), reply_text


#: The homecare stations have a source of their own and were confirmed later than the beds.
_OF_STATIONS = "    phrasings: {en: [help at home for my mother], zh: [上门照顾老人], ru: [помощь маме на дому]}\n"
STATIONS = (
    ("areas:\n", f"{SOURCE}areas:\n"),
    (f"{_OF_STATIONS}    source: livelihoods-2021\n", f"{_OF_STATIONS}    source: canteens-2026\n"),
    (
        "Пункты помощи на дому}\n    status: announced\n    as_of: 2021-11-12\n",
        "Пункты помощи на дому}\n    status: announced\n    as_of: 2026-09-01\n",
    ),
)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("help at home for my mother", "Source: harbin.gov.cn, 20 May 2026. As of 1 September 2026."),
        ("new beds for old people", "Source: e.my399.com, 12 November 2021. May be out of date."),
        ("what is done for the elderly", "Source: e.my399.com, 12 November 2021. May be out of date."),
    ],
)
def test_a_card_is_told_with_the_source_and_the_day_of_its_own_project(
    smalltalk: SmalltalkFile, question: str, source: str
) -> None:
    """That of an area with those of the project that was confirmed longest ago."""
    assert reply(asking(yaml_text(*STATIONS), smalltalk), question).endswith(f"\n\n{source}")


def test_a_fact_of_an_area_is_told_with_the_source_of_the_projects_that_it_concerns(smalltalk: SmalltalkFile) -> None:
    fact = (
        "    facts:\n"
        "      - id: first-stations\n        answers: [how-many]\n        concerns: [homecare-stations]\n"
        "        statement: {en: Two stations open at first., zh: 先开两个站。, ru: Сначала откроют два пункта.}\n"
        "        questions: {en: [how many stations open at first], zh: [先开几个站], ru: [сколько пунктов сначала]}\n"
    )
    ask = asking(yaml_text(*STATIONS, ("    words: {en: [granny", f"{fact}    words: {{en: [granny")), smalltalk)
    reply_text = reply(ask, "how many stations open at first")
    assert reply_text.startswith("Two stations open at first."), reply_text
    assert "Source: harbin.gov.cn, 20 May 2026. As of 1 September 2026." in reply_text, reply_text
    assert "my399" not in reply_text, reply_text


# --- Gaps ---

#: A sentence of the area of elderly care that denies what one of its projects may state.
UNPRICED = """\
    facts:
      - id: costs
        answers: [cost]
        statement: {en: The source gives no prices., zh: 来源没有给出价格。, ru: Цены в источнике не названы.}
        questions: {en: [what does elderly care cost], zh: [养老多少钱], ru: [сколько стоит уход за пожилыми]}
"""
PRICE = """\
      - id: price
        answers: [cost]
        statement: {en: A bed costs 20 yuan., zh: 床位20元。, ru: Койка стоит 20 юаней.}
"""


@pytest.mark.parametrize(
    ("question", "denied"),
    [
        ("what does elderly care cost", "gives no prices"),
        ("养老多少钱", "没有给出价格"),
        ("сколько стоит уход за пожилыми", "не названы"),
    ],
)
def test_the_gap_of_an_area_is_told_until_one_of_its_projects_fills_it(
    smalltalk: SmalltalkFile, question: str, denied: str
) -> None:
    of_area = ("    words: {en: [granny", f"{UNPRICED}    words: {{en: [granny")
    of_project = ("    left_open: [cost, where]\n", PRICE)
    assert denied in reply(asking(yaml_text(of_area), smalltalk), question)
    filled = reply(asking(yaml_text(of_area, of_project), smalltalk), question)
    assert denied not in filled, filled


WHEN, HOW_FAR = "when will the new childcare center be ready", "how far is the new childcare center"


@pytest.mark.parametrize(
    ("question", "status", "time", "is_denied"),
    [
        (WHEN, "in progress", "", True),
        (WHEN, "in progress", "expected_completion: {en: by May 2027, zh: 2027年5月, ru: к маю 2027 года}", False),
        (WHEN, "in progress", "due: 2027-05-31", False),
        (HOW_FAR, "planned", "", True),
        (HOW_FAR, "in progress", "", False),
        (HOW_FAR, "completed", "", False),
        (HOW_FAR, "delayed", "", False),
    ],
)
def test_what_a_card_states_is_not_said_to_be_open(
    smalltalk: SmalltalkFile, question: str, status: str, time: str, *, is_denied: bool
) -> None:
    completion = "    expected_completion: {en: by the end of the year, zh: 年底, ru: к концу года}\n"
    changes = (
        ("    status: in progress\n", f"    status: {status}\n    left_open: [when, progress]\n"),
        (completion, f"    {time}\n"),
    )
    reply_text = reply(asking(yaml_text(*changes), smalltalk), question)
    assert reply_text.startswith("The source does not say") is is_denied, reply_text


def test_of_an_area_only_what_all_its_projects_leave_open_is_said_to_be_open(smalltalk: SmalltalkFile) -> None:
    asked = "what does all this for the elderly cost"
    of_stations = "ru: Пункты помощи на дому}\n    status: announced\n"
    both = (of_stations, f"{of_stations}    left_open: [cost]\n")
    assert reply(asking(yaml_text(both), smalltalk), asked).startswith("The source gives no costs or prices.")
    assert "gives no costs" not in reply(asking(yaml_text(), smalltalk), asked)


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


def test_a_status_that_was_confirmed_long_ago_does_not_make_the_answer_a_no(smalltalk: SmalltalkFile) -> None:
    asked, day = "is the sixth hospital finished", "    status: planned\n    as_of: 2021-11-12\n"
    old = reply(asking(yaml_text(), smalltalk), asked)
    assert old.startswith("I don't know: reported as planned on 12 November 2021, no later news."), old
    fresh = reply(asking(yaml_text((day, day.replace("2021-11-12", "2026-11-20"))), smalltalk), asked)
    assert fresh.startswith("No: planned as of 20 November 2026."), fresh


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
