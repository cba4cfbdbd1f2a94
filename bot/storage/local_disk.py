"""Whether a file is on a disk of this machine."""

import re
from pathlib import Path, PurePath

_MOUNTS = Path("/proc/mounts")
#: Kinds of disk that several machines share. There SQLite's locks hold only by luck, and its log not at all.
_SHARED = re.compile(
    r"nfs.*|cifs|smb.*|ncpfs|afs|ceph|lustre|beegfs|glusterfs|fuse\.(sshfs|glusterfs|ceph.*|s3fs|rclone)"
)


def network_disk_of(path: Path) -> str | None:
    """The kind of the network disk that a file is on; None when it is on a local one, or nobody can tell."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return shared_kind(path.resolve(), mounts)


def shared_kind(path: PurePath, mounts: str) -> str | None:
    """The same from a table as in `/proc/mounts`: of two disks at one place the later one counts."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, place, type_, *_ = [*line.split(" "), "", "", ""]
        point = PurePath(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place))
        if len(point.parts) >= best and path.is_relative_to(point):
            best, kind = len(point.parts), type_
    return kind if _SHARED.fullmatch(kind) else None
