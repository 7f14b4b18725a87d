"""Holds `tokenize` against the package `tokenizers`: tokens of ten megabytes of text, speed in turns,
and the merges of a training. See check-tokenizers.sh.

    pip install tokenizers==0.23.3
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

# One thread, as ours.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "Tests/Golden"))
from tokenizer_corpus import corpus, training_text  # noqa: E402


def big_text(prose, size):
    """Prose and code as it comes, with nasty strings between."""
    rng = random.Random(3)
    paragraphs = prose.split("\n\n")
    strings = corpus(1000, seed=5)
    parts, count = [], 0
    while count < size:
        # Mostly prose: one part in ten is nasty.
        part = rng.choice(strings) if rng.random() < 0.1 else rng.choice(paragraphs) + "\n\n"
        parts.append(part)
        count += len(part.encode())
    return "".join(parts)


def prose_of(paths):
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in paths]
    if not texts:
        # What every clone has.
        texts = [path.read_text(encoding="utf-8") for folder in ("docs", "Sources")
                 for path in sorted((HERE.parent / folder).rglob("*")) if path.suffix in (".md", ".swift")]
    return "\n\n".join([*texts, "\n".join(training_text())])


def ours(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def compare(program, tokenizer, path, text, folder):
    file = folder / "text.txt"
    # Line ends as they are.
    file.write_bytes(text.encode())
    tokenizer.encode_special_tokens = True
    tokenizer.no_padding()
    tokenizer.no_truncation()
    theirs = tokenizer.encode(text, add_special_tokens=False).ids
    found = [int(n) for n in ours(program, "--tokenizer", path, "--file", file, "--ids").split()]
    if found != theirs:
        place = next((i for i, (a, b) in enumerate(zip(found, theirs)) if a != b), min(len(found), len(theirs)))
        context = tokenizer.decode(theirs[max(0, place - 5):place + 5])
        sys.exit(f"{path}: token {place} is {found[place:place + 3]}, should be "
                 f"{theirs[place:place + 3]}, near {context!r}")
    # The package slows down on one long text, so it gets the same text in pieces, and no offsets to
    # make; we take the text as it is.
    documents = [text[i:i + 4000] for i in range(0, len(text), 4000)]
    best, ratios = [], []
    for _ in range(3):
        start = time.perf_counter()
        tokenizer.encode_batch_fast(documents, add_special_tokens=False)
        peer = time.perf_counter() - start
        timing = json.loads(ours(program, "--tokenizer", path, "--file", file, "--time", "--json"))
        ratios.append(peer / timing["encode_seconds"])
        best.append((peer, timing["encode_seconds"], timing["load_seconds"]))
    size = len(text.encode()) / 1e6
    peer, mine, load = (min(column) for column in zip(*best))
    start = time.perf_counter()
    if pathlib.Path(path).is_file():
        Tokenizer.from_file(str(path))
    peer_load = time.perf_counter() - start
    print(f"{pathlib.Path(path).parent.name}/{pathlib.Path(path).name}: {len(theirs)} equal tokens of "
          f"{size:.1f} MB; tokenizers {size / peer:.1f} MB/s, ours {size / mine:.1f} MB/s "
          f"(in turns {min(ratios):.1f} to {max(ratios):.1f} times); loading {load:.3f} s, "
          f"tokenizers {peer_load:.3f} s", flush=True)


def check_training(program, prose, folder):
    file, out = folder / "prose.txt", folder / "trained.json"
    file.write_bytes(prose.encode())
    start = time.perf_counter()
    ours(program, "--train", file, "--vocabulary-size", "5000", "--out", out)
    mine = time.perf_counter() - start
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=5000, min_frequency=2, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    start = time.perf_counter()
    tokenizer.train_from_iterator(prose.split("\n"), trainer)
    peer = time.perf_counter() - start
    expected = json.loads(tokenizer.to_str())["model"]
    found = json.loads(out.read_text(encoding="utf-8"))["model"]
    assert found["merges"] == expected["merges"], "the merges differ"
    assert found["vocab"] == expected["vocab"], "the vocabularies differ"
    # And the package reads what was written.
    text = prose[:200_000]
    assert Tokenizer.from_file(str(out)).encode(text).ids == tokenizer.encode(text).ids
    print(f"training on {len(prose.encode()) / 1e6:.1f} MB: {len(found['merges'])} equal merges; "
          f"{mine:.2f} s, tokenizers {peer:.2f} s")


def gpt2(folder, vocabulary, merges):
    """GPT-2 as one file, from its two."""
    tokenizer = Tokenizer(models.BPE.from_file(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", special=True)])
    (folder / "gpt2").mkdir()
    tokenizer.save(str(folder / "gpt2/tokenizer.json"))
    return folder / "gpt2/tokenizer.json"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--text", action="append", default=[], help="prose to take")
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--gpt2", nargs=2, metavar=("VOCABULARY", "MERGES"))
    parser.add_argument("tokenizers", nargs="*", help="tokenizer.json files")
    arguments = parser.parse_args()
    prose = prose_of(arguments.text)
    text = big_text(prose, int(arguments.megabytes * 1e6))
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        paths = list(map(pathlib.Path, arguments.tokenizers))
        if arguments.gpt2:
            paths.append(gpt2(folder, *arguments.gpt2))
        if not paths:
            paths = sorted((HERE.parent / "Tests/Golden/tokenizers").glob("*-small.json"))
        for path in paths:
            compare(arguments.program, Tokenizer.from_file(str(path)), path, text, folder)
        check_training(arguments.program, prose[:3_000_000], folder)


main()
