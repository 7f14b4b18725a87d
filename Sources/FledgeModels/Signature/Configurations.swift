import FledgeCore
import FledgeNN

// Configurations can be decoded from files, without an initializer's checks. Each says here whether
// a model can be made from it.

extension GPTConfiguration {
  /// Throws where ``GPT/init(_:)`` would trap, or make a model that does.
  public func check() throws(InputError) {
    try checkSizes([
      ("vocabulary", vocabulary), ("context", context), ("layers", layers), ("heads", heads),
      ("channels", channels),
    ])
    try checkHeads(heads, channels: channels)
    try checkProbability(dropout)
  }
}

extension Seq2SeqConfiguration {
  /// Throws where ``Seq2SeqTransformer/init(_:)`` would trap, or make a model that does.
  public func check() throws(InputError) {
    try checkSizes([
      ("vocabulary", vocabulary), ("layers", layers), ("heads", heads), ("channels", channels),
    ])
    try checkHeads(heads, channels: channels)
    try FledgeModels.check(
      channels.isMultiple(of: 2), "channels", "must be even for waves, it is \(channels)")
    for (name, token) in [("beginToken", beginToken), ("endToken", endToken)] {
      try FledgeModels.check(
        (0..<vocabulary).contains(token), name, "is none of \(vocabulary) tokens, it is \(token)")
    }
    try checkProbability(dropout)
  }
}

extension LSTMLanguageModelConfiguration {
  /// Throws where ``LSTMLanguageModel/init(_:)`` would trap.
  public func check() throws(InputError) {
    try checkSizes([
      ("vocabulary", vocabulary), ("channels", channels), ("hidden", hidden), ("layers", layers),
    ])
    try checkProbability(dropout)
  }
}

extension VisionTransformerConfiguration {
  /// Throws where ``VisionTransformer/init(_:)`` would trap.
  public func check() throws(InputError) {
    try checkSizes([
      ("size", size), ("planes", planes), ("patch", patch), ("classes", classes),
      ("layers", layers), ("heads", heads), ("channels", channels),
    ])
    try FledgeModels.check(
      size.isMultiple(of: patch), "patch", "of \(patch) does not divide images of \(size)")
    try checkHeads(heads, channels: channels)
    try checkProbability(dropout)
  }
}

private func checkSizes(_ sizes: [(name: String, size: Int)]) throws(InputError) {
  for (name, size) in sizes {
    try check(size > 0, name, "must be positive, it is \(size)")
  }
}

private func checkHeads(_ heads: Int, channels: Int) throws(InputError) {
  try check(channels.isMultiple(of: heads), "heads", "\(heads) do not divide \(channels) channels")
}

private func checkProbability(_ dropout: Double) throws(InputError) {
  try check((0..<1).contains(dropout), "dropout", "must be in 0 ..< 1, it is \(dropout)")
}
