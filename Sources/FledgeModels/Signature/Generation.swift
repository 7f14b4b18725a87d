import FledgeCore
import FledgeNN

/// A language model that continues a text.
public protocol GeneratingModel: CheckableModel {
  /// The number of different tokens, V.
  var vocabulary: Int { get }
}

extension GeneratingModel {
  /// Throws where `generate` would trap on these arguments.
  public func checkGeneration(
    of prompt: [Int], count: Int, temperature: Double = 1, topK: Int? = nil
  ) throws(InputError) {
    try FledgeModels.check(!prompt.isEmpty, "prompt", "needs at least one token")
    for (index, token) in prompt.enumerated() where !(0..<vocabulary).contains(token) {
      throw .value(input: "prompt", index: index, allowed: 0...vocabulary - 1, found: token)
    }
    try FledgeModels.check(count >= 0, "count", "cannot be negative, it is \(count)")
    try FledgeModels.check(
      temperature >= 0 && temperature.isFinite, "temperature",
      "must be a number from 0 on, it is \(temperature)")
    try FledgeModels.check(topK ?? 1 > 0, "topK", "must be positive, it is \(topK ?? 0)")
  }
}

extension GPT: GeneratingModel {
  public var vocabulary: Int { configuration.vocabulary }

  public var signature: ModelSignature {
    ModelSignature([
      .init(
        "tokens", .int64, [.free("B"), .free("T", 1...configuration.context)],
        values: 0...vocabulary - 1)
    ])
  }

  /// Throws where the model would trap on `tokens` behind what `cache` holds.
  public func checkInputs(_ tokens: Tensor, cache: [any AttentionCache]) throws(InputError) {
    try checkInputs(tokens)
    try FledgeModels.check(
      cache.count == blocks.count, "cache", "needs \(blocks.count) parts, it has \(cache.count)")
    let (batch, time) = (tokens.shape[0], tokens.shape[1])
    for part in cache {
      try FledgeModels.check(
        part.lengths.count == batch, "cache",
        "has \(part.lengths.count) rows, the tokens have \(batch)")
      let longest = part.lengths.max() ?? 0
      try FledgeModels.check(
        part.hasRoom(for: time) && longest + time <= configuration.context, "cache",
        "has no room for \(time) tokens behind \(longest)")
    }
  }
}

extension LSTMLanguageModel: GeneratingModel {
  public var vocabulary: Int { configuration.vocabulary }

  /// `tokens`, and `state.h` and `state.c` where something was read before.
  public var signature: ModelSignature {
    let state: [ModelSignature.Axis] = [
      .size(configuration.layers), .free("B"), .size(configuration.hidden),
    ]
    return ModelSignature([
      .init("tokens", .int64, [.free("B"), .free("T")], values: 0...vocabulary - 1),
      .init("state.h", .float32, state, isOptional: true),
      .init("state.c", .float32, state, isOptional: true),
    ])
  }
}

extension Seq2SeqTransformer: CheckableModel {
  /// `source`, `target`, and where some of the source is padding `sourceMask`.
  public var signature: ModelSignature {
    let values = 0...configuration.vocabulary - 1
    return ModelSignature([
      .init("source", .int64, [.free("B"), .free("S")], values: values),
      .init("target", .int64, [.free("B"), .free("T")], values: values),
      .init("sourceMask", .bool, [.free("B"), .free("S")], isOptional: true),
    ])
  }

  /// Throws where ``translate(_:sourceMask:maximum:)`` would trap on these arguments.
  public func checkTranslation(
    of source: Tensor, sourceMask: Tensor? = nil, maximum: Int
  ) throws(InputError) {
    var inputs = ["source": source]
    inputs["sourceMask"] = sourceMask
    try ModelSignature(signature.inputs.filter { $0.name != "target" }).check(inputs)
    try FledgeModels.check(maximum >= 0, "maximum", "cannot be negative, it is \(maximum)")
  }
}
