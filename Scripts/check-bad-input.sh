#!/usr/bin/env bash
# Gives the examples what should not be given to them: each must say so on one line of standard
# error, exit with a status above 0, leave nothing half-written and nothing lost that was there.
# Needs the release builds.
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
  elif [[ " $* " == *" --out out "* ]] && ! keeps "$@"; then problem="changes an earlier run"
  fi
  if [ -n "$problem" ]; then
    printf 'WRONG: %s: %s\n' "${*}" "$problem"
    sed 's/^/    /' stderr | head -5
    failures=$((failures + 1))
  else
    printf 'ok: %s\n    %s\n' "${*}" "$(head -1 stderr)"
  fi
}

# keeps COMMAND…: the same beside the files of an earlier run, which stay as they are.
keeps() {
  local name
  mkdir out
  for name in $written; do echo "an earlier run" >"out/$name"; done
  "$binaries/$1" "${@:2}" >/dev/null 2>&1 && return 1
  [ "$(ls out | tr '\n' ' ')" = "$written " ] || return 1
  for name in $written; do [ "$(cat "out/$name")" = "an earlier run" ] || return 1; done
  rm -r out
}
readonly written="adapters.safetensors checkpoint.safetensors loss.svg metrics.jsonl model.safetensors"

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
mnist("mnist-empty", t10k_images=b"")
def cifar(folder, **changed):
    good = bytes([3]) + bytes(3072)
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        data = changed.get(name, good)
        if data is not None:
            write(f"{folder}/{name}.bin" + (".gz" if data[:2] == b"\x1f\x8b" else ""), data)
cifar("cifar-few")
cifar("cifar-missing", data_batch_4=None)
cifar("cifar-empty", test_batch=b"")
cifar("cifar-cut", data_batch_2=bytes(3072))
cifar("cifar-long", data_batch_2=bytes(3074))
cifar("cifar-label", data_batch_5=bytes([10]) + bytes(3072))
cifar("cifar-gz", data_batch_1=gzip.compress(bytes(3073))[:-9])
write("one-name.txt", b"anna\n")
END
mkdir folder

# Texts.
gpt="train-gpt --steps 2 --out out"
lstm="train-lstm --steps 2 --out out"
lora="finetune-lora --base-steps 1 --steps 1 --out out"
makemore="makemore --steps 2 --out out"
for command in "$gpt" "$lstm" "$lora" "$makemore"; do
  refuses "no such file" $command --text missing.txt
  refuses "directory" $command --text folder
  refuses "empty.txt: empty" $command --text empty.txt
  refuses "UTF-8" $command --text binary.txt
  for rate in 0 -1 nan inf x; do refuses "learning-rate" $command --learning-rate=$rate; done
  refuses "batch-size" $command --batch-size 0
  refuses "seed" $command --seed=-1
done
for command in "$gpt" "$lstm" "$lora"; do refuses "short|characters" $command --text short.txt; done
refuses "length" $lstm --length 1
refuses "short" $lstm --text good.txt --length 100000
refuses "hidden" $lstm --hidden 0
refuses "task" $lstm --task unknown
refuses "task" $lstm --task adding --text good.txt
refuses "steps" train-lstm --steps 0 --out out
refuses "rank" $lora --rank 0
refuses "rank" $lora --rank 129
refuses "alpha" $lora --alpha 0
refuses "layers" $lora --layers unknown
refuses "full-learning-rate" $lora --full-learning-rate=-1
refuses "base-steps" finetune-lora --base-steps 0 --out out
refuses "steps" finetune-lora --steps 0 --out out
refuses "too few" $makemore --text one-name.txt
refuses "no model 'cnn'" $makemore --models mlp,cnn
refuses "models" $makemore --models ,
refuses "count" $makemore --count=-1
refuses "steps" makemore --steps 0 --out out
refuses "context" $gpt --text good.txt --context 100000
refuses "steps must be at least 1" train-gpt --out out --steps 0
refuses "steps" train-gpt --out out --steps -1
refuses "steps" train-gpt --out out --steps abc
refuses "temperature" $gpt --temperature=-1
refuses "preset" $gpt --preset unknown
refuses "no such file" train-gpt --resume --out out
refuses "no such file" train-gpt --sample --out out
refuses "exclude" train-gpt --sample --resume --out out
refuses "checkpoint" train-gpt --resume --text good.txt --out out

# Words.
words="train-seq2seq --steps 2 --out out"
for option in steps batch-size length; do
  refuses "$option must be at least 1" train-seq2seq --out out --$option 0
done
for letters in 0 27 x; do refuses "letters" $words --letters $letters; done
for rate in 0 nan; do refuses "learning-rate" $words --learning-rate=$rate; done
for word in "" Fledge flédge mnop; do refuses "word" $words --letters 12 --word="$word"; done
refuses "word" $words --length 5 --word fledge

