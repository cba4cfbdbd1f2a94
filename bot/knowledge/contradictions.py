"""Sentences that contradict later knowledge: a project's status, or a date that has passed.

A source describes the day on which it was written: “is expected to be finished by the end of the year”. Once the
project is completed or cancelled, or the year is over, that sentence is false if stated as a fact. The rules here find
such sentences by their words in each language. The bot never states them as facts (`bot.answers.wording.dated_text`),
and staff see them before they publish (`bot.publishing.contradictions`).

If a rule matches too much, a sentence is told with its date, which is still true. If it matches too little, a false
sentence remains. So the words for the future are broad, and the words for a deadline are narrow.

Tests: tests/knowledge/test_contradictions.py; with replies, tests/answers/test_truth.py.
"""

import re
from datetime import date

from bot.knowledge.deadlines import last_day
from bot.knowledge.status import Status

#: Something is in the future, or in progress.
_AHEAD = re.compile(
    r"\b(?:will|shall)\b"
    r"|\b(?:is|are|still|now|currently) (?:expected|due|scheduled|planned|intended|slated|set)\b"
    r"|\b(?:is|are) to (?:be|get|have|carry|enjoy|open|move|start|receive)\b"
    r"|\b(?:is|are) (?:still |now |currently )?being\b"
    r"|\bone of (?:\w+ ){1,6}to be \w"
    r"|\bunder (?:construction|way|renovation)\b|\bplans? to\b|\bintends? to\b"
    r"|\b(?:is|are) (?:(?:re)?build|renovat|(?:re)?construct|replac|resurfac|repair|extend|expand|widen|install|insulat"
    r"|buy|purchas|moderni[sz]|upgrad|convert|restor|dredg|lay|prepar)ing\b"
    r"|\buntil (?:it|they|the \w+) (?:(?:re)?opens?|is|are)\b"
    r"|\bduring (?:the |its |their )?(?:works?|renovation|re?construction|construction|building)\b"
    r"|预计|预期|有望|计划(?=于|在|今|明|年|[12]\d{3}|新|建|改|完)|将(?=[^军领士])|拟(?=[建新改开于])|即将|正在|在建|待建|力争"
    r"|(?:施工|建设|改造|装修|维修|修缮)期间"
    r"|(?:施工|建设|修建|扩建|改造|装修|维修|修缮|安装|铺设|更换|治理|推进|进行)中(?=[，,。；;、）)]|$)"
    r"|\b(?:будет|будут|предстоит|планиру\w+|ожида(?:ется|ются|ем\w*)|намерен\w*|собира(?:ется|ются))\b"
    r"|\bдолж(?:ен|на|но|ны)\b(?! был)|\bstill to be\b|尚待"
    r"|\b(?:стро|ремонтиру|реконструиру|возвод|перестраива|достраива|расширя|обновля|благоустраива|меня|заменя|прокладыва"
    r"|укладыва|устанавлива|утепля|закупа|покупа|переоборуду|модернизиру|восстанавлива|дела|расселя)"
    r"(?:ит|ят|ет|ют)(?:ся)?\b|\bвед[её]тся|\bвед(?:[её]т|ут) (?:работ|ремонт|строительств)"
    r"|\bв стадии (?:строит|ремонт)|\b(?:во|на) время (?:\w+ )?(?:строит|ремонт|реконстр|работ)"
    r"|\b(?:добав|постро|отремонтиру|созда|откро|перемест|перенес|закуп|улучш|повыс|продолж|разверн|введ|сда|появ|начн"
    r"|законч|заверш|обнов|оборуду|установ|провед|изуч|соедин|свяж|обеспеч|позвол|увелич|сократ|расшир|охват|пройд|стан"
    r"|смог|смож|помог|помож|получ|помест|вмест|прим|запуст|пуст|пролож|посад|благоустро|замен|укреп|снес|сниз|уменьш"
    r"|подключ|восстанов|поступ|войд|оснаст|переоборуду|вырас|достигн|займ|предостав|облегч|ускор|разме(?:ст|щ))"
    r"(?:ят|ат|ют|ут|дут|ит|ет|ёт|ст)(?:ся)?\b"
)
#: Something will not happen; but not if that is limited in time: “will not open before 2027”.
_NOT_AHEAD = re.compile(r"\b(?:will|shall) (?:not|never|no longer)\b|将?不(?:再|会)(?:计划|将|拟)?|将不|\bне \w+")
_UP_TO = re.compile(r"\b(?:until|till|before|earlier)\b|[年月日底]之?前|之前|才|\b(?:до|раньше|ранее|прежде)\b")
#: Nothing is known about the progress, or it is only a goal: a note on an earlier status.
_OPEN = re.compile(
    r"\bnothing (?:later|about how far|about results)\b|\bno later\b"
    r"|\bno .{1,40} (?:has|have) been reported\b|\breports? no\b|未提"
    r"|\b(?:whether|how far|how many .{1,60} so far)\b"
    r"|是否(?:已|开)|进展|(?:此|日)之?后的?(?:情况|消息)|此后|(?:начал|начат|начин|завершен|работает|действу)\w* ли\b"
    r"|\bнасколько\b|\bо ходе\b|\bболее поздни|\bо результатах\b|\bсколько .{1,60} уже\b"
)
_BEGUN = re.compile(r"\bwhether\b.*\b(?:begun|started)\b|是否(?:已经?)?(?:开始|开工|动工)|\b(?:начал|начат)\w* ли\b")
#: The purpose of something, which is false after it is cancelled.
_INTENDED = re.compile(r"\b(?:is|are) (?:meant|for)\b|是为了|目的|面向|\bнуж(?:ен|на|но|ны)\b|\bцель|\bпредназнач")
_GOAL = re.compile(
    r"\bgoal\b|\blist\b|\b(?:stated|announced|named|listed)\b|\bexplore\b|\bto be promoted\b"
    r"|目标|提出|宣布|公布|列为|列入|探索"
    r"|\bцель|\bобъявлен|\bзаявлен|\bназван|\bв списке\b|\bизучит"
)

