"""Processors that affinity, containers and jobs leave."""

import joblib
import pytest

from surveys import processors


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of 16 processors whose control groups are made up."""
    monkeypatch.setattr(joblib, "cpu_count", lambda: 16)
    monkeypatch.setattr(processors, "OF_PROCESS", tmp_path / "cgroup")
    monkeypatch.setattr(processors, "GROUPS", tmp_path / "groups")

    def make(group, limits):
        (tmp_path / "cgroup").write_text(f"4:memory:/elsewhere\n0::{group}\n")
        for name, limit in limits.items():
            folder = tmp_path / "groups" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "cpu.max").write_text(f"{limit}\n")

    return make


@pytest.mark.parametrize(
    ("group", "limits", "expected"),
    [
        ("/", {}, 16),
        ("/", {"": "max 100000"}, 16),
        ("/", {"": "200000 100000"}, 2),
        ("/", {"": "150000 100000"}, 2),
        ("/", {"": "20000 100000"}, 1),
        ("/slurm/job_7/step_0", {"slurm/job_7": "400000 100000", "slurm": "max 100000"}, 4),
        ("/slurm/job_7/step_0", {"slurm/job_7": "400000 100000", "slurm": "300000 100000"}, 3),
        ("/slurm/job_7", {"slurm/job_8": "100000 100000"}, 16),
        ("/", {"": "3200000 100000"}, 16),
        ("/", {"": "nonsense"}, 16),
    ],
)
def test_the_least_limit_counts(machine, group, limits, expected):
    machine(group, limits)
    assert processors.count() == expected


def test_where_there_are_no_groups_joblib_decides(machine):
    assert processors.count() == 16
