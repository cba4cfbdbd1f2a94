"""A file that YAML cannot read gets a line, a column and a remedy, for the mistakes that people make."""

from pathlib import Path

import pytest
import yaml

from bot.i18n.languages import LANGUAGES
from bot.publishing.files.load import knowledge_from_answer, load
from bot.publishing.yaml.loader import read
from tests.factories import yaml_text
from tests.languages import speaks

OVERVIEW = "      en: The city adds beds and homecare stations.\n"
CHINESE = "      zh: 全市增加养老床位和居家养老服务站。\n"
RELATED = "    related: [homecare-stations]\n"
AREA = "    area: hospitals\n"
STATUS = "    status: announced\n"

#: The correct text, the faulty one, the place, a piece of the sentence and one of the suggestion.
FAULTS: dict[str, tuple[str, str, tuple[int, int], str, str]] = {
    "a tab as indentation": (AREA, "\tarea: hospitals\n", (58, 1), "indented with a tab", "two for each level"),
    "a tab behind spaces": (AREA, "  \tarea: hospitals\n", (58, 3), "indented with a tab", "two for each level"),
    "a Chinese space as indentation": (CHINESE, "\u3000\u3000 zh: x\n", (19, 1), "a space that YAML", "plain spaces"),
    "no space behind a colon": (AREA, "    area:hospitals\n", (58, 9), "space after the colon", "`name: value`"),
    "no space behind the first colon": (
        "  - id: hospitals\n",
        "  - id:hospitals\n",
        (23, 7),
        "space after the colon",
        "a space",
    ),
    "no space behind a colon in brackets": (
        "{en: [bed, beds]",
        "{en:[bed, beds]",
        (45, 15),
        "space after the colon",
        "a space",
    ),
    "a Chinese colon": (CHINESE, "      zh：全市增加\n", (19, 9), "Chinese colon", "plain colon"),
    "no colon": (STATUS, "    status\n", (35, 11), "colon after the name is missing", "`name: value`"),
    "no colon before what belongs to it": (
        "    overview:\n",
        "    overview\n",
        (17, 13),
        "colon after the name is missing",
        "`name: value`",
    ),
    "a colon in a sentence": (
        OVERVIEW,
        "      en: Beds: the city adds some.\n",
        (18, 15),
        "a colon inside a text",
        "double quotes",
    ),
    "a colon in a sentence in brackets": (
        "en: Childcare, zh",
        "en: Childcare: all, zh",
        (28, 26),
        "a comma or the closing bracket",
        "double quotes",
    ),
    "an open quotation mark": (OVERVIEW, '      en: "The city adds beds.\n', (18, 11), "not closed", "close it"),
    "an open quotation mark at the end": (
        "see a doctor tomorrow]",
        '"see a doctor tomorrow]',
        (79, 22),
        "never closed",
        "close it",
    ),
    "a quotation mark inside quotes": (OVERVIEW, '      en: "The "new" city"\n', (18, 17), "goes on after", '\\"'),
    "text behind quotes": (OVERVIEW, '      en: "The city" adds beds.\n', (18, 21), "goes on after", '\\"'),
    "an apostrophe in single quotes": (
        OVERVIEW,
        "      en: 'The city's beds'\n",
        (18, 21),
        "goes on after",
        "double quotes",
    ),
    "a text that begins with brackets": (
        OVERVIEW,
        "      en: [Plan] beds are added.\n",
        (18, 18),
        "goes on after its closing bracket",
        "double quotes",
    ),
    "curly quotation marks": (
        OVERVIEW,
        "      en: “Beds: the city adds some.”\n",
        (18, 11),
        "curly quotation marks",
        "straight",
    ),
    "a conflict of two edits": (
        "areas:\n",
        "<<<<<<< HEAD\nareas:\n=======\nparts:\n>>>>>>> b\n",
        (14, 1),
        "not merged",
        "keep one version",
    ),
    "the rest of a conflict": ("areas:\n", "areas:\n>>>>>>> b\n", (15, 1), "not merged", "keep one version"),
    "indented too little": (CHINESE, "     zh: 全市\n", (19, 6), "does not begin in the column", "same column"),
    "indented too far": (CHINESE, "        zh: 全市\n", (19, 11), "indented further", "same column"),
    "a list item without its space": (
        RELATED,
        "    related:\n      - homecare-stations\n      -sixth\n",
        (49, 7),
        "space after the hyphen",
        "`- text`",
    ),
    "a list item beside its field": (
        OVERVIEW,
        "      en: - The city\n",
        (18, 11),
        "a list cannot begin here",
        "next line",
    ),
    "a percent sign first": (OVERVIEW, "      en: %The city\n", (18, 11), "cannot begin with %", "double quotes"),
    "an at sign first": (OVERVIEW, "      en: @The city\n", (18, 11), "cannot begin with @", "double quotes"),
    "a backtick first": (OVERVIEW, "      en: `The city\n", (18, 11), "cannot begin with `", "double quotes"),
    "a star first": (OVERVIEW, "      en: *The* city\n", (18, 11), "cannot begin with *", "double quotes"),
    "a bar first": (OVERVIEW, "      en: |The city\n", (18, 11), "cannot begin with |", "double quotes"),
    "a bracket that is not closed": (
        RELATED,
        "    related: [homecare-stations\n",
        (47, 14),
        "bracket [ is not closed",
        "close it",
    ),
    "a bracket that nothing opened": (RELATED, "    related: ]\n", (47, 14), "cannot begin with ]", "double quotes"),
    "a comma that is missing": (
        "{en: [bed, beds], zh",
        '{en: ["bed" "beds"], zh',
        (45, 24),
        "a comma or the closing bracket",
        "commas",
    ),
    "a word alone": (STATUS, "    status announced\n", (35, 5), "neither a field nor", "`name: value`"),
    "a backslash in quotes": (OVERVIEW, '      en: "C:\\projects"\n', (18, 14), "backslash", "twice"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_syntax_error_shows_its_place_and_what_to_do_in_every_language(tmp_path: Path, fault: str) -> None:
    old, new, place, sentence, suggestion = FAULTS[fault]
    path = tmp_path / "k.yaml"
    path.write_text(yaml_text((old, new)), encoding="utf-8")
    (diagnostic,) = load(path).diagnostics
    assert (diagnostic.mark.line, diagnostic.mark.column) == place
    assert sentence in str(diagnostic.sentence)
    assert suggestion in str(diagnostic.suggestion)
    for language in LANGUAGES:
        assert speaks(diagnostic.sentence, language)
        assert speaks(diagnostic.suggestion, language)


#: The parser in pure Python takes this one for what was meant.
UNDERSTOOD_WITHOUT_LIBYAML = "no space behind a colon in brackets"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != UNDERSTOOD_WITHOUT_LIBYAML])
def test_without_libyaml_a_syntax_error_has_the_same_line(fault: str) -> None:
    old, new, place, _, _ = FAULTS[fault]
    diagnostic = knowledge_from_answer(read(yaml_text((old, new)).encode(), loader=yaml.BaseLoader)).diagnostics[0]
    assert diagnostic.mark.line == place[0]
    assert "cannot be read from here on" not in str(diagnostic.sentence)


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"], ids=["xlsx", "xls"])
def test_a_spreadsheet_saved_over_the_file_is_called_so(begin: bytes) -> None:
    (fault,) = knowledge_from_answer(read(begin + bytes(600))).diagnostics
    assert str(fault.sentence) == "this is a spreadsheet, a document or an archive, not a text file"


def test_every_conflict_of_two_edits_is_named(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    conflict = "<<<<<<< HEAD\n{}=======\n{}>>>>>>> other\n"
    path.write_text(yaml_text((AREA, conflict.format(AREA, AREA)), (RELATED, conflict.format(RELATED, RELATED))))
    assert [diagnostic.mark.line for diagnostic in load(path).diagnostics] == [47, 62]


def test_faults_before_a_syntax_error_are_named_as_well(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_text(yaml_text(("areas:\n", "city: x\nareas:\n"), (AREA, "\tarea: hospitals\n")))
    assert [str(diagnostic.sentence) for diagnostic in load(path).diagnostics] == [
        "`city` is in line 1 and again in line 14",
        "the line is indented with a tab",
    ]
