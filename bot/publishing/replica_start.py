"""Which version a starting replica accepts: the newest recorded one, unless the files were edited since.

A replica that runs alone starts from its files, like a bot without replicas, so that an operator can edit them while
nothing runs. There is one exception: if the files equal its last good copy and a newer version was recorded, it only
missed the publication, and accepts the newer version. While other replicas run, the recorded version always wins, and
edited files are set aside.
"""

from pathlib import Path

import structlog

from bot.atomic_file import replace_file
from bot.publishing.live import digest_of, newest_version, saved_content
from bot.publishing.ports import KnowledgeRepository, Versions

log = structlog.get_logger()


async def export_accepted(
    versions: Versions, repository: KnowledgeRepository, *, among_others: bool, aside: Path
) -> None:
    """Write the accepted version to the files and the last good copy, if it differs; raises StorageError, FileError.

    `aside` is the folder for edited files that are replaced.
    """
    newest = await newest_version(versions)
    saved, good = await saved_content(repository), await repository.last_good()
    if newest is None or (saved is not None and digest_of(saved) == newest.digest):
        return
    is_edited = saved is not None and saved != good
    if is_edited and not among_others:
        return
    content = await versions.content_of(newest.digest)
    if content is None:
        return
    if is_edited and saved is not None:
        kept = aside / f"replaced-{digest_of(saved)[:12]}.yaml"
        replace_file(kept, saved, mode=0o600)
        log.warning("knowledge_files_replaced", kept=kept.name, knowledge=newest.digest[:12])
    await repository.keep(content)
    await repository.replace(content)
