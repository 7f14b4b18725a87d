"""Makes tokenizers/: small tokenizers of every kind, trained by the package `tokenizers`, a thousand
strings, and what the package makes of them.

    pip install tokenizers==0.23.3
    python make_tokenizers_golden.py [GPT2_VOCABULARY GPT2_MERGES]

With GPT-2's two files, also the tokens of GPT-2 itself.

Files: corpus.json has the strings; NAME.json is a tokenizer; NAME.tokens has for each string its
tokens as ordinary text, then the tokens with special tokens recognized and added; decoded.json has for
each tokenizer random tokens and their text, which is often no UTF-8. A tokens file is a list of numbers,
7 bits a byte, the lowest first, the highest bit set where another byte follows; a list of tokens is its
length and its tokens.
"""

import json
import pathlib
import random
import sys

from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)

from tokenizer_corpus import corpus, training_text

FOLDER = pathlib.Path(__file__).parent / "tokenizers"
STRINGS = corpus()
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def varint(number):
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return data


def packed(lists):
    return b"".join(varint(n) for tokens in lists for n in (len(tokens), *tokens))


def tokens_of(tokenizer):
    """As ordinary text, then with specials."""
    lists = []
    for plain in (True, False):
        tokenizer.encode_special_tokens = plain
        lists += [tokenizer.encode(s, add_special_tokens=not plain).ids for s in STRINGS]
    return lists


decoded = {}


def write(name, tokenizer, committed=True):
    tokenizer.no_padding()
    tokenizer.no_truncation()
    (FOLDER / f"{name}.tokens").write_bytes(packed(tokens_of(tokenizer)))
    if committed:
        # A line for each part, so that a change can be seen.
        parts = json.loads(tokenizer.to_str())
        lines = [f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False, separators=(',', ':'))}"
                 for k, v in parts.items()]
        (FOLDER / f"{name}.json").write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")
    rng = random.Random(name)
    size = tokenizer.get_vocab_size()
    cases = []
    for i in range(60):
        # Of the first tokens many are single bytes.
        limit = size if i % 2 else min(size, 300)
        ids = [rng.randrange(limit) for _ in range(rng.randint(1, 12))]
        cases.append([ids, tokenizer.decode(ids, skip_special_tokens=bool(i % 3))])
    for string in STRINGS[::25]:
        ids = tokenizer.encode(string).ids
        cases.append([ids, tokenizer.decode(ids, skip_special_tokens=False)])
    decoded[name] = cases
    print(f"{name}: {size} tokens")


def byte_level(special=("<|endoftext|>", "<|im_start|>", "<|im_end|>")):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=list(special), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(training_text(), trainer)
    tokenizer.add_tokens([AddedToken("<extra>", lstrip=True, normalized=False),
                          AddedToken("MASK]", rstrip=True, single_word=True)])
    return tokenizer


