"""Simulate on a Slurm cluster: Dask begins the jobs, and gives blocks to those that come.

Run it where `sbatch` works (a login node, or a small job of its own); it stays until all is done.
Jobs may be killed or preempted: their blocks go to others. The folder must be seen by all nodes.

    pip install 'skymovie[cluster]'
    python examples/slurm_dask.py --jobs 16 --cores 8 --n 686000 --out /scratch/$USER/movies
    python examples/slurm_dask.py --queue short --print-job    # what would be submitted
"""

from __future__ import annotations

import argparse

from dask_jobqueue import SLURMCluster

import surveys
from simulate.run import run
from skymovie.cli import console


def main() -> None:
    """Begin a cluster and write a store on it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--survey", default="hits")
    parser.add_argument("--n", type=int, default=686_000, help="training movies")
    parser.add_argument("--out", default="movies", help="folder or URL of the store")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=4, help="Slurm jobs at a time")
    parser.add_argument("--cores", type=int, default=8, help="cores a job; one process each")
    parser.add_argument("--memory", default="16GB", help="of a job; 2 GB a core do")
    parser.add_argument("--hours", type=int, default=2, help="of a job; others follow it")
    parser.add_argument("--queue", help="Slurm partition")
    parser.add_argument("--account", help="Slurm account")
    parser.add_argument("--print-job", action="store_true", help="print the job script and leave")
    given = parser.parse_args()

    with SLURMCluster(
        queue=given.queue,
        account=given.account,
        cores=given.cores,
        processes=given.cores,
        memory=given.memory,
        walltime=f"{given.hours}:00:00",
        # A worker gives its blocks back before Slurm ends it.
        worker_extra_args=["--lifetime", f"{60 * given.hours - 5}m", "--lifetime-stagger", "4m"],
    ) as cluster:
        if given.print_job:
            print(cluster.job_script())
            return
        cluster.adapt(minimum_jobs=given.jobs, maximum_jobs=given.jobs)  # lost jobs come again
        survey, total = surveys.load(given.survey), sum(run.sizes(given.n).values())
        with console.progress("movies", total) as advance:
            store = run.write(
                survey,
                given.out,
                given.n,
                given.seed,
                scheduler=cluster.scheduler_address,
                progress=advance,
            )
        print(store.path)


if __name__ == "__main__":
    main()
