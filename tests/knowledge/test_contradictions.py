"""Sentences that a later status or a passed date makes false are found in each language, and no others."""

from datetime import date

import pytest

from bot.knowledge import Status
from bot.knowledge.contradictions import contradicts_status, deadline_in, outdated_note, sentences_of

WRITTEN = date(2021, 11, 12)


@pytest.mark.parametrize(
    "sentence",
    [
        "The center is expected to be finished by the end of the year.",
        "The Sixth Hospital will be built.",
        "A childcare centre is being built.",
        "The road is under construction.",
        "All insured persons are to enjoy the same treatment.",
        "The source does not say whether construction has begun.",
        "新的托育综合服务中心预计年底前建成。",
        "哈尔滨将新建市第六医院。",
        "正在建设托育中心。",
        "来源没有说明改造是否已经开始。",
        "Новый центр должен быть готов к концу года.",
        "Больницу планируется построить в 2022 году.",
        "Строится центр для малышей.",
        "Добавят тысячу коек.",
        "Больница будет построена.",
        "Новая линия трамвая соединит вокзал с портом.",
        "Мост свяжет два берега.",
        "Проект позволит сократить очереди.",
        "В центре поместится сто детей, жители получат новую площадку.",
        "During the works books can be borrowed at Market Street 5.",
        "The branch is closed until it reopens in autumn.",
        "施工期间请到市场街5号借书。",
        "На время ремонта книги выдают на Рыночной улице.",
        "Во время строительства движение закрыто.",
        "На проспекте строят больницу на 300 коек.",
        "На улице меняют асфальт и тротуары.",
        "Город закупает автобусы на газе.",
        "Ведут работы по замене труб.",
        "The town is extending tram line 4 to the hospital.",
        "The council is replacing 60 lifts.",
        "It is one of three hospitals to be renovated.",
        "新桥建设中。",
    ],
)
def test_what_is_still_to_come_contradicts_a_completed_project(sentence: str) -> None:
    assert contradicts_status(sentence, Status.COMPLETED)
    assert contradicts_status(sentence, Status.CANCELLED)
    assert not contradicts_status(sentence, Status.ANNOUNCED)


@pytest.mark.parametrize(
    "sentence",
    [
        "The center was finished in March 2026.",
        "The goal was better heating in people's homes.",
        "Its address, number of places and fees are not given.",
        "It has 120 places for children under three.",
        "中心已于2026年3月建成。",
        "来源没有给出地址和收费标准。",
        "退役将军医院已建成。",
        "Центр открылся в марте 2026 года.",
        "Адрес и плата не указаны.",
        "В нём 120 мест.",
        "Автобус ходит каждые десять минут.",
        "Детей принимают с двух лет.",
        "The lift is working again.",
        "The centre was expected to be finished by the end of 2021.",
        "新桥位于市中心。",
        "Центр находится на Рыночной улице и принимает детей до трёх лет.",
        "Мост соединяет два берега и стоит 4 миллиона.",
        "Жители получают пособие, это позволяет платить меньше.",
        "Линия обслуживает порт и работает до полуночи.",
    ],
)
def test_what_is_so_contradicts_nothing(sentence: str) -> None:
    assert not any(contradicts_status(sentence, status) for status in Status)


@pytest.mark.parametrize(
    "sentence",
    [
        "It will not be built.",
        "The terminal shall never be built, and no other one won't either.",
        "The bridge will no longer be renovated.",
        "该项目将不再建设。",
        "这座大桥不会新建，也不再计划改造。",
        "Терминал не будет построен.",
        "Мост больше не планируется ремонтировать, его не построят.",
    ],
)
def test_that_something_is_not_to_come_contradicts_a_completed_project_and_no_cancelled_one(sentence: str) -> None:
    assert contradicts_status(sentence, Status.COMPLETED)
    assert not contradicts_status(sentence, Status.CANCELLED)


@pytest.mark.parametrize(
    "sentence",
    [
        "It will not open before 2027.",
        "The library will not close, and a new one will be built.",
        "大桥2027年之前不会开通，将新建。",
        "Мост не откроют до 2027 года, его построят позже.",
        "Старый мост не снесут, рядом построят новый.",
    ],
)
def test_what_is_not_to_come_for_a_time_or_beside_what_is_contradicts_a_cancelled_project(sentence: str) -> None:
    assert contradicts_status(sentence, Status.CANCELLED)


