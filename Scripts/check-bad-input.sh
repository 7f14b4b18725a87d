#!/usr/bin/env bash
# Gives the examples what should not be given to them: each must say so on one line of standard
# error, exit with a status above 0 and leave nothing half-written. Needs the release builds.
set -uo pipefail
cd "$(dirname "$0")/.."

binaries=$PWD/.build/release
scratch=$(mktemp -d)
readonly binaries scratch
trap 'chmod -R u+rwx "$scratch"; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

# refuses WORDS COMMAND…: the command fails, with one line that has the words, and makes no `out`.
refuses() {
  local words=$1
  shift
  rm -rf out
  "$binaries/$1" "${@:2}" >stdout 2>stderr
  local status=$?
  local problem=
  if [ $status -eq 0 ] || [ $status -gt 127 ]; then problem="exit status $status"
  elif ! grep -qiE -- "$words" stderr; then problem="does not say '$words'"
  elif [ "$(grep -c '^Error' stderr)" -ne 1 ]; then problem="not one error line"
  # A wrong option is followed by how to use the command; anything else is one line.
  elif [ $status -ne 64 ] && [ "$(wc -l <stderr)" -ne 1 ]; then problem="more than one line"
  elif [ -s stdout ]; then problem="writes to standard output"
  elif [ -e out ]; then problem="leaves an output folder"
  fi
  if [ -n "$problem" ]; then
    printf 'WRONG: %s: %s\n' "${*}" "$problem"
    sed 's/^/    /' stderr | head -5
    failures=$((failures + 1))
  else
    printf 'ok: %s\n    %s\n' "${*}" "$(head -1 stderr)"
  fi
}

# Files to refuse, and good ones to compare with.
python3 - <<'END'
import gzip, os, struct
def write(name, data):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    open(name, "wb").write(data)
def idx(magic, *sizes, data=b""):
    return struct.pack(f">I{len(sizes)}I", magic, *sizes) + data
write("good.txt", b"the cat sat on the mat. " * 200)
write("empty.txt", b"")
write("short.txt", b"too short")
write("binary.txt", b"\xff\xfe\x00good")
images, labels = idx(2051, 4, 28, 28, data=bytes(4 * 784)), idx(2049, 4, data=bytes([0, 1, 2, 3]))
def mnist(folder, **changed):
    files = {"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels,
             "t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": labels}
    for key, value in changed.items():
        name = next(n for n in files if n.startswith(key.replace("_", "-")))
        old = files.pop(name)
        if value is not None:
            files[name + (".gz" if value[:2] == b"\x1f\x8b" else "")] = value
    for name, data in files.items():
        write(f"{folder}/{name}", data)
mnist("mnist-missing", t10k_labels=None)
mnist("mnist-magic", train_images=idx(2052, 4, 28, 28, data=bytes(4 * 784)))
mnist("mnist-short", train_images=images[:-1])
mnist("mnist-long", train_images=images + b"x")
mnist("mnist-counts", train_labels=idx(2049, 3, data=bytes(3)))
mnist("mnist-label", train_labels=idx(2049, 4, data=bytes([0, 1, 2, 10])))
whole = gzip.compress(images)
mnist("mnist-gz-cut", train_images=whole[:-9])
mnist("mnist-gz-corrupt", train_images=whole[:20] + bytes([whole[20] ^ 255]) + whole[21:])
mnist("mnist-not-gz", train_images=b"\x1f\x8bnot gzip at all")
END
mkdir folder

gpt="train-gpt --steps 2 --out out"
refuses "no such file" $gpt --text missing.txt
refuses "directory" $gpt --text folder
refuses "empty" $gpt --text empty.txt
refuses "short|characters" $gpt --text short.txt
refuses "UTF-8" $gpt --text binary.txt
refuses "context" $gpt --text good.txt --context 100000
refuses "steps must be at least 1" train-gpt --out out --steps 0
refuses "steps" train-gpt --out out --steps -1
refuses "steps" train-gpt --out out --steps abc
refuses "temperature" $gpt --temperature -1
refuses "learning-rate" $gpt --learning-rate nan
refuses "preset" $gpt --preset unknown
refuses "no such file" train-gpt --resume --out out
refuses "no such file" train-gpt --sample --out out
refuses "exclude" train-gpt --sample --resume --out out
refuses "checkpoint" train-gpt --resume --text good.txt --out out

