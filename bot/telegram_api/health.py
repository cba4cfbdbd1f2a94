"""Whether the bot can do its work at the moment, for its log and for whoever watches it."""

import structlog

log = structlog.get_logger()


class Health:
    """What stands in the bot's way, by its kind; each trouble is logged when it begins and when it ends."""

    def __init__(self) -> None:
        self._troubles: dict[str, str] = {}

    @property
    def troubles(self) -> tuple[str, ...]:
        """A sentence for each; none when all is well."""
        return tuple(self._troubles.values())

    def begin(self, kind: str, sentence: str) -> None:
        """Something stands in the way from now on."""
        if kind not in self._troubles:
            log.error(kind, problem=sentence)
        self._troubles[kind] = sentence

    def end(self, *kinds: str) -> None:
        """These are over, if they were there."""
        for kind in kinds:
            if self._troubles.pop(kind, None) is not None:
                log.info("mended", trouble=kind)
