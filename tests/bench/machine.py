"""The cost of a process, and the load of the machine."""

import os
from pathlib import Path


def cpu_of(process: int) -> float:
    """Seconds of processor that a process has used; 0 where there is no /proc."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load() -> str:
    """Programs that wanted a processor, over the last minute, and how many processors there are."""
    return f"{os.getloadavg()[0]:.1f} of {os.cpu_count()}"


def memory_of(process: int, *, most: bool = False) -> float:
    """Megabytes of memory that a process has now, or the most it ever had; 0 where there is no /proc."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0.0
    lines, field = status.read_text(encoding="ascii").splitlines(), "VmHWM:" if most else "VmRSS:"
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
