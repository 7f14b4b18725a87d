"""The all-reduce that `check-ranks --speed` measures, by mpi4py: 64 MB of float32, the least of ten.

    pip install mpi4py numpy
    mpirun -n 2 python3 Benchmarks/all_reduce_mpi4py.py
    mpirun -n 2 .build-mpi/debug/check-ranks --speed
"""

import time

import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
x = np.ones(16 << 20, dtype=np.float32)
times = []
for _ in range(11):
    world.Barrier()
    start = time.perf_counter()
    world.Allreduce(MPI.IN_PLACE, x, op=MPI.MAX)
    times.append(time.perf_counter() - start)
seconds = world.allreduce(min(times[1:]), op=MPI.MAX)
if world.rank == 0:
    print(f"mpi4py: {seconds * 1000:.1f} ms, {x.nbytes / seconds / 1e9:.2f} GB/s")