def test_a_delayed_project_may_not_be_ready_by_a_day() -> None:
    assert not contradicts_status("It will not be ready by the end of the year.", Status.DELAYED)
    assert contradicts_status("It will be ready by the end of the year.", Status.DELAYED)


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("It is expected to be finished by the end of the year.", date(2021, 12, 31)),
        ("The canteens will open by June 2027.", date(2027, 6, 30)),
        ("预计年底前建成。", date(2021, 12, 31)),
        ("预计2022年第三季度前完工。", date(2022, 9, 30)),
        ("Центр должен быть готов к концу года.", date(2021, 12, 31)),
        ("Under its 2021 plan Harbin will promote heating projects.", None),
        ("The list was drawn up by deputies on 16 March 2021.", None),
        ("按照2021年计划，哈尔滨将推进供热优化项目建设。", None),
        ("По плану на 2021 год город будет продвигать строительство.", None),
    ],
)
def test_a_deadline_is_read_from_what_is_expected(sentence: str, day: date | None) -> None:
    assert deadline_in(sentence, WRITTEN) == day


@pytest.mark.parametrize(
    "note",
    [
        "On the 2021 list; no progress has been reported.",
        "已列入2021年民生项目清单；报道未提进展。",
        "В списке на 2021 год; о ходе работ не сообщается.",
        "Stated as a goal for 2021; the source says nothing about how far it has got.",
        "Nothing later than the source of 12 November 2021 is known.",
        "2021年11月12日之后的情况，来源没有提到。",
        "Более поздних сведений, чем от 12 ноября 2021 года, нет.",
    ],
)
def test_a_note_on_an_earlier_status_is_found(note: str) -> None:
    assert outdated_note(note, Status.COMPLETED)
    assert not outdated_note(note, Status.IN_PROGRESS)
    assert not outdated_note("Opened on 1 March 2026.", Status.COMPLETED)


def test_sentences_make_up_their_text() -> None:
    text = "Plants No. 1 and No. 2 move. They will be ready by 2022! 预计年底前建成。来源没有给出地址。"
    assert "".join(sentences_of(text)) == text
    assert [sentence.strip() for sentence in sentences_of(text)] == [
        "Plants No. 1 and No. 2 move.",
        "They will be ready by 2022!",
        "预计年底前建成。",
        "来源没有给出地址。",
    ]


def test_a_date_from_before_a_delay_contradicts_it_and_a_date_from_after_it_does_not() -> None:
    assert contradicts_status("It is expected to be finished by June 2027.", Status.DELAYED)
    assert not contradicts_status("It is delayed and expected to be finished by June 2027.", Status.DELAYED)
    assert not contradicts_status("The hospital will be built.", Status.DELAYED)


@pytest.mark.parametrize(
    "sentence",
    ["It is meant for insured people.", "集中采购是为了进一步减轻看病负担。", "Водовод нужен для безопасности."],
)
def test_what_something_is_for_contradicts_only_that_it_is_cancelled(sentence: str) -> None:
    assert contradicts_status(sentence, Status.CANCELLED)
    assert not contradicts_status(sentence, Status.COMPLETED)


@pytest.mark.parametrize(
    "sentence",
    [
        "Reported on 12 November 2021: “The Sixth Hospital will be built.”",
        "As of 12 November 2021, the centre is expected to be finished by the end of 2021.",
        "2021年11月12日的消息：“将建设哈尔滨市第六医院。”",
        "据2021年11月12日报道，新的托育综合服务中心当时预计2021年底前建成。",
        "По сообщению от 12 ноября 2021 года: «Построят Шестую больницу.»",
    ],
)
def test_a_sentence_that_says_when_it_was_reported_stays_true(sentence: str) -> None:
    assert not any(contradicts_status(sentence, status) for status in Status)
    assert deadline_in(sentence, WRITTEN) is None
    assert sentences_of(f"{sentence} {sentence}") == (f"{sentence} ", sentence)


@pytest.mark.parametrize(
    "note", ["Reported on 12 November 2021.", "2021年11月12日的报道。", "Сообщение от 12 ноября 2021 года."]
)
def test_a_note_with_the_day_of_an_earlier_report_does_not_fit_a_later_status(note: str) -> None:
    assert all(outdated_note(note, status) for status in (Status.COMPLETED, Status.CANCELLED, Status.DELAYED))
    assert not outdated_note(note, Status.IN_PROGRESS)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Reported on 12 November 2021: “It will be built. It is one of two.” ", "The source is silent."],
        ["2021年11月12日的消息：“将建设市第六医院。是两家之一。”", "报道没有提到地点。"],
        ["По сообщению от 12 ноября 2021 года: «Построят больницу. Она одна из двух.» ", "Адрес не указан."],
        ["It is called “The best.” by some. ", "Others disagree."],
        ["He said “no. ", "Then yes."],
    ],
)
def test_a_quotation_is_not_torn_apart(sentences: list[str]) -> None:
    assert sentences_of("".join(sentences)) == tuple(sentences)
