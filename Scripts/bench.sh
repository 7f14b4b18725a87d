#!/bin/sh
# Fledge beside PyTorch on this machine: docs/benchmarks.md and its chart. Arguments go to
# Benchmarks/compare.py: `Scripts/bench.sh --filter 'gpt-*' --threads 2 --rounds 7`. With
# `--jax PYTHON`, a Python that has JAX, a few rows are measured in JAX, too.
set -eu
cd "$(dirname "$0")/.."

readonly torch=2.13.0
venv=.build/peers

swift build -c release --product bench

# PyTorch for the CPU. Its own wheels (+cpu) are much smaller than those with CUDA; pip finds them
# where an index that has them is set (PIP_EXTRA_INDEX_URL), else the general ones serve as well.
python=$venv/bin/python
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "bench: installing PyTorch $torch into $venv"
  { python3 -m venv "$venv" &&
    { "$python" -m pip install --quiet "torch==$torch+cpu" numpy 2>/dev/null ||
      "$python" -m pip install --quiet "torch==$torch" numpy; }; } >/dev/null 2>&1 || true
fi
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "bench: PyTorch $torch cannot be installed here, so Fledge runs alone" >&2
  python=
fi

case " $* " in
*" --filter "*) ;;                # part of the table does not replace the whole one
*) set -- --out docs "$@" ;;
esac
exec python3 Benchmarks/compare.py --bench .build/release/bench ${python:+--python "$python"} "$@"
