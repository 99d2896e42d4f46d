"""How many processors this process may use."""

from __future__ import annotations

import math
from pathlib import Path

import joblib

OF_PROCESS = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")


def count() -> int:
    """Processors that CPU affinity and the limits of containers and jobs leave, at least 1.

    joblib knows affinity, ``LOKY_MAX_CPU_COUNT`` and the limit of a container's own root; a job of
    Slurm or systemd has its limit further down the tree of control groups, and that counts too.
    """
    return max(1, math.ceil(min(joblib.cpu_count(), _quota(OF_PROCESS, GROUPS))))


def _quota(of_process: Path, groups: Path) -> float:
    """The least ``cpu.max`` from this process' control group (version 2) up to the root."""
    try:
        lines = of_process.read_text("utf-8").splitlines()
    except OSError:  # no Linux, or hidden from us
        return math.inf
    least = math.inf
    for line in lines:
        if line.startswith("0::"):
            group = groups / line[3:].lstrip("/")
            for folder in (group, *group.parents):
                if folder.is_relative_to(groups):
                    least = min(least, _limit(folder / "cpu.max"))
    return least


def _limit(file: Path) -> float:
    """Quota over period, as "150000 100000" for one and a half; "max" is none."""
    try:
        quota, period = file.read_text("utf-8").split()
        return float(quota) / float(period) if quota != "max" else math.inf
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
