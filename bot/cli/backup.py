"""`minsheng backup` writes an archive of the running bot; `minsheng restore` fills an empty database from it."""

import asyncio
import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.atomic_file import replace_file
from bot.cli.options import read_settings
from bot.cli.terminal import status_line, stop
from bot.errors import EXIT_SETTINGS, FileError, OperatorError
from bot.publishing.files.folder import read_content, write_content
from bot.settings import Settings


def backup(
    path: Annotated[
        Path | None, typer.Argument(help="The archive to write. Default: minsheng-DATE-TIME.tar.gz here.")
    ] = None,
) -> None:
    """Write the database and the knowledge into one archive. The bot may run meanwhile.

    The archive holds personal data, and is readable by you only. Exits with 78 if something cannot be read.
    """
    settings = read_settings()
    target = path or Path(f"minsheng-{datetime.now():%Y-%m-%d-%H%M%S}.tar.gz")  # noqa: DTZ005 - the operator's clock
    _create(target)
    try:
        with status_line("Reading the database …"):
            rows = _write(settings, target)
    except (OperatorError, FileError, OSError) as error:
        stop(str(error), EXIT_SETTINGS)
    print(f"{target}: {sum(rows.values())} rows in {len(rows)} tables, and the knowledge.")


def _write(settings: Settings, target: Path) -> Mapping[str, int]:
    """Fill the archive; return the number of rows of each table. On failure the archive is removed."""
    from bot.storage.backup import write_backup  # noqa: PLC0415 - other commands start without SQLAlchemy
    from bot.storage.erasures import ErasureLedger  # noqa: PLC0415

    address, key = settings.database.get_secret_value(), ErasureLedger(settings.data_dir).key()
    try:
        with target.open("wb") as archive:
            return write_backup(address, archive, knowledge=read_content(settings.knowledge_path), key=key).rows
    except BaseException:
        target.unlink()
        raise


def _create(target: Path) -> None:
    """Create an empty archive that only this account can read; exits with 1 on failure."""
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        stop(f"{target} exists, and a backup overwrites nothing; name another file.", 1)
    except OSError as error:
        stop(f"{target} cannot be written: {error.strerror}.", 1)


def restore(
    path: Annotated[Path, typer.Argument(help="The archive.")],
    *,
    erasures: Annotated[
        Path | None,
        typer.Option(
            help="A later erasures.jsonl of the machine that is replaced. Default: that in DATA_DIR.",
            show_default=False,
        ),
    ] = None,
    keep_knowledge: Annotated[
        bool, typer.Option("--keep-knowledge", help="Leave the files of KNOWLEDGE_PATH as they are.")
    ] = False,
) -> None:
    """Fill the empty database of the settings from an archive; all or nothing. The bot must be stopped.

    People who sent /forget after the backup are erased again. Exits with 78, with nothing changed, if the database is
    not empty or the archive is damaged.
    """
    from bot.storage.backup import read_manifest, read_member  # noqa: PLC0415 - other commands start without SQLAlchemy

    settings = read_settings()
    try:
        with tarfile.open(path, "r:gz") as archive, status_line("Restoring …"):
            manifest, knowledge = read_manifest(archive), read_member(archive, "knowledge")
            if not keep_knowledge:
                _check_knowledge(settings, knowledge)
            erased = _restore(settings, archive, erasures)
            if not keep_knowledge:
                write_content(settings.knowledge_path, knowledge)
    except (OSError, EOFError, tarfile.TarError):
        stop(f"{path} cannot be read, or is not a backup of Minsheng.", EXIT_SETTINGS)
    except (OperatorError, FileError) as error:
        stop(str(error), EXIT_SETTINGS)
    print(f"{sum(manifest.rows.values())} rows of {manifest.made_at:%Y-%m-%d %H:%M} UTC were restored.")
    if erased:
        print(f"Erased again, because they asked for it after the backup: {erased}.")


def _restore(settings: Settings, archive: tarfile.TarFile, erasures: Path | None) -> int:
    """Restore the database and the erasure ledger; return how many chats were erased again."""
    from bot.storage.backup import read_member, restore_backup  # noqa: PLC0415
    from bot.storage.erasures import KEY, LEDGER, ErasureLedger  # noqa: PLC0415

    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = read_member(archive, KEY)
    if not (folder / KEY).exists():
        replace_file(folder / KEY, key, mode=0o600)
    if erasures is not None:
        replace_file(folder / LEDGER, erasures.read_bytes(), mode=0o600)
    address = settings.database.get_secret_value()
    return asyncio.run(restore_backup(address, archive, ledger=ErasureLedger(folder), key=key))


def _check_knowledge(settings: Settings, content: bytes) -> None:
    """Raise OperatorError if the settings name other knowledge than the backup's."""
    path = settings.knowledge_path
    if path.exists() and read_content(path) != content:
        raise OperatorError(
            f"{path} is not the knowledge of the backup; move it away to restore that, or add --keep-knowledge."
        )
