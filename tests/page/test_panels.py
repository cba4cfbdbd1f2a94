"""The panels: faults, behind the scenes, knowledge."""

import re

from playwright.sync_api import Locator, expect

from tests.page.person import PATIENCE, Open, Reader

_QUESTION = "new childcare center?"


def test_a_question_to_a_killed_bot_is_answered_when_it_is_back(open_page: Open) -> None:
    reader = open_page(panel="faults")
    reader.write("Emma", _QUESTION)
    state = reader.page.locator(".bot-state")
    kill = reader.page.get_by_role("button", name="Kill the bot")
    expect(kill).to_be_enabled(timeout=PATIENCE)
    kill.click()
    expect(state).not_to_contain_text("The bot is running")
    chat = reader.chat("Emma")
    count = chat.locator(".message.in").count()
    chat.locator("textarea").fill("sixth hospital")
    chat.locator("textarea").press("Enter")
    expect(chat.locator(".message.in").nth(count)).to_contain_text("Sixth", timeout=3 * PATIENCE)
    expect(state).to_contain_text("The bot is running", timeout=PATIENCE)


def test_while_telegram_is_down_a_question_waits(open_page: Open) -> None:
    reader = open_page(panel="faults")
    reader.write("Emma", _QUESTION)
    reader.page.get_by_role("radio", name=re.compile("Does not answer")).check()
    chat = reader.chat("Emma")
    count = chat.locator(".message.in").count()
    chat.locator("textarea").fill("sixth hospital")
    chat.locator("textarea").press("Enter")
    reader.page.wait_for_timeout(1000)
    expect(chat.locator(".message.in")).to_have_count(count)
    reader.page.get_by_role("radio", name=re.compile("Works")).check()
    expect(chat.locator(".message.in").nth(count)).to_contain_text("Sixth", timeout=3 * PATIENCE)


def test_behind_the_scenes_tells_why_and_what_was_called(open_page: Open) -> None:
    reader = open_page(panel="scenes")
    reader.write("Emma", _QUESTION)
    panel = reader.page.locator(".panel")
    expect(panel.locator(".candidates li").first).to_contain_text("childcare", ignore_case=True, timeout=PATIENCE)
    expect(panel.get_by_role("img", name=re.compile(r"^Certainty: \d+ %; threshold: \d+ %$"))).to_be_visible()
    best = panel.locator(".candidates li").first
    fit, *signals = [_percent(best, name) for name in ("Fit", "Meaning", "Words", "Letters")]
    assert abs(sum(signals) - fit) <= 2  # each is rounded
    panel.get_by_role("tab", name="Why").press("ArrowRight")
    expect(panel.get_by_role("tab", name="Calls")).to_be_focused()
    expect(panel.locator(".calls tbody tr").filter(has_text="sendMessage").first).to_contain_text("Childcare centre")
    panel.get_by_role("tab", name="Health").click()
    expect(panel.locator(".health")).to_contain_text("Process")


def test_an_edited_knowledge_file_shows_faults_in_the_margin_or_is_the_next_answer(open_page: Open) -> None:
    reader = open_page(panel="knowledge")
    panel, editor = (
        reader.page.locator(".panel"),
        reader.page.get_by_role("textbox", name="Knowledge file projects.yaml"),
    )
    expect(editor).to_be_visible(timeout=PATIENCE)
    _find(reader, "status: in progress")
    reader.page.keyboard.type("status:in progress")
    expect(panel.locator(".fault-list")).to_contain_text("space after the colon", timeout=PATIENCE)
    expect(panel.locator(".cm-lint-marker-error").first).to_be_visible()
    _find(reader, "status:in progress")
    reader.page.keyboard.type("status: in progress")
    _find(reader, "A childcare centre is being")
    reader.page.keyboard.type("A brand-new childcare centre is being")
    panel.get_by_role("button", name="Save", exact=True).click()
    state = panel.locator(".file-state")
    expect(state).to_have_text("The bot answers from it", timeout=4 * PATIENCE)
    expect(reader.write("Emma", _QUESTION)).to_contain_text("A brand-new childcare")


def test_the_editor_completes_from_the_schema(open_page: Open) -> None:
    reader = open_page(panel="knowledge")
    editor = reader.page.get_by_role("textbox", name="Knowledge file projects.yaml")
    expect(editor).to_be_visible(timeout=PATIENCE)
    _find(reader, "status: in progress")
    reader.page.keyboard.type("status: comp")
    expect(reader.page.locator(".cm-tooltip-autocomplete li")).to_have_text(["completed"])
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("ControlOrMeta+z")


def _percent(candidate: Locator, name: str) -> int:
    """Return the percentage that the bar of a candidate shows."""
    label = candidate.get_by_role("img", name=re.compile(rf"^{name}: ")).get_attribute("aria-label") or ""
    return int(re.findall(r"-?\d+", label)[0])


def _find(reader: Reader, text: str) -> None:
    """Select the first place of a text in the editor, with its own search."""
    page = reader.page
    page.get_by_role("textbox", name="Knowledge file projects.yaml").focus()
    page.keyboard.press("ControlOrMeta+Home")
    page.keyboard.press("ControlOrMeta+f")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def test_a_reload_and_a_second_window_go_on_where_the_tour_is(open_page: Open) -> None:
    reader = open_page(panel="tour")
    done = reader.page.locator(".tour li.done")
    _begin_tour(reader)
    reader.page.get_by_role("button", name="Next step").click()
    expect(done).to_have_count(1)
    reader.page.reload()
    expect(done).to_have_count(1)
    expect(open_page(panel="tour").page.locator(".tour li.done")).to_have_count(1)
    _begin_tour(reader)


def test_a_click_on_a_text_of_the_tour_puts_it_into_the_chat(open_page: Open) -> None:
    reader = open_page(panel="tour")
    reader.write("Emma", _QUESTION)
    _begin_tour(reader)
    reader.page.get_by_title("Put this text into the chat").click()
    field = reader.chat("Emma").locator("textarea")
    expect(field).to_have_value("new childcare center?")
    expect(field).to_be_focused()


def _begin_tour(reader: Reader) -> None:
    """Go to the first step, wherever another window left the tour."""
    expect(reader.page.locator(".tour [aria-current]")).to_be_visible()
    done = reader.page.locator(".tour li.done")
    if done.count():
        done.first.get_by_role("button").click()
    expect(done).to_have_count(0)