# Images.
mlp="train-mlp --epochs 1 --out out"
vae="train-vae --epochs 1 --out out"
for command in "$mlp" "train-cnn --epochs 1 --out out" "train-vit --epochs 1 --out out" "$vae"; do
  refuses "not a directory" $command --mnist missing
  refuses "not a directory" $command --mnist good.txt
  refuses "no such file" $command --mnist mnist-missing
  refuses "found dimensions" $command --mnist mnist-magic
  refuses "bytes" $command --mnist mnist-short
  refuses "bytes" $command --mnist mnist-long
  refuses "bytes|empty|short" $command --mnist mnist-empty
  refuses "has 3 labels" $command --mnist mnist-counts
  refuses "not a digit" $command --mnist mnist-label
  refuses "gz|compressed" $command --mnist mnist-gz-cut
  refuses "gz|compressed" $command --mnist mnist-gz-corrupt
  refuses "gz|compressed" $command --mnist mnist-not-gz
  for rate in 0 nan x; do refuses "learning-rate" $command --learning-rate=$rate; done
done
refuses "dataset" $mlp --dataset unknown
refuses "mnist" $mlp --dataset mnist
for beta in -1 nan; do refuses "beta" $vae --beta=$beta; done
resnet="train-resnet --out out"
refuses "not a directory" $resnet --cifar missing
refuses "not a directory" $resnet --cifar good.txt
refuses "data_batch_4.bin.*no such file" $resnet --cifar cifar-missing
refuses "test_batch.bin: empty" $resnet --cifar cifar-empty
refuses "3072 bytes" $resnet --cifar cifar-cut
refuses "3074 bytes" $resnet --cifar cifar-long
refuses "label number 0 is 10" $resnet --cifar cifar-label
refuses "gz|compressed" $resnet --cifar cifar-gz
refuses "fewer than a batch" $resnet --cifar cifar-few
for size in 0 1; do refuses "batch-size" $resnet --batch-size $size; done
refuses "learning-rate" $resnet --learning-rate=nan
refuses "weight-decay" $resnet --weight-decay=-1
refuses "no such file" $resnet --resume
refuses "part of the checkpoint" $resnet --resume --epochs 3
for option in batch-size layers; do refuses "$option" train-vit --out out --$option 0; done
for example in train-mlp train-cnn train-vit train-vae train-resnet train-classifier; do
  for epochs in 0 -1 x; do refuses "epochs" $example --out out --epochs=$epochs; done
done

printf 'text,label\ngood,a\n' >one-class.csv
printf 'text,label\ngood\n' >short-row.csv
printf 'text,label\n"good,a\n' >open-quote.csv
printf 'words,label\ngood,a\n' >no-column.csv
printf 'text,label\ngood,a\nbad,b\n' >two-rows.csv
classifier="train-classifier --epochs 1 --out out"
refuses "no such file" $classifier --csv missing.csv
refuses "directory" $classifier --csv folder
refuses "empty" $classifier --csv empty.txt
refuses "UTF-8" $classifier --csv binary.txt
refuses "two classes" $classifier --csv one-class.csv
refuses "line 2 has 1 fields" $classifier --csv short-row.csv
refuses "line 2 does not end" $classifier --csv open-quote.csv
refuses "no column 'text'" $classifier --csv no-column.csv
refuses "no column 'kind'" $classifier --csv one-class.csv --label-column kind
refuses "too few" $classifier --csv two-rows.csv
for option in patience batch-size; do refuses "$option" $classifier --$option 0; done
refuses "reviews" $classifier --reviews 29
refuses "learning-rate" $classifier --learning-rate=0

# Outputs that cannot be made.
touch file
for example in train-mlp train-gpt train-cnn train-vit train-resnet train-lstm train-seq2seq train-vae \
  train-classifier makemore finetune-lora; do
  refuses "file" $example --out file/out
  refuses "file" $example --out file
done
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
  refuses "safetensors file|cut short|does not fit" train-gpt --resume --out $name
  refuses "$name/checkpoint.safetensors" train-gpt --sample --out $name
  unchanged $name
done
mkdir other && cp mlp/model.safetensors other/checkpoint.safetensors
refuses "training run" train-gpt --resume --out other
mv good.txt moved.txt
refuses "no such file" train-gpt --resume --out run
mv moved.txt good.txt
refuses "character" train-gpt --sample --prompt "€" --out run

# The same of a ResNet's, and one of another program.
"$binaries/train-resnet" --epochs 1 --batch-size 500 --out run >/dev/null 2>&1 ||
  { echo "WRONG: a good run fails"; failures=$((failures + 1)); }
spoil cut "b = b[:len(b) // 2]"
spoil garbage "b = b'{}' * 100"
for name in cut garbage; do
  refuses "safetensors file|cut short" train-resnet --resume --out $name
  unchanged $name
done
refuses "another program" train-gpt --resume --out run
cp mlp/model.safetensors other/checkpoint.safetensors
refuses "training run" train-resnet --resume --out other

# A reader that goes away is no reason for a crash report.
"$binaries/train-mlp" --epochs 50 --json --out piped 2>stderr | head -1 >/dev/null
if grep -qi "crash\|fatal\|backtrace" stderr; then
  echo "WRONG: a closed pipe crashes"; failures=$((failures + 1))
fi

if [ $failures -gt 0 ]; then
  echo "$failures of the above are wrong"
  exit 1
fi
