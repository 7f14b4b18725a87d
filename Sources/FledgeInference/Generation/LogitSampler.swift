import FledgeCore
import Foundation

/// Draws tokens from logits. The same seed and logits give the same tokens.
public final class LogitSampler {
  /// How tokens are chosen.
  public let options: SamplingOptions
  private let generator: Generator

  /// Traps on options that have a ``SamplingOptions/fault``.
  public init(_ options: SamplingOptions, seed: UInt64 = 0) {
    require(options.fault == nil, "LogitSampler", options.fault ?? "")
    self.options = options
    generator = Generator(seed: seed)
  }

  /// The next token.
  /// - Parameters:
  ///   - logits: One for each token; −∞ for a token that may not come. Traps where ``canDraw(_:)`` is false.
  ///   - history: The tokens before, for the repetition penalty.
  public func draw(_ logits: [Float], after history: [Int]) -> Int {
    let candidates = candidates(logits, after: history)
    if candidates.count == 1 { return candidates[0].token }
    return candidates[generator.weightedIndex(candidates.map(\.weight))].token
  }

  /// Whether logits are such that a token can be drawn: numbers of which the greatest is finite. A broken
  /// model has others.
  public static func canDraw(_ logits: [Float]) -> Bool {
    !logits.contains(where: \.isNaN) && (logits.max() ?? .infinity).isFinite
  }

  /// The probability with which ``draw(_:after:)`` gives each token.
  public func probabilities(_ logits: [Float], after history: [Int]) -> [Double] {
    let candidates = candidates(logits, after: history)
    let total = candidates.reduce(0) { $0 + $1.weight }
    var result = [Double](repeating: 0, count: logits.count)
    for candidate in candidates { result[candidate.token] = candidate.weight / total }
    return result
  }

  /// An index drawn with probability proportional to its weight.
  func draw(_ weights: [Double]) -> Int { generator.weightedIndex(weights) }

  /// Uniform in [0, 1).
  func uniform() -> Double { generator.uniform() }

  private func candidates(_ logits: [Float], after history: [Int]) -> [Candidate] {
    require(
      Self.canDraw(logits), "LogitSampler",
      "logits must be numbers, the greatest of them finite: these come from a broken model")
    let logits = penalized(logits, history)
    let best = logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }!
    if options.temperature == 0 { return [(best, 1)] }
    return candidates(logits, largest: logits[best])
  }

  private func penalized(_ logits: [Float], _ history: [Int]) -> [Float] {
    guard options.repetitionPenalty != 1 else { return logits }
    var logits = logits
    let penalty = Float(options.repetitionPenalty)
    for token in Set(history.suffix(options.repetitionWindow)) where logits.indices.contains(token)
    {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty
    }
    return logits
  }

  private typealias Candidate = (token: Int, weight: Double)

  /// The tokens that may be drawn. Their weights are those of a softmax, up to a factor; in the
  /// order of the tokens where all may, else the likeliest first.
  private func candidates(_ logits: [Float], largest: Float) -> [Candidate] {
    // All weights by one operation: exp is dear where it is called number by number.
    let weights = ((Tensor(logits) - Double(largest)) * (1 / options.temperature)).exp()
      .array(of: Double.self)
    let smallest = options.minP ?? 0
    guard options.topK != nil || options.topP != nil else {
      return Self.filtered(weights, above: smallest)
    }
    var (total, mass) = (weights.reduce(0, +), 0.0)
    var sorted = leading(weights, total: total)
    if let topK = options.topK {
      sorted.removeLast(max(0, sorted.count - topK))
      total = sorted.reduce(0) { $0 + $1.weight }
    }
    if let topP = options.topP {
      let end = sorted.firstIndex { candidate in
        mass += candidate.weight
        return mass >= topP * total
      }
      if let end { sorted.removeSubrange((end + 1)...) }
    }
    // The likeliest has the weight 1 and always stays.
    return sorted.filter { $0.weight >= smallest }
  }

  private static func filtered(_ weights: [Double], above smallest: Double) -> [Candidate] {
    weights.enumerated().filter { $0.element > 0 && $0.element >= smallest }
      .map { ($0.offset, $0.element) }
  }

  /// The likeliest tokens in order, at least as many as top-k and top-p keep: to sort all of 50,000
  /// would take longer than a layer of the model.
  private func leading(_ weights: [Double], total: Double) -> [Candidate] {
    var threshold = 1e-3
    while true {
      let found = Self.filtered(weights, above: threshold)
      let suffices =
        options.topK.map { found.count >= $0 }
        ?? (found.reduce(0) { $0 + $1.weight } >= (options.topP ?? 1) * total)
      if suffices || threshold == 0 {
        return found.sorted { ($0.weight, $1.token) > ($1.weight, $0.token) }
      }
      threshold = threshold < 1e-12 ? 0 : threshold * 1e-3
    }
  }
}

/// The natural logarithms of the probabilities that logits stand for, without temperature.
public struct TokenLogProbabilities: Sendable, Equatable {
  /// That of the token that was chosen.
  public var chosen: Double
  /// The likeliest tokens with theirs.
  public var top: [(token: Int, logProbability: Double)]

  /// - Parameter count: How many of the likeliest are kept.
  init(_ logits: [Float], chosen token: Int, count: Int) {
    let largest = Double(logits.max() ?? 0)
    let sum = (Tensor(logits) - largest).exp().array(of: Double.self).reduce(0, +)
    let total = largest + log(sum)
    chosen = Double(logits[token]) - total
    let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    top = order.prefix(count).map { ($0, Double(logits[$0]) - total) }
  }

  public static func == (a: TokenLogProbabilities, b: TokenLogProbabilities) -> Bool {
    a.chosen == b.chosen && a.top.elementsEqual(b.top) { $0 == $1 }
  }
}
