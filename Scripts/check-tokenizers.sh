#!/usr/bin/env bash
# check-tokenizers.sh [--gpt2 VOCABULARY MERGES] [--text FILE] [TOKENIZER.JSON…]: the tokens of ten
# megabytes of text, the speed of encoding in turns, and the merges of a training, beside the Python
# package `tokenizers` (pip install tokenizers==0.23.3), which must be there. Builds `tokenize` first.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
(cd "$here/.." && swift build -c release --product tokenize >&2)
exec python3 "$here/check_tokenizers.py" \
  --program "$here/../.build/release/tokenize" "$@"
