"""The table of statuses: everything derived from it, and that a new status needs no other code."""

import json
from pathlib import Path

import pytest

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, SOURCE_LANGUAGE
from bot.knowledge import Status
from tests.console import copy_program, run_python
from tests.factories import yaml_text

#: A status that no bot will have; its row comes first, so that it would shift every code that is counted.
WORD = '    MADE_UP = "made-up"\n    ANNOUNCED = '
ROW = """
    Status.MADE_UP: StatusInfo(code="z", label=lazy_gettext("made-up"), has_begun=True, is_late=True, is_stopped=True),
    Status.ANNOUNCED:"""


def test_the_codes_of_todays_buttons_stay() -> None:
    """tests/telegram_ui/golden_callbacks.json holds whole buttons."""
    codes = {status.value: status.info.code for status in Status}
    today = {"announced": "a", "planned": "p", "in progress": "i", "completed": "c", "delayed": "d", "cancelled": "x"}
    assert codes.items() >= today.items()


@pytest.mark.parametrize("status", Status)
def test_a_status_is_over_late_or_open(status: Status) -> None:
    info = status.info
    assert sum([info.is_goal, info.is_late, info.is_done, info.is_given_up]) <= 1
    assert not (info.is_done and not info.has_begun)
    assert not (info.is_stopped and status.is_over)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {SOURCE_LANGUAGE}))
@pytest.mark.parametrize("status", Status)
def test_every_sentence_of_a_status_is_translated(status: Status, language: str) -> None:
    translator, info = translator_in(language), status.info
    for sentence in (info.label, info.sentence, info.yes, info.no):
        assert translator.gettext(sentence.template, status="", date="") != str(sentence.filled(status="", date=""))


@pytest.fixture(scope="module")
def seventh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with one more word and row, and nothing else changed."""
    copy = copy_program(tmp_path_factory.mktemp("seventh"))
    table = copy / "bot" / "knowledge" / "status.py"
    text = table.read_text(encoding="utf-8")
    assert "    ANNOUNCED = " in text
    text = text.replace("    ANNOUNCED = ", WORD).replace("\n    Status.ANNOUNCED:", ROW)
    table.write_text(text, encoding="utf-8")
    knowledge = yaml_text(("status: in progress", "status: made-up"))
    (copy / "projects.yaml").write_text(knowledge, encoding="utf-8")
    return copy


QUESTIONS = {
    "childcare centre": "made-up as of",
    "is the childcare centre finished?": "made-up",
    "has the childcare centre been delayed?": "Yes: made-up as of",
    "has the childcare centre been scrapped?": "Yes: made-up as of",
    "is the childcare centre still under construction?": "last reported as made-up",
}
#: Several commands in one process: each start takes seconds.
COMMANDS = """
import json, sys
from typer.testing import CliRunner
from bot.cli import app

questions = [["ask", question, "--knowledge", "projects.yaml"] for question in sys.argv[1:]]
ran = [CliRunner().invoke(app, words) for words in (["check", "projects.yaml"], *questions)]
print(json.dumps([(each.exit_code, each.stdout, each.stderr) for each in ran]))
"""


@pytest.fixture(scope="module")
def printed(seventh: Path) -> dict[str, str]:
    """What `check` prints, and `ask` for each question."""
    ran = json.loads(run_python(seventh, "-c", COMMANDS, *QUESTIONS))
    assert [(code, errors) for code, _, errors in ran if code or errors] == []
    return dict(zip(("check", *QUESTIONS), (output for _, output, _ in ran), strict=True))


def test_check_accepts_a_seventh_status(printed: dict[str, str]) -> None:
    assert " error: " not in printed["check"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_citizens_read_a_seventh_status(printed: dict[str, str], question: str) -> None:
    assert QUESTIONS[question] in printed[question]


BUTTONS = """
from bot.i18n.catalog import translator_in
from bot.knowledge import Status
from bot.publishing.files.load import load
from bot.publishing.spreadsheet.workbook import read_sheet, write_sheet
from bot.telegram_ui.buttons import SetStatus
from bot.telegram_ui.callback_data import CallbackCodec, payload_of
from bot.telegram_ui.inbox_buttons import AskTeachingText
from bot.telegram_ui.staff.edit import _status_choices
from pathlib import Path

knowledge = load(Path("projects.yaml")).knowledge
_, buttons = _status_choices(None, knowledge.projects[0], "status", translator_in("en"))
print([label for label, _ in buttons])
print([payload_of(button) for _, button in buttons])
codec = CallbackCodec(b"key")
kinds = [*(SetStatus("x", each) for each in Status), *(AskTeachingText("project", 1, "", "", each) for each in Status)]
print(all(codec.unpack(codec.pack(each, 7), 7) == each for each in kinds))
print(read_sheet(write_sheet(knowledge, translator_in("ru")), knowledge))
"""


def test_buttons_and_spreadsheets_offer_a_seventh_status_and_the_others_keep_their_codes(seventh: Path) -> None:
    labels, payloads, readable, sheet = run_python(seventh, "-c", BUTTONS).splitlines()
    assert labels == str(["made-up", *(status.value for status in Status)])
    codes = ["z", *(status.info.code for status in Status)]
    assert payloads == str([f"ss{code}.elderly-beds" for code in codes])
    assert (readable, sheet) == ("True", "([], [])")
