"""Seconds and peak memory of `simulate` for growing numbers of movies.

Each size is a run of its own, in a process of its own. Start-up is all until the first block is
there: imports, tables, that block itself; the rate without it is that of the blocks that follow.
Cost is linear if that rate and the memory stay as they are. Last line: one JSON object.

    python benchmarks/simulate_scaling.py --sizes 1000 10000 100000 686000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from surveys import processors

ONE_RUN = """
import json, resource, sys, time
began = time.perf_counter()
import surveys
from simulate.run import run

def mebibytes(who):
    return resource.getrusage(who).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)

if __name__ == "__main__":
    n, out, workers = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    blocks = []
    run.write(surveys.load("hits"), out, n, workers=workers,
              progress=lambda movies: blocks.append((time.perf_counter() - began, movies)))
    first, last = blocks[0][0], blocks[-1][0]
    after = sum(movies for _, movies in blocks[1:])
    cpu = sum(getattr(resource.getrusage(who), t) for t in ("ru_utime", "ru_stime")
              for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    mine, theirs = mebibytes(resource.RUSAGE_SELF), mebibytes(resource.RUSAGE_CHILDREN)
    print(json.dumps({
        "start_up_seconds": round(first, 1),
        "finish_seconds": round(time.perf_counter() - began - last, 1),
        "movies_per_second_after_start_up": round(after / (last - first), 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mib_of_a_worker": round(theirs if workers > 1 else mine),
        "peak_mib_of_the_parent": round(mine),
    }))
"""


def measure(n: int, workers: int, folder: str | None = None) -> dict[str, float]:
    """Simulate `n` training movies, an eighth of it for each other part, and time it."""
    with tempfile.TemporaryDirectory(dir=folder) as where:
        script, out = Path(where) / "one_run.py", Path(where) / "movies"
        script.write_text(ONE_RUN)
        words = [sys.executable, str(script), str(n), str(out), str(workers)]
        began = time.perf_counter()
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        seconds = time.perf_counter() - began
        size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    total = n + 2 * -(-n // 8)
    return {
        "movies": total,
        "seconds": round(seconds, 1),
        "movies_per_second": round(total / seconds, 1),
        **json.loads(done.stdout.splitlines()[-1]),
        "bytes_per_movie": round(size / total),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000, 16000])
    parser.add_argument("--workers", type=int, default=processors.count())
    parser.add_argument("--folder", help="where to write, and remove, the stores")
    options = parser.parse_args()
    rows = []
    for n in options.sizes:
        rows.append(measure(n, options.workers, options.folder))
        print(", ".join(f"{name} {value:,}" for name, value in rows[-1].items()), flush=True)
    print(json.dumps({"workers": options.workers, "runs": rows}))


if __name__ == "__main__":
    main()
