"""What people do in their chats on the page, with the real bot behind it."""

import re
from pathlib import Path
from urllib.error import HTTPError

import pytest
from playwright.sync_api import expect

from tests.page.person import NARROW, PATIENCE, Call, Open

_QUESTION = "new childcare center?"
_ANSWER = re.compile("A childcare centre is being built")


def test_a_question_is_answered_and_its_button_shows_the_area(open_page: Open) -> None:
    reader = open_page()
    answer = reader.write("Emma", _QUESTION)
    expect(answer).to_contain_text(_ANSWER)
    expect(answer.get_by_role("link", name="e.my399.com")).to_have_attribute("rel", "noopener noreferrer")
    messages = reader.chat("Emma").locator(".message.in")
    count = messages.count()
    answer.get_by_role("button", name="All projects: Childcare").click()
    expect(messages.nth(count)).to_contain_text("A childcare centre is built")


def test_arrow_up_edits_the_last_message_and_the_answer_changes(open_page: Open) -> None:
    reader = open_page()
    answer = reader.write("Emma", _QUESTION)
    field = reader.chat("Emma").locator("textarea")
    field.press("ArrowUp")
    expect(field).to_have_value(_QUESTION)
    field.fill("sixth hospital")
    field.press("Enter")
    expect(answer).to_contain_text("Sixth", timeout=PATIENCE)
    expect(reader.chat("Emma").locator(".message.out").last).to_contain_text("edited")


def test_a_clerk_downloads_the_knowledge_file_and_sends_it_back_changed(open_page: Open, tmp_path: Path) -> None:
    reader = open_page()
    reader.write("Grace", "/knowledge")
    chat = reader.chat("Grace")
    link = chat.get_by_role("link", name=re.compile(r"^projects-[0-9a-f]{8}\.yaml")).last
    with reader.page.expect_download() as download:
        link.click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    old = file.read_text(encoding="utf-8")
    new = old.replace("stale_after_days: 180", "stale_after_days: 190", 1)
    assert new != old
    file.write_text(new, encoding="utf-8")
    chat.get_by_label("File from Grace").set_input_files(file)
    expect(chat.locator(".context")).to_contain_text(file.name)
    chat.locator("textarea").press("Enter")
    expect(chat.get_by_role("button", name="✓ Publish").last).to_be_visible(timeout=3 * PATIENCE)
    chat.get_by_role("button", name="✗ Discard").last.click()


def test_a_photo_is_shown_to_its_sender(open_page: Open) -> None:
    reader = open_page()
    chat = reader.chat("Emma")
    reader.write("Emma", _QUESTION)
    with reader.page.expect_file_chooser() as chooser:
        chat.get_by_role("button", name="Attach").click()
        chat.get_by_role("menuitem", name="Photo").click()
    chooser.value.set_files({"name": "square.png", "mimeType": "image/png", "buffer": _SQUARE})
    chat.locator("textarea").fill("look")
    chat.locator("textarea").press("Enter")
    sent = chat.locator(".message.out").filter(has=reader.page.locator("img")).last
    expect(sent).to_contain_text("look")
    assert sent.locator("img").evaluate("async (img) => { await img.decode(); return img.naturalWidth; }") > 0


def test_a_file_dropped_on_a_chat_is_attached_there(open_page: Open) -> None:
    reader = open_page()
    reader.write("Grace", "/help")
    chat = reader.chat("Grace")
    transfer = reader.page.evaluate_handle(
        """() => { const data = new DataTransfer();
        data.items.add(new File(["no: knowledge"], "notes.yaml", { type: "text/plain" })); return data; }"""
    )
    chat.dispatch_event("dragover", {"dataTransfer": transfer})
    chat.dispatch_event("drop", {"dataTransfer": transfer})
    expect(chat.locator(".context")).to_contain_text("notes.yaml")
    chat.locator("textarea").press("Enter")
    expect(chat.locator(".message.out").last.get_by_role("link")).to_contain_text("notes.yaml")


def test_starting_again_from_the_beginning_is_confirmed_in_the_page(open_page: Open) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    keyboard, dialog = reader.page.keyboard, reader.page.get_by_role("alertdialog")
    reader.page.get_by_role("button", name="More", exact=True).press("Enter")
    expect(reader.page.get_by_role("menuitem").first).to_be_focused()
    keyboard.press("Enter")
    expect(dialog).to_contain_text("Delete all messages")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(reader.chat("Emma").locator(".message.out").first).to_be_visible()


def test_the_menu_has_the_commands_of_the_role(open_page: Open) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    for name, has_it in (("Emma", False), ("Grace", True)):
        chat = reader.chat(name)
        chat.locator("textarea").fill("/")
        expect(chat.get_by_role("option", name="/projects")).to_be_visible()
        expect(chat.get_by_role("option", name="/inbox")).to_have_count(int(has_it))
        chat.locator("textarea").fill("")


