"""Current problems of the bot, for its log, the metrics, and `/readyz`, which `web_server` answers."""

import structlog

from bot.metrics import PROBLEMS

log = structlog.get_logger()


class Health:
    """The current problems by kind; each is logged when it begins and when it ends."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each problem."""
        return tuple(self._problems.values())

    def report(self, kind: str, sentence: str) -> None:
        """Record a problem, or a new sentence for a known one."""
        if kind not in self._problems:
            log.error(kind, problem=sentence)
            PROBLEMS.labels(kind).set(1)
        self._problems[kind] = sentence

    def resolve(self, *kinds: str) -> None:
        """Remove problems of these kinds, if there are any."""
        for kind in kinds:
            if self._problems.pop(kind, None) is not None:
                PROBLEMS.labels(kind).set(0)
                log.info("resolved", problem=kind)
