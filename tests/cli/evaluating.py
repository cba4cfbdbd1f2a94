"""Labelled rows for `minsheng evaluate` and `minsheng tune`."""

import json
from pathlib import Path
from typing import Any


def row(
    identity: object, text: str, *areas: str, kind: str = "direct", lang: str = "en", **more: Any
) -> dict[str, Any]:
    return {"id": identity, "lang": lang, "text": text, "areas": list(areas), "kind": kind, "expect": [], **more}


#: Questions to the small city, each with the verdict that it gets.
ROWS = {
    "right": row("a", "new childcare center?", "childcare", projects=["childcare-centre"], expect=["in progress"]),
    "wrong": row("b", "sixth hospital", "elderly-care", projects=["elderly-beds"]),
    "missed": row("c", "qwrtz plmk", "hospitals", kind="typo"),
    "refused": row("d", "hello", kind="smalltalk"),
    "invented": row("e", "шестая больница", kind="oos-near", lang="ru"),
}


def write(rows: Any, path: str = "questions.jsonl") -> str:
    Path(path).write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path
