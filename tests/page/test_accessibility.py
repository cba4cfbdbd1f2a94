"""axe-core looks at the page as it is drawn: names, roles, contrast, order; and nothing is wider than the window."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page.person import NARROW, WIDE, Open, Reader

_GRAVE = ("moderate", "serious", "critical")
_PANELS = ("Guided tour", "Faults", "Behind the scenes", "Knowledge")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_any_panel_menu_or_dialog(open_page: Open, scheme: str, size: dict[str, int]) -> None:
    reader = open_page(color_scheme=scheme, viewport=size)
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
    reader.page.wait_for_timeout(300)  # transitions
    assert reader.scroll_width() <= reader.page.evaluate("innerWidth")
    violations = Axe().run(reader.page).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations if each["impact"] in _GRAVE]
