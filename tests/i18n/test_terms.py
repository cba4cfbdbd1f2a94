"""One term for one thing, in the bot's sentences and in the shipped knowledge.

A synonym of a glossary term is an error in any text that citizens, staff or admins read.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po

from bot.i18n.languages import LANGUAGES, Language
from tests.console import KNOWLEDGE, PROJECT

#: What is meant -> for each language its word, and a pattern of other words for it.
TERMS: dict[str, dict[Language, tuple[str, str]]] = {
    "public project": {
        "en": ("public project", r"livelihood project|civic project"),
        "zh": ("民生项目", r"民生实事|民生工程|惠民项目"),
        "ru": ("социальный проект", r"проект\w* для (?:жителей|горожан)|народн\w+ проект"),
    },
    "source": {
        "en": ("source", r"\barticles?\b"),
        "zh": ("来源", r"信息来源|出处|信源"),
        "ru": ("источник", r"\bстать(?:я|и|е|ю|ёй|ей)\b"),
    },
    "announced": {
        "en": ("announced", r"stated as a goal|put down for"),
        "zh": ("已公布", r"提出的目标|列为目标|已宣布"),
        "ru": ("объявлено", r"\bзаявлено\b|\bанонсировано\b"),
    },
    "no progress": {
        "en": ("No progress has been reported.", r"how far (?:it is|is it|it has got)"),
        "zh": ("报道未提进展。", r"进展不明|进度不详"),
        "ru": ("О ходе работ не сообщается.", r"как далеко"),
    },
    "centre": {"en": ("centre", r"\bcenters?\b")},
    "British spelling": {
        "en": ("-isation", r"(?:optim|organ|central|modern|summar|recogn|priorit)iz|\b(?:color|favorite|neighbor)\b"),
    },
    "nursing bed": {
        "en": ("nursing bed", r"\bcare beds?\b"),
        "zh": ("护理床位", r"护理床(?!位)|照护床"),
        "ru": ("сестринский уход", r"койк\w* (?:по|для) уход"),
    },
    "elderly care institution": {
        "en": ("care institution", r"old people's home|retirement home"),
        "zh": ("养老机构", r"敬老院|老人院"),
        "ru": ("учреждение для пожилых", r"богадельн|дом\w* престарел"),
    },
    "water source": {
        "zh": ("水源", r"取水口|水源地"),
        "ru": ("водоисточник", r"водозабор|источник\w* воды"),
    },
    "move upstream": {
        "en": ("move upstream", r"\bmov(?:e|es|ed|ing) up\b"),
        "zh": ("上移", r"上迁|上游迁"),
        "ru": ("вверх по / выше по течению", r"вверх по течению"),
    },
    "same quality of treatment": {
        "en": ("same quality of treatment", r"same treatment\b|equal treatment"),
        "zh": ("同等质量", r"同等的?医疗待遇|同质"),
        "ru": ("помощь одинакового качества", r"равно\w+ лечени"),
    },
    "direct settlement": {
        "en": ("direct settlement", r"direct payment|direct billing"),
        "zh": ("直接结算", r"直接报销|即时结算"),
        "ru": ("прямой расчёт", r"прям\w+ оплат|безналичн"),
    },
    "burden of treatment": {
        "zh": ("看病负担", r"就医负担|医疗负担"),
        "ru": ("расходы на лечение", r"бремя"),
    },
    "hotline": {
        "en": ("hotline", r"helpline|inquiry line"),
        "zh": ("热线", r"服务电话"),
        "ru": ("горячая линия", r"справочн\w+ служб|городск\w+ справочн"),
    },
    "operator": {
        "zh": ("运维人员", r"运维员|维护人员"),
        "ru": ("технический администратор", r"тот, кто обслуживает|\bоператор\w* бота"),
    },
    "expected completion": {
        "zh": ("预计完工", r"预计竣工|预计完成时间"),
        "ru": ("ожидаемый срок", r"предполагаем\w+ срок|планов\w+ срок"),
    },
    "as of": {
        "zh": ("截至", r"截止到?\d|截止\{"),
        "ru": ("по состоянию на", r"по данным на\b"),
    },
    "broadcast": {
        "en": ("broadcast", r"mass mailing|\bmailing\b"),
        "zh": ("群发", r"广播|群发消息"),
        "ru": ("рассылка", r"массов\w+ сообщени|вещани"),
    },
    "pause": {
        "en": ("pause", r"stands? still"),
        "zh": ("暂停", r"停住|中止"),
        "ru": ("приостановить", r"стоит на месте|заморож"),
    },
    "community": {
        "zh": ("社区", r"小区服务|邻里"),
        "ru": ("по месту жительства", r"\bобщин\w+ (?:уход|помощ|центр)|\bкомьюнити"),
    },
    "area": {
        "en": ("area", r"\bsectors?\b|\bPart of:"),
        "zh": ("领域", r"板块|版块"),
        "ru": ("направление", r"\bобласт(?:ь|и|ью|ей)\b|\bсфер[аы]\b"),
    },
    "the city": {
        "zh": ("市里", r"我市|市政府|哈市"),
        "ru": ("город", r"\bмэри\w+|\bгородск\w+ власт"),
    },
    "knowledge file": {
        "en": ("knowledge file", r"\bdata files?\b|knowledge base"),
        "zh": ("资料文件", r"知识文件|知识库|数据文件"),
        "ru": ("файл данных", r"\bфайл\w* знаний|\bбаз\w+ знаний"),
    },
    "ways of asking": {
        "en": ("way of asking", r"\bwordings?\b (?:of|for) (?:the )?questions?"),
        "zh": ("问法", r"提问方式|问句"),
        "ru": ("формулировка", r"вариант\w* вопрос"),
    },
    "notice": {
        "en": ("notice", r"\bnotifications?\b|\bannouncements?\b"),
        "zh": ("通知", r"公告|告示"),
        "ru": ("уведомление", r"извещени"),
    },
    "only once": {
        "en": ("Only once", r"exactly once|at most once"),
        "zh": ("仅发一次", r"只发一次|最多一次"),
        "ru": ("Строго один раз", r"однократн|не более одного раза"),
    },
    "end a broadcast": {
        "en": ("End it / Recall it", r"\babort|call(?:ed)? (?:it )?back\b"),
        "zh": ("终止 / 撤回", r"中断群发|召回|收回群发"),
        "ru": ("прекратить / отозвать", r"прерва\w+ рассылк|аннулир"),
    },
    "approve": {
        "en": ("approve", r"\bsa(?:y|ys|id) yes\b"),
        "zh": ("同意", r"批准|审批"),
        "ru": ("дать согласие", r"\bодобр"),
    },
    "refused by Telegram": {
        "en": ("refused", r"\brejected\b|\bdeclined\b"),
        "zh": ("被拒收", r"被拒绝|驳回"),
        "ru": ("отклонено", r"\bотверг|\bотказ по"),
    },
    "preview": {
        "en": ("preview", r"\bpre-?visuali"),
        "zh": ("预览", r"看改动|预检"),
        "ru": ("предпросмотр", r"предварительн\w+ просмотр"),
    },
    "progress": {
        "en": ("progress", r"\bhow far\b(?! the work)"),
        "zh": ("进展", r"进度"),
        "ru": ("ход работ", r"\bстади\w+|\bпрогресс"),
    },
    "undo": {
        "en": ("undo", r"\btak(?:e|es|en) (?:it )?back\b|\brevert"),
        "zh": ("撤销", r"回滚|回退"),
        "ru": ("отменить", r"\bоткат"),
    },
    "telegram id": {"zh": ("Telegram ID", r"您的编号")},
    "numbers": {"zh": ("3000", r"\d,\d{3}"), "ru": ("3000", r"\d,\d{3}")},
}


_ANY_CASE = re.IGNORECASE


def sentences(language: Language) -> Iterator[str]:
    """The bot's sentences in a language; the English ones are the catalogues' ids."""
    read_from = language if language != "en" else "zh"
    path = PROJECT / "bot" / "i18n" / "locales" / read_from / "LC_MESSAGES" / "minsheng.po"
    with path.open("rb") as file:
        for message in read_po(file):
            texts = message.id if language == "en" else message.string
            yield from (text or "" for text in (texts if isinstance(texts, tuple | list) else (texts,)))


def statements(language: Language) -> Iterator[str]:
    """The texts of the shipped knowledge that are shown to citizens, not the ways of asking."""
    yield from _texts(yaml.safe_load(KNOWLEDGE.read_text(encoding="utf-8")), language)


def _texts(value: Any, language: Language) -> Iterator[str]:
    if isinstance(value, dict):
        shown = {name: child for name, child in value.items() if name not in ("denied", "questions")}
        if isinstance(text := shown.get(language), str):
            yield text
        for child in shown.values():
            yield from _texts(child, language)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child, language)


@cache
def _read_by_people(language: Language) -> tuple[str, ...]:
    return (*sentences(language), *statements(language))


@pytest.mark.parametrize("term", TERMS)
def test_one_thing_has_one_word(term: str) -> None:
    for language, (word, others) in TERMS[term].items():
        wrong = [text for text in _read_by_people(language) if re.search(others, text, _ANY_CASE)]
        assert not wrong, f"{language}: write “{word}” in {wrong}"


def test_the_statements_of_every_language_are_read() -> None:
    assert all(len([*statements(language)]) > 100 for language in ("en", "zh", "ru"))
    assert all(len([*sentences(language)]) > 500 for language in LANGUAGES)


def test_projects_without_news_share_one_note() -> None:
    projects = yaml.safe_load(KNOWLEDGE.read_text(encoding="utf-8"))["projects"]
    notes = {tuple(each["status_note"].values()) for each in projects if each["status"] == "announced"}
    assert len(notes) == 1
