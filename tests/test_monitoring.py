"""The documents, the dashboard and the alert rules name metrics that the bot exports."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import metrics

DOCS = Path(__file__).parents[1] / "docs"
ALERTS, DASHBOARD = DOCS / "monitoring" / "alerts.yaml", DOCS / "monitoring" / "dashboard.json"
_SUFFIXES = re.compile("_(bucket|sum|count)$")


def exported() -> set[str]:
    """The names of the bot's own metrics, as Prometheus stores them."""
    families = list(metrics.REGISTRY.collect())
    counters = {f"{family.name}_total" for family in families if family.type == "counter"}
    others = {family.name for family in families if family.type != "counter"}
    return {name for name in counters | others if name.startswith("minsheng_")}


def named(text: str) -> set[str]:
    return {_SUFFIXES.sub("", name) for name in re.findall(r"\bminsheng_[a-z_]+\b", text)}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("path", [ALERTS, DASHBOARD], ids=["alerts", "dashboard"])
def test_every_metric_that_is_watched_is_exported(path: Path) -> None:
    assert named(path.read_text(encoding="utf-8")) <= exported()


def test_the_page_explains_every_metric_and_no_other() -> None:
    assert named((DOCS / "monitoring.md").read_text(encoding="utf-8")) == exported()


def test_the_page_says_what_to_do_for_every_alert() -> None:
    page = (DOCS / "monitoring.md").read_text(encoding="utf-8")
    section = page[page.index("## When an alert fires") :]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [rule["alert"] for rule in rules()]


def test_the_dashboard_draws_every_metric_except_the_version() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    drawn = named(" ".join(target["expr"] for panel in panels for target in panel["targets"]))
    assert drawn == exported() - {"minsheng_knowledge_info"}


def test_no_label_can_hold_a_person_or_a_text() -> None:
    labels = {label for family in metrics.REGISTRY.collect() for sample in family.samples for label in sample.labels}
    assert labels <= {"result", "outcome", "language", "kind", "version", "le"} | {
        "implementation",
        "major",
        "minor",
        "patchlevel",
    }
