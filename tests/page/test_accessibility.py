"""axe-core looks at the page as it is drawn: names, roles, contrast, order."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page.person import NARROW, WIDE, Open

_GRAVE = ("serious", "critical")


@pytest.mark.parametrize(("panel", "scheme", "size"), [
    ("tour", "light", WIDE), ("faults", "dark", WIDE), ("scenes", "dark", WIDE), ("knowledge", "light", WIDE),
    ("", "light", NARROW), ("tour", "dark", NARROW),
])  # fmt: skip
def test_axe_finds_no_serious_fault(open_page: Open, panel: str, scheme: str, size: dict[str, int]) -> None:
    reader = open_page(panel=panel, color_scheme=scheme, viewport=size)
    if not (panel and size == NARROW):
        reader.write("Emma", "new childcare center?")
    reader.page.wait_for_timeout(500)  # transitions
    found = Axe().run(reader.page).response["violations"]
    faults = [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found if fault["impact"] in _GRAVE]
    assert faults == []
