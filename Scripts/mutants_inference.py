"""Mutants of FledgeInference."""

from mutants_base import Mutant, kernel

INFERENCE = "Sources/FledgeInference/"
BLOCKS = "FledgeInferenceTests.BlockProductTests"
FILES = "FledgeInferenceTests.(GGUFTests|MalformedGGUFTests)"
PRETRAINED = "FledgeInferenceTests.PretrainedTests"
GENERATION = "FledgeInferenceTests.(GenerationTests|LogitSamplerTests)"
ENGINE = "FledgeInferenceTests.EngineTests"
SPECULATIVE = "FledgeInferenceTests.SpeculativeTests"
CONSTRAINTS = "FledgeInferenceTests.(JSONSchemaTests|TokenConstraintTests)"

MUTANTS = [
    kernel("block-minimum", "blocks_product.c", "-8.0f * d;", "-7.0f * d;",
           "nibbles of Q4_0 count from 7 in the portable product", BLOCKS),
    kernel("block-sign", "blocks_product.c",
           "_mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w))",
           "_mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(w, x))",
           "the sign of x goes to a weight of −128", BLOCKS),
    kernel("block-high-nibbles", "blocks_convert.c", "q[j + 16] = bytes[j] >> 4;",
           "q[j + 16] = bytes[j] >> 3;", "high nibbles have a bit of the low ones", FILES),
    kernel("block-contraction", "blocks_convert.c", "#pragma STDC FP_CONTRACT OFF",
           "#pragma STDC FP_CONTRACT ON", "d q + m is rounded once", FILES),
    Mutant("gguf-place", INFERENCE + "GGUF/GGUFFile.swift", "<= room - entry.begin",
           "<= room + entry.begin", "a tensor may reach over the end of the file", FILES),
    Mutant("gguf-shape", INFERENCE + "GGUF/GGUFFile.swift", "shape: sizes.reversed()",
           "shape: sizes", "sizes stand the other way round", FILES),
    Mutant("llama-rows", INFERENCE + "Models/LlamaFiles.swift", "+ 2 * i + half",
           "+ 2 * i + 1 - half", "halves of a head are exchanged in GGUF files", PRETRAINED),
    Mutant("gpt2-transposed", INFERENCE + "Models/GPT2Files.swift",
           "weight: weight.transposed().contiguous(),",
           "weight: weight.shape[0] == weight.shape[1] ? weight : weight.transposed().contiguous(),",
           "the square weights of Conv1D are not transposed", PRETRAINED),
    Mutant("session-prefix", INFERENCE + "Generation/TextCache.swift",
           "min(common, text.count - 1)", "min(common + 1, text.count - 1)",
           "a token more than the common ones stays in the cache", GENERATION),
    Mutant("stop-held-back", INFERENCE + "Generation/StopScanner.swift",
           "let end = pending.count - heldBack()", "let end = pending.count",
           "stop texts across tokens are missed", GENERATION),
    Mutant("top-p", INFERENCE + "Generation/LogitSampler.swift", "removeSubrange((end + 1)...)",
           "removeSubrange(end...)", "the token that reaches top-p is left out", GENERATION),
    Mutant("page-chain", INFERENCE + "Engine/PagePool.swift", "previous = fillings[page]",
           "previous = 0", "a page is found whatever is before it", ENGINE),
    Mutant("page-early", INFERENCE + "Engine/PagePool.swift", "if users[page] == 0 { free.append(page) }",
           "if users[page] <= 1 { free.append(page) }", "a page is freed while a text uses it", ENGINE),
    Mutant("page-position", INFERENCE + "Engine/PagePool.swift",
           "(page, slot) = ((start + done) / pageSize, (start + done) % pageSize)",
           "(page, slot) = ((start + done) / pageSize, done % pageSize)",
           "positions begin at the start of their page", ENGINE),
    Mutant("page-copy", INFERENCE + "Engine/PagePool.swift", "keys[layer]![new!] = keys[layer]![old]",
           "keys[layer]![new!] = keys[layer]![new!]", "the keys of a page that parts are not copied",
           "FledgeInferenceTests.(EngineTests|BeamSearchTests)"),
    Mutant("draft-accept", INFERENCE + "Generation/TokenDraft.swift",
           "uniform() * (q?[token] ?? 1) < p[token]", "p[token] > 0",
           "every proposal that is possible is taken", SPECULATIVE),
    Mutant("draft-rest", INFERENCE + "Generation/TokenDraft.swift",
           "return draw(rest.contains { $0 > 0 } ? rest : p)", "return draw(p)",
           "a rejected proposal may come again", SPECULATIVE),
    Mutant("draft-cache", INFERENCE + "Generation/GenerationSession.swift",
           "cache.truncate(to: text.count)", "_ = text.count",
           "rejected proposals stay in the cache", SPECULATIVE),
    Mutant("constraint-room", INFERENCE + "Constraints/TokenConstraint.swift",
           "needs[token] < room", "needs[token] < .max", "a text may be cut at its maximum", CONSTRAINTS),
    Mutant("constraint-prefix", INFERENCE + "Constraints/TokenConstraint.swift",
           "guard states.count > common else { return }", "if states.count <= common { states.append(states.last!) }",
           "a token goes on where the one before it failed", CONSTRAINTS),
    Mutant("search-links", INFERENCE + "Search/HNSWIndex.swift",
           "for (from, to) in [(a, b), (b, a)] {", "for (from, to) in [(a, b)] {",
           "links lead one way", "FledgeInferenceTests.HNSWIndexTests"),
    Mutant("page-leak", INFERENCE + "Engine/InferenceEngine.swift",
           "pool.release(running.remove(at: place).pages)", "running.remove(at: place)",
           "cancelled texts keep their pages", ENGINE),
]
