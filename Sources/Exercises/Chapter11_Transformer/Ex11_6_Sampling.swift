import FledgeCore
import FledgeCourse
import Foundation

/// How the next token is chosen by the logits of a model.
struct TokenChoice: Sendable {
  /// Divides the logits: below 1 the likely tokens become likelier, above 1 less so. At 0 the likeliest is
  /// taken every time.
  var temperature = 1.0
  /// Only the `topK` likeliest tokens can be drawn; nil for all.
  var topK: Int?
  /// Of these only the likeliest that have together at least this part of the probability, as few of them as
  /// possible, but one (Holtzman et al. 2019); nil for all.
  var topP: Double?

  /// The probability with which each token is drawn.
  ///
  /// 1. Softmax of logits / temperature; at temperature 0, all to the largest logit.
  /// 2. Tokens that are not among the `topK` likeliest get 0, and the others are scaled to the sum 1.
  /// 3. The same by `topP`.
  ///
  /// Of equal logits the first counts as the likelier. Logits may be large, such as 5000, without becoming
  /// infinite or NaN on the way; −∞ is a token that never comes.
  func probabilities(_ logits: [Double]) -> [Double] {
    // solution
    let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    let largest = logits[order[0]]
    if temperature == 0 { return logits.indices.map { $0 == order[0] ? 1 : 0 } }
    var weights = order.map { exp((logits[$0] - largest) / temperature) }
    if let topK { weights.removeLast(max(weights.count - topK, 0)) }
    if let topP {
      let enough = topP * weights.reduce(0, +)
      var (sum, kept) = (0.0, 0)
      while kept < weights.count && sum < enough {
        sum += weights[kept]
        kept += 1
      }
      weights.removeLast(weights.count - max(kept, 1))
    }
    let total = weights.reduce(0, +)
    var probabilities = [Double](repeating: 0, count: logits.count)
    for (token, weight) in zip(order, weights) { probabilities[token] = weight / total }
    return probabilities
    // end solution
  }

  /// Draws a token: with one number u = `generator.uniform()`, from 0 up to 1, the first token at which the
  /// sum of the probabilities so far is above u. Where rounding leaves the sum of all below u, it is the last
  /// token that has a probability. A token of probability 0 is never drawn.
  static func draw(_ probabilities: [Double], using generator: Generator) -> Int {
    // solution
    let u = generator.uniform()
    var sum = 0.0
    for (token, probability) in probabilities.enumerated() {
      sum += probability
      if sum > u { return token }
    }
    return probabilities.lastIndex { $0 > 0 } ?? 0
    // end solution
  }

  /// Lets a model write on: up to `count` tokens after the prompt. The result is the new ones alone. With the
  /// token `end` the text is over; it is the last of the result then.
  ///
  /// - Parameter logits: the model: the logits of the token after a text. It is given the whole text, with the
  ///   prompt, and is asked once for each new token.
  func text(
    after prompt: [Int], count: Int, until end: Int? = nil, using generator: Generator,
    logits: ([Int]) -> [Double]
  ) -> [Int] {
    // solution
    var new: [Int] = []
    while new.count < count {
      let token = Self.draw(probabilities(logits(prompt + new)), using: generator)
      new.append(token)
      if token == end { break }
    }
    return new
    // end solution
  }
}

/// A text that a search has come to, and how likely it is.
struct Beam: Equatable, Sendable {
  /// The tokens after the prompt.
  var tokens: [Int]
  /// ln of the probability of all of them: the sum of the logarithms of theirs.
  var logProbability: Double
}

/// Beam search: looks for the likeliest text, by keeping the `width` best beginnings of it.
///
/// It begins with one beam, of no tokens and the probability 1. Then, `count` times: each beam becomes as many
/// as there are tokens, with one token more each; those that have ended, by the token `end`, stay as they are;
/// and of all together the `width` most likely are kept. A token with the logit −∞ continues no beam.
///
/// - Parameter logits: as above; asked once a round for each beam that has not ended.
/// - Returns: the beams that are kept in the end, the most likely first.
func beamSearch(
  after prompt: [Int], width: Int, count: Int, until end: Int? = nil,
  logits: ([Int]) -> [Double]
) -> [Beam] {
  // solution
  var beams = [Beam(tokens: [], logProbability: 0)]
  for _ in 0..<count {
    var candidates: [Beam] = []
    for beam in beams {
      if let end, beam.tokens.last == end {
        candidates.append(beam)
        continue
      }
      let next = logits(prompt + beam.tokens)
      let largest = next.max() ?? 0
      let total = largest + log(next.reduce(0) { $0 + exp($1 - largest) })
      for (token, logit) in next.enumerated() where logit > -.infinity {
        candidates.append(
          Beam(
            tokens: beam.tokens + [token], logProbability: beam.logProbability + logit - total))
      }
    }
    beams = Array(candidates.sorted { $0.logProbability > $1.logProbability }.prefix(width))
  }
  return beams
  // end solution
}
