"""Dates and times of day in a knowledge file."""

import re
from collections.abc import Callable
from datetime import date, time
from typing import Annotated

from pydantic import BeforeValidator

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.i18n.visible import strip_invisible
from bot.knowledge.diagnostics import quoted
from bot.knowledge.fields import not_fit


def _written(pattern: str, message: LazyMessage, hint: LazyMessage) -> Callable[[object], object]:
    """A check of the format, because pydantic reads `20211112` as seconds since 1970 and `22` as 22 seconds."""

    def check(text: object) -> object:
        if isinstance(text, str) and not re.fullmatch(pattern, strip_invisible(text)):
            raise not_fit(message, hint, given=quoted(text))
        return strip_invisible(text) if isinstance(text, str) else text

    return check


_is_day = _written(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    lazy_gettext("{name} is not a date: {given}"),
    lazy_gettext("write it as 2021-11-12"),
)
_is_time = _written(
    "[0-9]{2}:[0-9]{2}",
    lazy_gettext("{name} is not a time of day: {given}"),
    lazy_gettext("write it as 22:00"),
)
Day = Annotated[date, BeforeValidator(_is_day)]
TimeOfDay = Annotated[time, BeforeValidator(_is_time)]