mlp="train-mlp --epochs 1 --out out"
refuses "not a directory" $mlp --mnist missing
refuses "no such file" $mlp --mnist mnist-missing
refuses "found dimensions" $mlp --mnist mnist-magic
refuses "bytes" $mlp --mnist mnist-short
refuses "bytes" $mlp --mnist mnist-long
refuses "has 3 labels" $mlp --mnist mnist-counts
refuses "not a digit" $mlp --mnist mnist-label
refuses "gz|compressed" $mlp --mnist mnist-gz-cut
refuses "gz|compressed" $mlp --mnist mnist-gz-corrupt
refuses "gz|compressed" $mlp --mnist mnist-not-gz
refuses "dataset" $mlp --dataset unknown
refuses "mnist" $mlp --dataset mnist
refuses "epochs" train-mlp --epochs 0 --out out

printf 'text,label\ngood,a\n' >one-class.csv
printf 'text,label\ngood\n' >short-row.csv
printf 'text,label\n"good,a\n' >open-quote.csv
printf 'words,label\ngood,a\n' >no-column.csv
classifier="train-classifier --epochs 1 --out out"
refuses "no such file" $classifier --csv missing.csv
refuses "directory" $classifier --csv folder
refuses "empty" $classifier --csv empty.txt
refuses "UTF-8" $classifier --csv binary.txt
refuses "two classes" $classifier --csv one-class.csv
refuses "line 2 has 1 fields" $classifier --csv short-row.csv
refuses "line 2 does not end" $classifier --csv open-quote.csv
refuses "no column 'text'" $classifier --csv no-column.csv
refuses "epochs" train-classifier --epochs 0 --out out
refuses "not a directory" train-vae --epochs 1 --out out --mnist missing
refuses "beta" train-vae --beta -1 --out out

# Outputs that cannot be made.
touch file
refuses "file" train-mlp --epochs 1 --out file/out
refuses "file" train-gpt --steps 1 --text good.txt --out file
if [ "$(id -u)" -ne 0 ]; then
  mkdir locked && chmod a-w locked
  refuses "permission" train-mlp --epochs 1 --out locked/out
fi

# Checkpoints: a good one, and what can become of it.
"$binaries/train-gpt" --steps 2 --text good.txt --length 0 --out run >/dev/null 2>&1 ||
  { echo "WRONG: a good run fails"; failures=$((failures + 1)); }
"$binaries/train-mlp" --epochs 1 --out mlp >/dev/null 2>&1
spoil() { # NAME PYTHON: the checkpoint of `run` in NAME, its bytes `b` changed
  mkdir -p "$1"
  python3 -c "
b = open('run/checkpoint.safetensors', 'rb').read()
$2
open('$1/checkpoint.safetensors', 'wb').write(b)"
  cp "$1/checkpoint.safetensors" "$1/before"
}
unchanged() {
  cmp -s "$1/before" "$1/checkpoint.safetensors" ||
    { echo "WRONG: the checkpoint in $1 was changed"; failures=$((failures + 1)); }
}
spoil cut "b = b[:len(b) // 2]"
spoil header "b = b[:6]"
spoil garbage "b = b'{}' * 100"
spoil shape "b = b.replace(b'channels\\\\\":128', b'channels\\\\\":256')"
for name in cut header garbage shape; do
  refuses "no safetensors|cut short|does not fit" train-gpt --resume --out $name
  refuses "$name/checkpoint.safetensors" train-gpt --sample --out $name
  unchanged $name
done
mkdir other && cp mlp/model.safetensors other/checkpoint.safetensors
refuses "training run" train-gpt --resume --out other
mv good.txt moved.txt
refuses "no such file" train-gpt --resume --out run
mv moved.txt good.txt
refuses "character" train-gpt --sample --prompt "€" --out run

# A reader that goes away is no reason for a crash report.
"$binaries/train-mlp" --epochs 50 --json --out piped 2>stderr | head -1 >/dev/null
if grep -qi "crash\|fatal\|backtrace" stderr; then
  echo "WRONG: a closed pipe crashes"; failures=$((failures + 1))
fi

if [ $failures -gt 0 ]; then
  echo "$failures of the above are wrong"
  exit 1
fi