def make_byte_level():
    tokenizer = byte_level()
    write("gpt2-small", tokenizer)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    write("gpt2-prefix", tokenizer)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    write("smollm-small", tokenizer)
    for name, digits in (("llama3-small", r"\p{N}{1,3}"), ("qwen2-small", r"\p{N}")):
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(LLAMA3.replace("DIGITS", digits)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        parts = json.loads(tokenizer.to_str())
        if name == "llama3-small":
            parts["model"]["ignore_merges"] = True
            # A piece that no merge makes.
            parts["model"]["vocab"]["Ġcould"] = 903
        changed = Tokenizer.from_str(json.dumps(parts))
        if name == "llama3-small":
            changed.post_processor = processors.TemplateProcessing(
                single="<|im_start|> $A <|im_end|>", pair="<|im_start|> $A $B",
                special_tokens=[("<|im_start|>", 1), ("<|im_end|>", 2)])
        else:
            changed.normalizer = normalizers.NFC()
        write(name, changed)


def kept(name, train):
    """The tokenizer that is committed, else a new one: the trainers of WordPiece and unigram, and one
    that limits its alphabet, give another each time."""
    path = FOLDER / f"{name}.json"
    return Tokenizer.from_file(str(path)) if path.exists() else train()


def make_training():
    """The text to train on, and what comes of it with other settings."""
    lines = training_text()
    (FOLDER / "training.json").write_text(json.dumps(lines, indent=0) + "\n", encoding="utf-8")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3.replace("DIGITS", r"\p{N}{1,3}")), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(
        vocab_size=100_000, min_frequency=3, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(lines, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    (FOLDER / "trained-llama3.json").write_text(
        json.dumps({"model": {"vocab": model["vocab"], "merges": model["merges"]}},
                   ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def make_word_piece():
    def train(lowercase):
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece(cleanup=True)
        trainer = trainers.WordPieceTrainer(
            vocab_size=1000, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
            show_progress=False, limit_alphabet=200)
        tokenizer.train_from_iterator(training_text(), trainer)
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        return tokenizer

    write("bert-small", kept("bert-small", lambda: train(True)))
    write("bert-cased-small", kept("bert-cased-small", lambda: train(False)))


def make_unigram():
    def train():
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
        trainer = trainers.UnigramTrainer(
            vocab_size=700, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>",
            show_progress=False)
        # Only lines of ASCII, so that there are unknown characters.
        tokenizer.train_from_iterator([line for line in training_text() if line.isascii()], trainer)
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
        return tokenizer

    tokenizer = kept("unigram-small", train)
    write("unigram-small", tokenizer)
    parts = json.loads(tokenizer.to_str())
    parts["model"]["vocab"] += [[f"<0x{byte:02X}>", -20.0] for byte in range(256)]
    parts["model"]["byte_fallback"] = True
    parts["normalizer"]["normalizers"].pop()
    parts["pre_tokenizer"]["prepend_scheme"] = "first"
    parts["pre_tokenizer"]["split"] = False
    parts["decoder"] = llama_decoder()
    write("unigram-bytes-small", Tokenizer.from_str(json.dumps(parts)))


def llama_decoder():
    return {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
        {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}


def make_sentence_piece_bpe():
    specials = ["<unk>", "<s>", "</s>"]

    def train():
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.BpeTrainer(
            vocab_size=1000, special_tokens=specials + [f"<0x{byte:02X}>" for byte in range(256)],
            show_progress=False, limit_alphabet=120)
        tokenizer.train_from_iterator(training_text(), trainer)
        return tokenizer

    parts = json.loads(kept("llama2-small", train).to_str())
    parts["added_tokens"] = [token for token in parts["added_tokens"] if token["content"] in specials]
    parts["normalizer"] = {"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
    parts["pre_tokenizer"] = None
    parts["decoder"] = llama_decoder()
    llama = Tokenizer.from_str(json.dumps(parts))
    llama.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    write("llama2-small", llama)
    # As Gemma's, without the prefix; and one whose bytes are missing.
    parts["normalizer"] = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    parts["pre_tokenizer"] = {"type": "Split", "pattern": {"String": " "},
                              "behavior": "MergedWithPrevious", "invert": False}
    parts["decoder"]["decoders"].pop()
    write("gemma-small", Tokenizer.from_str(json.dumps(parts)))
    parts["model"]["byte_fallback"] = False
    parts["normalizer"] = None
    parts["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first",
                              "split": True}
    parts["decoder"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first",
                        "split": True}
    write("metaspace-small", Tokenizer.from_str(json.dumps(parts)))


def make_gpt2(vocabulary, merges):
    tokenizer = Tokenizer(models.BPE.from_file(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    write("gpt2", tokenizer, committed=False)


FOLDER.mkdir(exist_ok=True)
(FOLDER / "corpus.json").write_text(json.dumps(STRINGS, indent=0) + "\n", encoding="utf-8")
make_byte_level()
make_training()
make_word_piece()
make_unigram()
make_sentence_piece_bpe()
if len(sys.argv) == 3:
    make_gpt2(*sys.argv[1:])
(FOLDER / "decoded.json").write_text(json.dumps(decoded, indent=None) + "\n", encoding="utf-8")
