"""A sleeping tab loses its connection; when it wakes, it shows everything that happened meanwhile, once."""

from datetime import datetime

from playwright.sync_api import BrowserContext, WebSocketRoute, expect

from tests.page.person import PATIENCE, Call, Open

_SLEEPS = 3_600_000


def test_a_tab_that_slept_shows_what_it_missed_and_each_message_once(open_page: Open, call: Call) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(route: WebSocketRoute) -> None:
        route.connect_to_server()
        sockets.append(route)

    def prepare(context: BrowserContext) -> None:
        context.route_web_socket("**/socket", connect)

    reader = open_page(prepare=prepare)
    reader.write("李娜", "new childcare center?")
    person, chat = reader.person_id("李娜"), reader.chat("李娜")
    kept, edited, deleted = (call("sendMessage", chat_id=person, text=f"{each} before") for each in ("K", "E", "D"))
    expect(chat.locator(".message", has_text="D before")).to_be_visible(timeout=PATIENCE)

    reader.page.clock.install()
    reader.page.clock.pause_at(datetime.now())  # noqa: DTZ005 - as the browser tells it
    sockets[-1].close()
    expect(reader.page.locator(".bot-state")).to_contain_text("Connection lost")
    call("editMessageText", chat_id=person, message_id=edited["message_id"], text="E after")
    call("deleteMessage", chat_id=person, message_id=deleted["message_id"])
    call("sendMessage", chat_id=person, text="N after")
    chat.locator("textarea").fill("typed while it slept")
    chat.locator("textarea").press("Enter")
    expect(reader.page.get_by_role("alert")).to_contain_text("Connection lost")
    reader.page.clock.run_for(_SLEEPS)

    for text in ("K before", "E after", "N after"):
        expect(chat.locator(".message", has_text=text)).to_have_count(1, timeout=PATIENCE)
    expect(chat.locator(".message", has_text="D before")).to_have_count(0)
    expect(chat.locator(".message", has_text="E before")).to_have_count(0)
    expect(chat.locator("textarea")).to_have_value("typed while it slept")
    chat.locator("textarea").press("Enter")
    expect(chat.locator(".message.out", has_text="typed while it slept")).to_have_count(1)
    assert len(sockets) == 2
    assert kept["message_id"] < edited["message_id"]
