"""Detect files on network disks."""

import re
from pathlib import Path, PurePath

_MOUNTS = Path("/proc/mounts")
#: File systems shared by several machines. There SQLite's locks are unreliable and its write-ahead log does not work.
_SHARED = re.compile(
    r"nfs.*|cifs|smb.*|ncpfs|afs|ceph|lustre|beegfs|glusterfs|fuse\.(sshfs|glusterfs|ceph.*|s3fs|rclone)"
)


def network_file_system(path: Path) -> str | None:
    """File system type if the file is on a network disk; None if it is local or unknown."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return _shared_type(path.resolve(), mounts)


def _shared_type(path: PurePath, mounts: str) -> str | None:
    """The same from the text of `/proc/mounts`; if two mounts are at one place, the later one counts."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, place, type_, *_ = [*line.split(" "), "", "", ""]
        point = PurePath(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place))
        if len(point.parts) >= best and path.is_relative_to(point):
            best, kind = len(point.parts), type_
    return kind if _SHARED.fullmatch(kind) else None
