"""Strings that tokenizers stumble over, the same ones every time."""

import random

PARTS = {
    "words": "the a of Tokenizers tokenization Straße naïve don't I'm WE'LL they've O'Reilly's "
    "'tis it'S 'S 'ſ rock'n'roll he'd'Ve x' ''' IDs HTTPServer camelCaseWord snake_case_name "
    "antidisestablishmentarianism aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa do not isn't".split(),
    "digits": "0 7 42 123 1234 12345678 3.14159 1,000,000 1e-9 0x1F ١٢٣ ४५६ Ⅻ ½ ² ①② 12th".split(),
    "marks": ". , ; : ! ? !? ... … — - -- ( ) [ ] { } < > / \\ | @ # $ % ^ & * + = ~ ` \" “ ” ‘ ’ "
    "« » ¿ ¡ § ¶ † ‡ • € £ ¥ ₿ ™ © ® ° ± × ÷ ∑ ∫ √ ∞ ≠ ≤ → ⇒ ⌘ ☃ ♥ ✓ 。 、 「 」 ・ ؟ ، ।".split(),
    "spaces": [" ", "  ", "   ", " " * 17, "\t", "\t\t", "\n", "\n\n", "\r\n", "\r", " \n ", "\n  \n",
               "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\v", "\f", " \t \n", "\u1680"],
    "emoji": "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇫🇷 🇫🇷🇩🇪 ❤️ 1️⃣ 🧑🏿‍🚀 🫠 ☕︎".split(),
    "combining": ["e\u0301", "n\u0303o", "Z\u0351\u036b\u0343\u032a", "\u0301", "a\u0323\u0307",
                  "\u1e69", "s\u0307\u0323", "İ", "ı", "ﬁ", "ﬃ", "Å", "\u212b", "각", "\u1100\u1161\u11a8",
                  "ΑΣ", "Σίσυφος", "ẞ", "ŉ", "ǰ", "\u0344", "\u0958", "\ufb1d"],
    "east": "中文 日本語 テスト ｶﾀｶﾅ 한국어 ภาษาไทย 你好，世界！ 漢字かな交じり文 𠀀𠮷 ㍿ ＡＢＣ １２３ ㎏ 々 〆".split(),
    "other": "Привет мир Ελληνικά שָׁלוֹם עולם العَرَبِيَّة مرحبا हिन्दी नमस्ते বাংলা தமிழ் ქართული "
    "Հայերեն አማርኛ ᏣᎳᎩ ᚠᚢᚦ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 Ⓐ ǅ ʰ ª".split(),
    "control": ["\x00", "\x01", "\x07", "\x08", "\x1b[31m", "\x7f", "\u200b", "\u200c", "\u200d",
                "\u200e", "\u202e", "\u2060", "\ufeff", "\u00ad", "\ufffd", "\ufffe", "\U000e0041",
                "\ue000", "\U000f0000", "\U0010ffff", "\u0378"],
    "special": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<unk>", "[CLS]",
                "[SEP]", "[MASK]", "[UNK]", "[PAD]", "<0x0A>", "##ing", "▁", "▁the", "Ġ", "Ċ", "<mask>",
                "<|endoftext|", "<extra>", "MASK]"],
    "code": ["def f(x):\n    return x**2\n", "if (a<=b&&c!=d){e->f();}", "SELECT * FROM t;",
             "https://example.org/a?b=c&d=%20#e", "user@example.org", "C:\\path\\to", "\\u00e9 \\n",
             "<div class=\"a\">é</div>", "{\"a\": [1, 2.5e3, null]}", "x = y // 2  # half\n\n\n"],
}


def corpus(count=1000, seed=18):
    """`count` different strings: each part by itself, then random mixtures."""
    rng = random.Random(seed)
    pieces = [piece for part in PARTS.values() for piece in part]
    strings = ["", *pieces]
    strings += [" " + piece for piece in pieces] + [piece + " " for piece in pieces[::3]]
    strings += [" " * 300, "a" * 300, "ab" * 150, "\n" * 100, "7" * 100, "é" * 101, "中" * 60,
                "'" * 50, "🏳️‍🌈" * 30, "a b " * 80, "👍🏽 " * 20 + "\u0301" * 40]
    strings = list(dict.fromkeys(strings))
    seen = set(strings)
    while len(strings) < count:
        # Few kinds of parts in one string, so that neighbours of one kind meet.
        kinds = rng.sample(list(PARTS), rng.randint(1, 3))
        length = rng.randint(2, 9)
        glue = rng.choice(["", "", " ", "  "])
        string = glue.join(rng.choice(PARTS[rng.choice(kinds)]) for _ in range(length))
        if string not in seen:
            seen.add(string)
            strings.append(string)
    return strings[:count]


def training_text(seed=7):
    """Sentences to train small tokenizers on: some English, some of everything."""
    rng = random.Random(seed)
    words = ("the of and to in a is that it was for on are as with his they at be this from have or "
             "by one had not but what all were when we there can an your which their said if do will "
             "each about how up out them then she many some so these would other into has more her "
             "two like him see time could no make than first been its who now people my made over "
             "did down only way find use may water long little very after words called just where "
             "most know walking walked talking talked tokens tokenizer unhappily running").split()
    lines = []
    for _ in range(900):
        line = " ".join(rng.choice(words) for _ in range(rng.randint(4, 14))).capitalize()
        lines.append(line + rng.choice([".", "!", "?", ", it's so.", " I don't know; we'll see."]))
    return lines + corpus(400, seed=99)
