"""Where tests put their files: in memory if there is room, so that no test waits for a disk."""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

_MEMORY = Path("/dev/shm")
#: Bytes that two processes of tests need with some room; containers often have 64 MB there.
_ENOUGH = 2 << 30


@cache
def temporary_root() -> Path:
    """The folder for temporary files of tests."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        return _MEMORY
    return Path(tempfile.gettempdir())
