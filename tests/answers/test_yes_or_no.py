"""A reply begins with yes only if the file states everything that the question asks."""

import re

import pytest

from bot.answers.snapshot import build_snapshot
from bot.answers.understanding import stated
from bot.knowledge import SmalltalkFile
from bot.publishing.files.load import load, load_content
from tests.console import CASES, Ask, prepare_once, shipped_embedder
from tests.factories import yaml_text

_YES = re.compile(r"yes\b|да\b|是的|会的")

#: Each adds something to what is true: a place, an owner, a number, a scope, another kind of work.
ADDED = """
will the sixth hospital be built in Nangang?
will the childcare centre be built by a private company?
are the new beds being added in the first hospital?
will care centres be built near us?
центр для пожилых у нас в районе построят?
центр ухода за пожилыми построят рядом?
is the first hospital planned to get 1,500 beds
will all heating pipes be replaced?
is a new dental hospital being built?
will the sixth hospital be renovated?
will the water plant no 3 be moved
will 5,000 beds be added for the elderly?
is the second hospital going to be renovated this year?
六院会建在南岗吗
新增床位都在一院吗
会不会新建三家医院
口腔医院要新建吗
六院要改造吗
净水厂搬到郊区吗
水管改造影响我家用水吗
会给每个小区建养老食堂吗
托育中心建在道里区吗
会建三个托育中心吗
中医医院要搬家吗
будут ли строить шестую больницу в Нангане?
будут ли строить новую стоматологическую больницу
будут ли строить вторую больницу?
перенесут ли все водоочистные станции?
""".strip().split("\n")

STATED = """
is the first hospital going to be renovated?
will there be 3,000 more beds for the elderly?
is a childcare centre being built?
are they moving the water source upstream?
哈尔滨会建中医院吗
养老床位会增加吗
水源地要上移吗
药品会集中采购吗
построят ли больницу традиционной медицины?
мест в домах престарелых прибавится?
расходные материалы тоже закупят централизованно?
""".strip().split("\n")


@pytest.fixture(scope="module")
def kelsford() -> Ask:
    loaded = load(CASES / "second_city" / "projects.yaml")
    assert loaded.knowledge
    return Ask(prepare_once(loaded.knowledge, loaded.digest, embedder=shipped_embedder()))


def _says_yes(ask: Ask, question: str) -> bool:
    return _YES.match(ask(question).reply.text.lower()) is not None


@pytest.mark.parametrize("question", ADDED)
def test_what_the_source_does_not_say_is_not_confirmed(ask: Ask, question: str) -> None:
    assert not _says_yes(ask, question)


@pytest.mark.parametrize("question", STATED)
def test_what_the_source_says_is_confirmed(ask: Ask, question: str) -> None:
    assert _says_yes(ask, question)


@pytest.mark.parametrize(
    ("question", "is_stated"),
    [
        ("is the playground in Bishop's Park open?", True),
        ("is the swimming pool in Bishop's Park open?", False),
        ("will a school be built in Northbrook?", True),
        ("is the new bridge being built by Balfour Beatty?", False),
        ("is the tram cancelled?", True),
        ("has the recycling centre been delayed?", True),
        ("has the recycling centre been delayed because of badgers?", False),
    ],
)
def test_a_status_confirms_no_more_than_it_says(kelsford: Ask, question: str, is_stated: bool) -> None:
    assert _says_yes(kelsford, question) is is_stated


def test_a_question_that_adds_something_gets_what_the_source_says(ask: Ask) -> None:
    reply = ask("will the sixth hospital be built in Nangang?").reply.text
    assert reply.startswith("The source of 12 November 2021 does not say exactly this. It says:")
    assert "will be built" in reply


def test_a_citizens_question_is_not_kept_beside_the_texts_of_the_city(ask: Ask) -> None:
    question = "will the sixth hospital be built in Nangang?"
    ask(question)
    kept = stated._content.cache_info().currsize
    ask(question + " really? please tell me")
    assert stated._content.cache_info().currsize == kept


FOUNTAINS = """\
  - id: fountains
    area: childcare
    title: {en: Drinking fountains, zh: 公园直饮水, ru: Питьевые фонтанчики}
    status: STATUS
    as_of: 2021-11-12
    summary:
      en: Fountains will be set up in the parks. The water may be drunk without boiling.
      zh: 公园将安装直饮水设备。水不用烧开就能喝。
      ru: В парках установят фонтанчики. Воду можно пить не кипятя.
    facts:
      - id: number
        answers: [how-many, where]
        statement: {en: 40 fountains will be set up., zh: 将安装40台。, ru: Установят 40 фонтанчиков.}
        questions: {en: [how many fountains], zh: [装多少台], ru: [сколько фонтанчиков]}
      - id: free
        answers: [cost]
        statement: {en: Drinking from the fountains is free of charge., zh: 直饮水免费。, ru: Вода бесплатная.}
        questions: {en: [is it free], zh: [要钱吗], ru: [это бесплатно]}
    phrasings: {en: [water in the park], zh: [公园喝水], ru: [попить в парке]}
    source: livelihoods-2021
"""


def with_fountains(smalltalk: SmalltalkFile, status: str = "planned") -> Ask:
    text = yaml_text(("topics_elsewhere:", f"{FOUNTAINS.replace('STATUS', status)}topics_elsewhere:"))
    loaded = load_content(text.encode())
    assert loaded.knowledge, loaded.diagnostics
    return Ask(build_snapshot(loaded.knowledge, smalltalk, loaded.digest))


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("are the fountains free", "Drinking from the fountains is free of charge."),
        ("вода в фонтанчиках бесплатная?", "Вода бесплатная."),
        ("公园直饮水免费吗", "直饮水免费。"),
        ("можно ли пить из фонтанчика некипячёную воду", "Источник от 12 ноября 2021 года прямо этого не говорит."),
    ],
)
def test_what_the_file_says_is_not_said_to_be_unknown(smalltalk: SmalltalkFile, question: str, begins: str) -> None:
    reply = with_fountains(smalltalk)(question).reply.text
    assert reply.startswith(begins), reply


def test_a_property_that_the_file_does_not_mention_is_said_to_be_unknown(smalltalk: SmalltalkFile) -> None:
    reply = with_fountains(smalltalk)("is the water from the fountains warm").reply.text
    assert reply.startswith("I don't know"), reply


@pytest.mark.parametrize(
    "question", ["公园直饮水建好了吗", "公园直饮水弄好了吗", "公园直饮水安装好了吗", "公园直饮水完工了吗"]
)
def test_whatever_word_asks_whether_it_is_ready_the_status_answers(smalltalk: SmalltalkFile, question: str) -> None:
    reply = with_fountains(smalltalk, "completed")(question).reply.text
    assert reply.startswith("是的"), reply


def test_the_status_answers_although_a_fact_has_the_words_of_the_question(ask: Ask) -> None:
    reply = ask("is the childcare centre finished").reply.text
    assert reply.startswith("No: in progress as of 12 November 2021."), reply