#: A delay is mentioned, so the sentence was written after it.
_DELAYED = re.compile(
    r"\b(?:delay|postpone|put off|instead of|later than|now (?:expected|due|planned))|推迟|延期|延后|顺延|改为"
    r"|\b(?:перенес|отлож|сдвин|задерж|теперь)"
)

#: A text that speaks of the end of something, or of the past, was written after a cancellation.
_CALLED_OFF = re.compile(
    r"\b(?:cancel|scrap|abandon|drop|withdr|reject|call(?:ed|s|ing)? off|g(?:a|i)ve[ns]? up)"
    r"|\b(?:was|were|had|no longer)\b"
    r"|取消|撤销|终止|停止|停建|放弃|搁置|叫停|不再|不会|曾|原(?=[计定本拟]|先)|当时"
    r"|\b(?:отмен|прекращ|отказ|не состо|больше не|был[аио]?\b|не буд|раньше\b)"
)

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTHS_RU = "январ|феврал|март|апрел|ма[яю]|июн|июл|август|сентябр|октябр|ноябр|декабр"
#: A time by which something is to happen.
_BY = re.compile(
    rf"\b(?:by|before|until|no later than|at|in) (?:the )?(?:very )?(?:end|close|middle|start|beginning|early|mid|late"
    rf"|spring|summer|autumn|winter|new year|next|this|year|{_MONTHS}|q[1-4]|\d)"
    r"|(?:年|月|日|季度|半年|[底末初])(?:之|以)?前|年(?:底|末|内)|月(?:底|末)|(?:19|20|21)\d\d年\d{1,2}月"
    rf"|\b(?:к|ко|до|не позднее|в|во) (?:самого )?"
    rf"(?:конц|начал|середин|лет[уао]|весн|осен|зим|следующ|этом|\d|{_MONTHS_RU})"
)
#: Something is ready.
_READY = re.compile(
    r"\b(?:finish|complet|ready)|建成|完工|竣工|完成|投用|投入使用|交付|\bготов|\bзаверш|\bзаконч|\bдостро|\bсдад|\bпостро"
)
#: A quotation is never split, so that it is not judged or shortened without the words that date it.
_SENTENCE = re.compile(
    r"(?:“[^”]*”|«[^»]*»|[^“«]|[“«](?![^”»]*[”»]))+?"
    r"(?:(?<=[。！？][”»])(?![，、；。])|(?<=[.!?][”»])(?=\s+(?![a-zа-яё\d])|$)"
    r"|[。！？!?](?=\s|[^\s!?”»])|[.!?](?=\s+(?!\d)|$)|\n|$)\s*",
    re.DOTALL,
)
#: The sentence itself says when it was reported, so it stays true.
_REPORTED = re.compile(
    r"\s*(?:reported on\b|(?:as of|on) \d{1,2} \w+ \d{4},|as reported on\b"
    r"|据?\d{4}年\d{1,2}月\d{1,2}日的?(?:报道|消息|通告|公告|报告)|(?:по (?:сообщению|данным)|сообщение) от \d)"
)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text with trailing spaces; joined they are the text."""
    return [found for found in _SENTENCE.findall(text) if found]


def contradicts_status(sentence: str, status: Status) -> bool:
    """Whether a sentence says that something is in the future or unknown, although the status settles it."""
    plain = sentence.casefold()
    if says_its_day(plain):
        return False
    if status.ends_expectations and not status.info.is_done and not _UP_TO.search(plain):
        plain = _NOT_AHEAD.sub(" ", plain)
    if status.info.is_given_up and _INTENDED.search(plain):
        return True
    if status.is_over:
        return bool(_AHEAD.search(plain) or _OPEN.search(plain))
    if status.ends_expectations:
        return bool(_AHEAD.search(plain) and _BY.search(plain)) and not _DELAYED.search(plain)
    return bool(status.info.has_begun and _BEGUN.search(plain))


def speaks_of_cancelling(text: str) -> bool:
    """Whether a text speaks of the end of a project, or of the past, and so was written after a cancellation."""
    return _CALLED_OFF.search(text.casefold()) is not None


def says_its_day(sentence: str) -> bool:
    """Whether a sentence itself says when it was reported, so that it stays true."""
    return _REPORTED.match(sentence.casefold()) is not None


def outdated_note(note: str, status: Status) -> bool:
    """Whether a note belongs to an earlier status."""
    plain = note.casefold()
    if status.ends_expectations and any(rule.search(plain) for rule in (_GOAL, _OPEN, _REPORTED)):
        return True
    return contradicts_status(note, status)


def deadline_in(sentence: str, written: date) -> date | None:
    """The last day by which a sentence, written on the day `written`, expects something; None if it expects nothing."""
    plain = sentence.casefold()
    if says_its_day(plain) or not _AHEAD.search(plain) or not _BY.search(plain):
        return None
    return last_day(sentence, written)


def expects_completion(sentence: str) -> bool:
    """Whether a sentence expects that something is ready."""
    return _READY.search(sentence.casefold()) is not None
