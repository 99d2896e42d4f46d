#!/bin/bash
# Simulate as a plain Slurm job array, without Dask: task i of n writes blocks i, i + n, i + 2n, ...
#
#     sbatch --array=1-64 examples/slurm_array.sh --n 686000 --out /scratch/$USER/movies --seed 1
#
# The tasks need not run at the same time, and know nothing of one another; the one that sees all
# blocks there adds the contact sheet. If some were killed, submit the same again: what is written
# is left alone. Number the array from 1.

#SBATCH --job-name=simulate
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=2G
#SBATCH --time=02:00:00
#SBATCH --requeue

set -euo pipefail
exec simulate --workers "${SLURM_CPUS_PER_TASK:-1}" \
    --shards "${SLURM_ARRAY_TASK_ID}/${SLURM_ARRAY_TASK_COUNT}" "$@"
