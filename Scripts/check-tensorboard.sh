#!/usr/bin/env bash
# The real TensorBoard reads what TensorBoardLog writes: every scalar of a run of train-classifier,
# the distributions of its weights, and the picture of its confusion matrix. Needs the release
# builds; where the package cannot be installed, says so and passes.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.build/tensorboard
python=$venv/bin/python
if ! "$python" -c 'import tensorboard' 2>/dev/null; then
  # tensorboard imports pkg_resources, which newer setuptools no longer have.
  { python3 -m venv "$venv" &&
    "$python" -m pip install --quiet 'tensorboard>=2.15,<3' 'setuptools<81'; } >/dev/null 2>&1 ||
    true
fi
if ! "$python" -c 'import tensorboard' 2>/dev/null; then
  echo "check-tensorboard: SKIPPED, the tensorboard package cannot be installed here" >&2
  exit 0
fi

scratch=$(mktemp -d)
readonly scratch
trap 'rm -rf "$scratch"' EXIT
.build/release/train-classifier --reviews 300 --epochs 3 --out "$scratch" >/dev/null 2>&1

"$python" - "$scratch" <<'END'
import json, sys
from tensorboard.backend.event_processing import event_accumulator as reader

folder = sys.argv[1]
# 0: keep every event of each kind.
events = reader.EventAccumulator(folder, size_guidance={kind: 0 for kind in reader.DEFAULT_SIZE_GUIDANCE})
events.Reload()

lines = [json.loads(line) for line in open(f"{folder}/metrics.jsonl")]
steps = [line for line in lines if line["event"] == "step"]
epochs = [line for line in lines if line["event"] == "epoch"]
assert len(steps) == 24 and len(epochs) == 3, (len(steps), len(epochs))

def same(tag, expected):
    found = [(e.step, e.value) for e in events.Scalars(tag)]
    assert [s for s, _ in found] == [s for s, _ in expected], (tag, found, expected)
    # The files hold 32-bit numbers.
    for (_, a), (_, b) in zip(found, expected):
        assert abs(a - b) <= 1e-6 * abs(b), (tag, a, b)

same("step/loss", [(e["step"], e["loss"]) for e in steps])
for name in ("val_loss", "val_accuracy", "val_f1"):
    same(f"validation/{name}", [(e["step"], e[name]) for e in epochs])

tags = events.Tags()
for name in ("weights/hidden.weight", "gradients/hidden.weight"):
    found = events.Histograms(name)
    assert [e.step for e in found] == [e["step"] for e in epochs]
    for value in (e.histogram_value for e in found):
        assert value.num == 32 * 64 == sum(value.bucket), value
        assert value.min < 0 < value.max and abs(value.bucket_limit[-1] - value.max) < 1e-9
picture, = events.Images("confusion")
assert (picture.width, picture.height) == (144, 144)
assert picture.encoded_image_string.startswith(b"\x89PNG")
print(f"tensorboard read {len(tags['scalars'])} curves, {len(tags['histograms'])} distributions "
      f"and {len(tags['images'])} picture")
END
