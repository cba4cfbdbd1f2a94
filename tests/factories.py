"""A small city for tests: three areas, four projects, one topic elsewhere; every text in three languages."""

import copy
import json
from typing import Any

from bot.knowledge import KnowledgeBase
from bot.publishing.yaml.loader import read

#: As staff write it. Line numbers are counted by the tests that break one of its lines.
YAML_TEXT = """\
city:
  name: {en: Harbin, zh: 哈尔滨, ru: Харбин}
  time_zone: Asia/Shanghai
  default_language: en
  contacts: {hotline: "", emergency: ""}
  stale_after_days: 180
  quiet_hours: {start: 21:00, end: 08:00}
  costs: {wrong: 5, ask: 1, refuse: 2}
  sources:
    livelihoods-2021:
      title: {en: Ten public projects, zh: 十件民生实事, ru: Десять проектов для жителей}
      publisher: e.my399.com
      date: 2021-11-12
areas:
  - id: elderly-care
    title: {en: Elderly care, zh: 养老服务, ru: Забота о пожилых}
    overview:
      en: The city adds beds and homecare stations.
      zh: 全市增加养老床位和居家养老服务站。
      ru: Город добавит коек и пунктов помощи на дому.
    words: {en: [granny, nursing home], zh: [养老, 老人], ru: [пенсионер, пожилые]}
    phrasings: {en: [what is done for the elderly], zh: [老人有什么政策], ru: [что для пожилых]}
  - id: hospitals
    title: {en: Hospitals, zh: 医院建设, ru: Больницы}
    overview: {en: Hospitals are renovated or built., zh: 改造和新建医院。, ru: Строят больницы.}
    words: {en: [hospital, clinic], zh: [医院], ru: [больница]}
  - id: childcare
    title: {en: Childcare, zh: 托育服务, ru: Ясли}
    overview: {en: A childcare centre is built., zh: 建设托育中心。, ru: Строится детский центр.}
    words: {en: [nursery, toddler], zh: [托儿], ru: [ясли]}
projects:
  - id: elderly-beds
    area: elderly-care
    title: {en: Beds in elderly care, zh: 养老床位, ru: Койки для пожилых}
    status: announced
    status_note: {en: stated as a goal for 2021, zh: 2021年的目标, ru: цель на 2021 год}
    as_of: 2021-11-12
    summary: {en: "1,000 nursing beds and 2,000 normal ones.", zh: 护理床位1000张。, ru: Тысяча коек.}
    facts:
      - id: nursing-beds
        answers: [how-many]
        statement: {en: "1,000 nursing beds are added.", zh: 增加护理床位1000张。, ru: Добавят 1 000 коек.}
        questions: {en: [how many beds], zh: [多少张床], ru: [сколько коек]}
    left_open: [cost, where]
    words: {en: [bed, beds], zh: [床位], ru: [койки]}
    phrasings: {en: [new beds for old people], zh: [新增养老床位], ru: [новые койки для стариков]}
    related: [homecare-stations]
    source: livelihoods-2021
  - id: homecare-stations
    area: elderly-care
    title: {en: Homecare stations, zh: 居家养老服务站, ru: Пункты помощи на дому}
    status: announced
    as_of: 2021-11-12
    summary: {en: Homecare stations are set up., zh: 建设居家养老服务站。, ru: Создают пункты помощи на дому.}
    phrasings: {en: [help at home for my mother], zh: [上门照顾老人], ru: [помощь маме на дому]}
    source: livelihoods-2021
  - id: sixth-hospital
    area: hospitals
    title: {en: Sixth Municipal Hospital, zh: 哈尔滨市第六医院, ru: Шестая городская больница}
    status: planned
    as_of: 2021-11-12
    summary: {en: The Sixth Municipal Hospital is built., zh: 新建市第六医院。, ru: Строится шестая больница.}
    phrasings: {en: [sixth hospital], zh: [市六院], ru: [шестая больница]}
    source: livelihoods-2021
  - id: childcare-centre
    area: childcare
    title: {en: Childcare centre, zh: 托育中心, ru: Центр для малышей}
    status: in progress
    as_of: 2021-11-12
    expected_completion: {en: by the end of the year, zh: 年底, ru: к концу года}
    summary: {en: A childcare centre is being built., zh: 正在建设托育中心。, ru: Строится центр для малышей.}
    phrasings: {en: [new childcare center], zh: [托儿中心], ru: [новые ясли]}
    source: livelihoods-2021
topics_elsewhere:
  - id: appointments
    title: {en: "Doctors' appointments", zh: 挂号, ru: Запись к врачу}
    sentence: {en: This bot makes no appointments., zh: 这里不能挂号。, ru: Здесь не записывают к врачу.}
    turn_to: {en: "", zh: "", ru: ""}
    phrasings: {en: [see a doctor tomorrow], zh: [我要挂号], ru: [записаться к врачу]}
"""


def yaml_text(*changes: tuple[str, str]) -> str:
    """The small city's file with each (old, new) pair replaced once; the old piece must be there."""
    text = YAML_TEXT
    for old, new in changes:
        assert old in text, f"the small city has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def line_of(piece: str, text: str = YAML_TEXT) -> int:
    """The line in which a piece of the text first stands, counted from one."""
    return text[: text.index(piece)].count("\n") + 1


def values(**parts: Any) -> dict[str, Any]:
    """The small city's plain values, with whole top-level parts exchanged."""
    return {**copy.deepcopy(_VALUES), **parts}


def make_knowledge(**parts: Any) -> KnowledgeBase:
    """The small city as a knowledge base, with whole top-level parts (plain values) exchanged."""
    return KnowledgeBase.model_validate(values(**parts))


def make_project(identifier: str, area: str = "hospitals", **fields: Any) -> dict[str, Any]:
    """Plain values of a project, complete but for what `fields` say otherwise."""
    titles = {"en": identifier.replace("-", " "), "zh": f"项目{identifier}", "ru": f"проект {identifier}"}
    required = {
        "id": identifier,
        "area": area,
        "title": titles,
        "status": "planned",
        "as_of": "2021-11-12",
        "summary": titles,
        "source": "livelihoods-2021",
    }
    return {**required, **fields}


def large_yaml(projects: int, phrasings: int = 10) -> str:
    """A city with these numbers of projects and of phrasings per project and language, as JSON, a subset of YAML."""
    ways = {
        "en": [f"how far is the building work in street number {i}" for i in range(phrasings)],
        "zh": [f"第{i}号街道的工程什么时候能完工" for i in range(phrasings)],
        "ru": [f"когда закончат строительство на улице номер {i}" for i in range(phrasings)],
    }
    areas = [area["id"] for area in values()["areas"]]
    made = [make_project(f"project-{n}", areas[n % 3], phrasings=ways, words=ways) for n in range(projects)]
    return json.dumps(values(projects=made), ensure_ascii=False, indent=1)


#: The text above, read once.
_VALUES = read(YAML_TEXT.encode())["data"]
