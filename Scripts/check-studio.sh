#!/usr/bin/env bash
# Uses the studio as a person would: in a real browser, headless. It clicks, draws, types and reads
# what is on the page; a training that the page starts, pauses and steps must end with the bits of the
# same program without a page. Leaves screenshots at three sizes in both schemes in a folder, if one
# is given: check-studio.sh [FOLDER].
#
# Needs Chromium and its driver, which it installs on Debian and says so; where they cannot be
# installed, it says so and passes.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly configuration=${CONFIGURATION:-release}
pictures=${1:-}
[ -z "$pictures" ] || { mkdir -p "$pictures" && pictures=$(cd "$pictures" && pwd); }

has_browser() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }
if ! has_browser && command -v apt-get >/dev/null; then
  echo "check-studio: installing chromium and chromium-driver with apt-get" >&2
  sudo=$([ "$(id -u)" -eq 0 ] || echo sudo)
  {
    $sudo apt-get update --quiet=2 &&
      $sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
        --no-install-recommends chromium chromium-driver fonts-dejavu-core fonts-noto-cjk
  } >/dev/null 2>&1 || true
fi
if ! has_browser; then
  echo "check-studio: SKIPPED, there is no chromium with chromedriver, and none can be installed" >&2
  exit 0
fi

readonly venv=.build/studio-check
readonly python=$venv/bin/python
if ! "$python" -c 'import selenium' 2>/dev/null; then
  { python3 -m venv "$venv" && "$python" -m pip install --quiet 'selenium>=4.20,<5'; } \
    >/dev/null 2>&1 || true
fi
if ! "$python" -c 'import selenium' 2>/dev/null; then
  echo "check-studio: SKIPPED, the selenium package cannot be installed here" >&2
  exit 0
fi

swift build -c "$configuration" --product studio
swift build -c "$configuration" --product train-mlp
# `learn studio` runs in debug builds, where learners work.
swift build --product learn
swift build --product studio
# A quarter of an hour is more than it needs, also where others use the machine.
timeout 900 "$python" Scripts/studio/check.py "$configuration" ${pictures:+"$pictures"}
