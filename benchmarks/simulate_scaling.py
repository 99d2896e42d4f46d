"""Seconds and peak memory of `simulate` for growing numbers of movies.

Each size is a run of its own, in a process of its own. Last line: one JSON object.

    python benchmarks/simulate_scaling.py --sizes 1000 4000 16000
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_RUN = """
import resource, sys
from pathlib import Path
import surveys
from simulate import run

if __name__ == "__main__":
    n, out, workers = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    run.write(surveys.load("hits"), out, n, workers=workers)
    mine, children = (resource.getrusage(who).ru_maxrss for who in
                      (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(max(mine, children))
"""


def measure(n: int, workers: int) -> dict[str, float]:
    """Simulate `n` training movies; seconds, MiB of the largest process, and bytes a movie."""
    with tempfile.TemporaryDirectory() as folder:
        script, out = Path(folder) / "one_run.py", Path(folder) / "movies"
        script.write_text(ONE_RUN)
        words = [sys.executable, str(script), str(n), str(out), str(workers)]
        began = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - began
        size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    total = n + 2 * -(-n // 8)
    kilobytes = int(done.stdout.split()[-1]) * (1 if sys.platform != "darwin" else 1 / 1024)
    return {
        "movies": total,
        "seconds": round(seconds, 1),
        "movies_per_second": round(total / seconds, 1),
        "peak_mib_per_process": round(kilobytes / 1024),
        "bytes_per_movie": round(size / total),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000, 16000])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    rows = []
    for n in options.sizes:
        rows.append(measure(n, options.workers))
        print(", ".join(f"{name} {value:,}" for name, value in rows[-1].items()), flush=True)
    print(json.dumps({"workers": options.workers, "runs": rows}))


if __name__ == "__main__":
    main()
