import FledgeCore
import FledgeNN
import Foundation

/// Looks for the likeliest continuations, `width` at a time (Lowerre 1976), as transformers does:
///
///     score = Σ ln p(token) / lengthⁿ          n is the length penalty
///
/// A continuation that ends is kept with its score. The search stops where `width` have ended and none of the
/// others is better. Continuations share the pages of the cache that they have in common; a page that is not
/// full is copied where they part.
public struct BeamSearch {
  /// A continuation.
  public struct Continuation: Sendable, Equatable {
    /// The new tokens, without one that ends the text.
    public var tokens: [Int]
    /// Σ ln p(token), also of the token that ends the text.
    public var logProbability: Double
    /// What continuations are ordered by.
    public var score: Double
    /// Whether a token ended it.
    public var isEnded: Bool
  }

  private let model: any LanguageModel
  private let width: Int
  private let maximum: Int
  private let endTokens: Set<Int>
  private let lengthPenalty: Double

  /// - Parameters:
  ///   - width: How many continuations are pursued.
  ///   - maximum: The most tokens.
  ///   - lengthPenalty: 0 compares sums, which favours short texts, 1 means; more favours long ones.
  public init(
    _ model: any LanguageModel, width: Int, maximum: Int, endTokens: Set<Int> = [],
    lengthPenalty: Double = 1
  ) {
    require(
      width > 0 && maximum > 0 && lengthPenalty.isFinite, "BeamSearch",
      "needs a positive width and maximum and a finite penalty, got \(width), \(maximum) and "
        + "\(lengthPenalty)")
    self.model = model
    self.width = width
    self.maximum = maximum
    self.endTokens = endTokens
    self.lengthPenalty = lengthPenalty
  }

  /// The best continuations of `prompt`, at least one token, the best first: up to `width`, none where the
  /// model's logits are no numbers. They are shorter than the maximum where the model's context ends.
  public func callAsFunction(_ prompt: [Int]) -> [Continuation] {
    require(!prompt.isEmpty, "BeamSearch", "needs a prompt of at least one token")
    let room = min(maximum, model.context - prompt.count + 1)
    if room <= 0 { return [] }
    let pageSize = 16
    let pool = PagePool(
      layers: model.layers,
      pageCount: prompt.count / pageSize + 2 * width * (room / pageSize + 2), pageSize: pageSize)
    return model.evaluating { search(prompt, room, pool) }
  }

  /// A continuation that is pursued.
  private struct Beam {
    var tokens: [Int]
    var sum = 0.0
    var pages: [Int] = []
    /// How many of the tokens are in the cache.
    var length = 0
  }

  /// A token that may come after a beam.
  private struct Candidate {
    var beam: Int
    var token: Int
    var sum: Double
  }

  private func search(_ prompt: [Int], _ room: Int, _ pool: PagePool) -> [Continuation] {
    var beams = [Beam(tokens: prompt)]
    var ended: [Continuation] = []
    func note(_ beam: Beam, _ sum: Double, written: Int, isEnded: Bool) {
      ended.append(
        Continuation(
          tokens: Array(beam.tokens[prompt.count...]), logProbability: sum,
          score: score(sum, written), isEnded: isEnded))
      ended.sort { $0.score > $1.score }
      if ended.count > width { ended.removeLast() }
    }
    for written in 1...room {
      guard let logProbabilities = read(&beams, pool) else { return [] }
      var next: [Candidate] = []
      for (rank, candidate) in candidates(logProbabilities, beams).enumerated() {
        if !endTokens.contains(candidate.token) {
          if next.count < width { next.append(candidate) }
        } else if rank < width {
          note(beams[candidate.beam], candidate.sum, written: written, isEnded: true)
        }
      }
      if ended.count == width, let best = next.first,
        score(best.sum, written) <= ended[width - 1].score
      {
        return ended
      }
      beams = successors(of: beams, next, pool)
    }
    for beam in beams { note(beam, beam.sum, written: room, isEnded: false) }
    return ended
  }

  private func score(_ sum: Double, _ length: Int) -> Double {
    sum / pow(Double(length), lengthPenalty)
  }

  /// Reads what is unread of each beam, all of it as long, and returns ln p of the tokens behind it; nil
  /// where these are no numbers.   Shape: [beams][V]
  private func read(_ beams: inout [Beam], _ pool: PagePool) -> [[Float]]? {
    let count = beams[0].tokens.count - beams[0].length
    for i in beams.indices {
      while beams[i].pages.count * pool.pageSize < beams[i].tokens.count {
        beams[i].pages.append(pool.take()!)
      }
    }
    let cache = (0..<model.layers).map {
      PagedCache(pool, layer: $0, tables: beams.map(\.pages), lengths: beams.map(\.length))
    }
    let hidden = model.hidden(
      Tensor(beams.flatMap { $0.tokens.suffix(count) }, shape: [beams.count, count]),
      cache: cache, positions: nil)
    for i in beams.indices { beams[i].length += count }
    let logits = model.logits(hidden.sliced(axis: 1, from: count - 1, count: 1))
    let rows = (logits - logits.logSumExp(axis: -1, keepDims: true)).array(of: Float.self)
    if rows.contains(where: \.isNaN) { return nil }
    return beams.indices.map { Array(rows[$0 * model.vocabulary..<($0 + 1) * model.vocabulary]) }
  }

  /// The likeliest tokens after all beams: `width` that go on and as many that may end.
  private func candidates(_ logProbabilities: [[Float]], _ beams: [Beam]) -> [Candidate] {
    let count = (1 + max(1, endTokens.count)) * width
    var best: [Candidate] = []
    for (i, row) in logProbabilities.enumerated() {
      for (token, logProbability) in row.enumerated() where logProbability > -.infinity {
        let sum = beams[i].sum + Double(logProbability)
        if best.count == count {
          if sum <= best[count - 1].sum { continue }
          best.removeLast()
        }
        let place = best.firstIndex { $0.sum < sum } ?? best.endIndex
        best.insert(Candidate(beam: i, token: token, sum: sum), at: place)
      }
    }
    return best
  }

  /// The beams to pursue. The last one that comes from a beam takes over its pages, the others share them.
  private func successors(of beams: [Beam], _ next: [Candidate], _ pool: PagePool) -> [Beam] {
    var last: [Int: Int] = [:]
    for (i, candidate) in next.enumerated() { last[candidate.beam] = i }
    let new = next.enumerated().map { i, candidate in
      var beam = beams[candidate.beam]
      if last[candidate.beam] != i { beam.pages = pool.fork(beam.pages, length: beam.length) }
      beam.tokens.append(candidate.token)
      beam.sum = candidate.sum
      return beam
    }
    for (i, beam) in beams.enumerated() where last[i] == nil { pool.release(beam.pages) }
    return new
  }
}