def test_the_keyboard_alone_asks_chooses_a_command_and_replies(open_page: Open) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    reader.page.locator("body").press("Alt+1")
    keyboard, chat = reader.page.keyboard, reader.chat("Emma")
    expect(chat.locator("textarea")).to_be_focused()
    count = chat.locator(".message.in").count()
    keyboard.type("/proj")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(chat.locator(".message.in").nth(count)).to_contain_text("projects")
    for _ in range(40):  # backwards out of the composer to the newest message
        keyboard.press("Shift+Tab")
        if reader.page.evaluate("document.activeElement.matches('.inline-button')"):
            break
    keyboard.press("Enter")
    expect(chat.locator(".message.in").nth(count)).to_contain_text("edited")
    reader.page.locator("body").press("Alt+1")
    keyboard.type("and when?")
    keyboard.press("Enter")
    expect(chat.locator(".message.out").last).to_contain_text("and when?")
    knowledge = reader.page.get_by_role("button", name="Knowledge", exact=True)
    knowledge.press("Enter")
    reader.page.get_by_role("button", name="Close the panel").press("Enter")
    expect(knowledge).to_be_focused()


def test_a_blocked_bot_gets_nothing_and_unblocking_starts_again(open_page: Open, call: Call) -> None:
    reader = open_page()
    reader.write("Анна", "Новый центр для малышей?")
    chat = reader.chat("Анна")
    chat.get_by_role("button", name="More: Анна").click()
    chat.get_by_role("menuitem", name="Block the bot").click()
    expect(chat.locator("textarea")).to_have_count(0)
    with pytest.raises(HTTPError, match="403"):
        call("sendMessage", chat_id=reader.person_id("Анна"), text="unheard")
    chat.get_by_role("button", name="Unblock the bot").click()
    expect(chat.locator("textarea")).to_be_visible()
    expect(chat.locator(".message", has_text="unheard")).to_have_count(0)
    expect(reader.write("Анна", "Новый центр для малышей?")).to_contain_text("центр")


def test_inline_results_are_chosen_into_the_chat(open_page: Open) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    chat = reader.chat("Emma")
    chat.locator("textarea").fill("@sandbox_bot childcare")
    expect(chat.get_by_role("option").first).to_contain_text("childcare", ignore_case=True)
    chat.locator("textarea").press("ArrowDown")
    chat.locator("textarea").press("Enter")
    expect(chat.locator(".message.out").last).to_contain_text("via @sandbox_bot")


def test_a_new_person_gets_a_chat(open_page: Open) -> None:
    reader = open_page()
    reader.page.get_by_role("button", name="Add a person").click()
    dialog = reader.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Борис")
    dialog.get_by_label("Language").select_option("ru")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(reader.write("Борис", "новый центр для малышей?")).to_contain_text("центр")


def test_before_start_a_chat_shows_what_the_bot_does_in_that_person_s_language(open_page: Open) -> None:
    reader = open_page()
    reader.page.get_by_role("button", name="Add a person").click()
    dialog = reader.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Фёдор")
    dialog.get_by_label("Language").select_option("ru")
    dialog.get_by_role("button", name="Add", exact=True).click()
    chat = reader.chat("Фёдор")
    expect(chat.locator(".description")).to_contain_text("What can this bot do?Что строит город")
    chat.get_by_role("button", name="Start").click()
    expect(chat.locator(".description")).to_have_count(0)


def test_the_header_shows_that_the_bot_types_until_its_message_comes(open_page: Open, call: Call) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    header = reader.chat("Emma").locator(".chat-header")
    call("sendChatAction", chat_id=reader.person_id("Emma"), action="typing")
    expect(header).to_contain_text("typing", timeout=PATIENCE)
    call("sendMessage", chat_id=reader.person_id("Emma"), text="Written.")
    expect(header).to_contain_text("citizen", timeout=PATIENCE)


def test_a_chat_that_gets_narrower_stays_at_its_end(open_page: Open) -> None:
    reader = open_page()
    for _ in range(3):
        reader.write("Emma", _QUESTION)
    from_end = "list => list.scrollHeight - list.clientHeight - list.scrollTop"
    for panel in ("Guided tour", "Knowledge"):
        reader.page.get_by_role("button", name=panel, exact=True).click()
        reader.page.wait_for_timeout(300)
        assert reader.chat("Emma").locator(".messages").evaluate(from_end) < 2


def test_a_narrow_page_shows_one_chat_at_a_time(open_page: Open) -> None:
    reader = open_page(viewport=NARROW)
    expect(reader.page.locator(".chat")).to_have_count(0)
    answer = reader.write("Emma", _QUESTION)
    expect(answer).to_contain_text(_ANSWER)
    expect(reader.page.locator(".people")).to_have_count(0)
    assert reader.scroll_width() <= NARROW["width"]
    reader.page.get_by_role("button", name="Back to all chats").click()
    expect(reader.page.locator(".people")).to_be_visible()
    for panel in ("Guided tour", "Faults", "Behind the scenes", "Knowledge"):
        reader.page.get_by_role("button", name=panel, exact=True).click()
        expect(reader.page.get_by_role("heading", name=panel, exact=True)).to_be_visible()
        assert reader.scroll_width() <= NARROW["width"], panel
        reader.page.get_by_role("button", name="Close the panel").click()


def test_the_page_is_dark_where_the_system_is_or_the_reader_wants_it(open_page: Open) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    dark = open_page(color_scheme="dark").page
    light = open_page(color_scheme="light").page
    assert dark.evaluate(background) != light.evaluate(background)
    light.get_by_role("button", name="Colours").click()
    light.get_by_role("menuitem", name="Dark").click()
    assert light.evaluate(background) == dark.evaluate(background)


#: A red square of 8 by 8 pixels.
_SQUARE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc000000114944415478da6338a1a1811531"
    "0c2d0900825d4601176289750000000049454e44ae426082"
)
