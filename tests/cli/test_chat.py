"""`minsheng chat`."""

import pytest

from tests.cli.minsheng import minsheng

pytestmark = pytest.mark.usefixtures("small_city")


def test_chat_greets_answers_follows_options_by_number_and_ends_at_an_empty_line() -> None:
    talked = minsheng("chat", "--lang", "en", typed="new childcare center?\n1\n1\n\nnever read\n")
    assert (talked.exit_code, talked.stderr) == (0, "")
    greeting, first, second, third, *_ = talked.stdout.split("> ")
    assert greeting.startswith("Ask about the public projects of Harbin.")
    assert first.startswith("Childcare centre · in progress")
    assert "[1] All projects: Childcare" in first
    assert second.startswith("Childcare · 1 in progress")
    assert "[1] Childcare centre" in second
    assert third.startswith("Childcare centre · in progress")
    assert "never read" not in talked.stdout


def test_chat_reads_a_follow_up_with_what_was_said_before() -> None:
    talked = minsheng("chat", typed="new childcare center?\nand when?\n\n")
    assert talked.stdout.count("Childcare centre · in progress") == 2


def test_chat_reads_a_number_without_such_an_option_as_a_question() -> None:
    talked = minsheng("chat", "--lang", "ru", typed="99\n0\n-1\n\n")
    assert (talked.exit_code, talked.exception) == (0, None)
    assert talked.stdout.count("Больницы") >= 3


def test_chat_speaks_the_language_of_the_question_in_its_options_too() -> None:
    talked = minsheng("chat", "--lang", "en", typed="новые ясли\n1\n\n")
    assert "Центр для малышей · в работе" in talked.stdout
    assert "> Ясли · в работе — 1" in talked.stdout


def test_chat_ends_with_its_input() -> None:
    talked = minsheng("chat", typed="hello\n")
    assert (talked.exit_code, talked.exception) == (0, None)
