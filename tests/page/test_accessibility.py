"""axe-core checks the rendered page: names, roles, contrast, order; and nothing is wider than the window."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe

from tests.page.person import NARROW, WIDE, Open, Reader

_GRAVE = ("moderate", "serious", "critical")
#: The rules of axe that look at colours.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]
_PANELS = ("Guided tour", "Faults", "Behind the scenes", "Knowledge")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_fault_in_any_panel_menu_or_dialog(open_page: Open, size: dict[str, int]) -> None:
    reader = open_page(viewport=size, reduced_motion="reduce")  # nothing is looked at while it moves
    keyboard, buttons = reader.page.keyboard, reader.page.get_by_role
    found = {"start": _faults(reader)}
    reader.write("Emma", "new childcare center?")
    chat = reader.chat("Emma")
    found["answer"] = _faults(reader)
    for menu in ("More: Emma", "Attach"):
        chat.get_by_role("button", name=menu).click()
        found[menu] = _faults(reader)
        keyboard.press("Escape")
    for key in ("/", "ArrowUp"):  # the commands, and an edited message
        chat.locator("textarea").press(key)
        found[key] = _faults(reader)
        keyboard.press("Escape")
    buttons("button", name="More", exact=True).first.click()
    buttons("menuitem").first.click()
    found["question"] = _faults(reader)
    keyboard.press("Escape")
    if size == NARROW:
        buttons("button", name="Back to all chats").click()
    buttons("button", name="Add a person").click()
    found["dialog"] = _faults(reader)
    keyboard.press("Escape")
    for panel in _PANELS:
        buttons("button", name=panel, exact=True).click()
        found[panel] = _faults(reader)
    assert {place: faults for place, faults in found.items() if faults} == {}


def _faults(reader: Reader) -> list[tuple[str, list[str]]]:
    """Return all faults in light colours, and those of colours in dark ones; nothing else differs between them."""
    found = _violations(reader, DEFAULT_OPTIONS)
    assert reader.scroll_width() <= reader.page.evaluate("innerWidth")
    reader.page.emulate_media(color_scheme="dark")
    found += _violations(reader, DEFAULT_OPTIONS | {"runOnly": _OF_COLOURS})
    reader.page.emulate_media(color_scheme="light")
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found if each["impact"] in _GRAVE]


def _violations(reader: Reader, options: dict[str, Any]) -> list[dict[str, Any]]:
    if not reader.page.evaluate("'axe' in window"):  # half a megabyte of script
        reader.page.evaluate(Axe().axe_script)
    reader.page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    look = "options => axe.run(options).then(found => found.violations)"
    found: list[dict[str, Any]] = reader.page.evaluate(look, options)
    return found
