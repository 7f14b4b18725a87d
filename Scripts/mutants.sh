#!/bin/sh
# Breaks the code in one place at a time; see mutants.py. Arguments are passed on.
exec python3 "$(dirname "$0")/mutants.py" "$@"
