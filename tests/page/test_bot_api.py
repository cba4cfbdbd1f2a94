"""How a Telegram client handles links, keyboards and deleted messages."""

from playwright.sync_api import expect

from tests.page.person import PATIENCE, Call, Open

_QUESTION = "new childcare center?"


def test_a_deep_link_starts_the_bot_with_its_payload(open_page: Open) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    chat = reader.chat("Emma")
    written = reader.write("Emma", "@sandbox_bot")  # not a link
    assert written.get_by_role("button", name="t.me").count() == 0
    chat.locator("textarea").fill("https://t.me/sandbox_bot?start=p_childcare-centre")
    chat.locator("textarea").press("Enter")
    link = chat.locator(".message.out").last.get_by_role("button", name="t.me/sandbox_bot?start=p_childcare-centre")
    expect(link).to_be_visible(timeout=PATIENCE)
    link.click()
    expect(chat.locator(".message.out").last).to_contain_text("/start", timeout=PATIENCE)
    expect(chat.locator(".message.in").last).to_contain_text("childcare", ignore_case=True, timeout=PATIENCE)


def test_a_message_that_the_bot_deletes_is_gone_and_a_reply_to_it_is_refused(open_page: Open, call: Call) -> None:
    reader = open_page(locale="ru-RU")
    reader.write("Анна", "Новый центр для малышей?")
    chat = reader.chat("Анна")
    sent = call("sendMessage", chat_id=reader.person_id("Анна"), text="Скоро исчезнет")
    message = chat.locator(".message.in").filter(has_text="Скоро исчезнет")
    expect(message).to_be_visible(timeout=PATIENCE)
    message.hover()
    message.get_by_role("button", name="Ответить").click()
    call("deleteMessage", chat_id=reader.person_id("Анна"), message_id=sent["message_id"])
    expect(message).to_have_count(0)
    chat.locator("textarea").fill("ответ на удалённое")
    chat.locator("textarea").press("Enter")
    expect(reader.page.get_by_role("alert")).to_have_text("Этого сообщения больше нет.")
    expect(chat.locator("textarea")).to_have_value("ответ на удалённое")  # nothing that was typed is lost


def test_a_reply_keyboard_writes_its_text_and_can_be_folded_and_removed(open_page: Open, call: Call) -> None:
    reader = open_page()
    reader.write("Emma", _QUESTION)
    chat, emma = reader.chat("Emma"), reader.person_id("Emma")
    call(
        "sendMessage",
        chat_id=emma,
        text="Choose",
        reply_markup={"keyboard": [[{"text": "sixth hospital"}, {"text": "/help"}]]},
    )
    key = chat.locator(".reply-keyboard").get_by_role("button", name="sixth hospital")
    expect(key).to_be_visible(timeout=PATIENCE)
    count = chat.locator(".message.in").count()
    key.click()
    expect(chat.locator(".message.out").last).to_contain_text("sixth hospital")
    expect(chat.locator(".message.in").nth(count)).to_contain_text("Sixth", timeout=PATIENCE)
    chat.get_by_role("button", name="Keyboard").click()
    expect(key).to_have_count(0)
    call("sendMessage", chat_id=emma, text="Enough", reply_markup={"remove_keyboard": True})
    expect(chat.get_by_role("button", name="Keyboard")).to_have_count(0, timeout=PATIENCE)
