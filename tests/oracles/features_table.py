"""The table of docs/reference/features.md: what each package computes under a feature's name."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "features.md"


def rows() -> dict[str, dict[str, str]]:
    """Cells by feature and column."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("| feature |"))
    columns = _cells(lines[head])
    out: dict[str, dict[str, str]] = {}
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        cells = dict(zip(columns, _cells(line), strict=True))
        assert cells["feature"] not in out, f"{cells['feature']} stands twice in {PAGE.name}"
        out[cells["feature"]] = cells
    return out


def same(package: str) -> list[str]:
    """Features that a package computes as ours."""
    return [name for name, cells in rows().items() if cells[package].startswith("same")]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
