import FledgeCore

/// Says which tokens may come next, faster than a model: the draft of speculative decoding. A model then
/// checks all of them in one forward pass; see ``GenerationSession/init(_:tokenizer:capacity:draft:)``.
public protocol TokenDraft: AnyObject {
  /// Up to `count` tokens that may follow `tokens`.
  /// - Parameter sampler: How the model's own tokens are drawn.
  func propose(after tokens: [Int], count: Int, _ sampler: LogitSampler) -> [TokenProposal]
}

/// A token that a draft proposes.
public struct TokenProposal: Sendable {
  /// The token.
  public var token: Int
  /// The probability of each token in the distribution that it was drawn from; nil where nothing was
  /// drawn, so that the token's is 1.
  public var probabilities: [Double]?

  /// A proposal.
  public init(_ token: Int, from probabilities: [Double]? = nil) {
    self.token = token
    self.probabilities = probabilities
  }
}

/// Proposes what followed when the last tokens came before (prompt lookup, Saxena 2023): for texts that
/// repeat themselves, such as code and answers about a given text. It costs next to nothing.
public final class RepetitionDraft: TokenDraft {
  /// The most last tokens that are looked for; fewer where these did not come before.
  public let longest: Int

  /// By default the last three tokens are looked for. Traps if none are.
  public init(longest: Int = 3) {
    require(longest > 0, "RepetitionDraft", "must look for at least one token, got \(longest)")
    self.longest = longest
  }

  public func propose(after tokens: [Int], count: Int, _ sampler: LogitSampler) -> [TokenProposal] {
    for length in stride(from: min(longest, tokens.count - 1), to: 0, by: -1) {
      let last = tokens.suffix(length)
      let starts = (0..<tokens.count - length).reversed()
      if let start = starts.first(where: { tokens[$0..<$0 + length].elementsEqual(last) }) {
        return tokens[(start + length)...].prefix(count).map { TokenProposal($0) }
      }
    }
    return []
  }
}

/// Proposes the tokens that a smaller model draws (Leviathan et al. 2023).
public final class ModelDraft: TokenDraft {
  private let cache: TextCache

  /// - Parameter model: One with the vocabulary of the model that checks the tokens.
  public init(_ model: any LanguageModel) {
    cache = TextCache(model, capacity: model.context)
  }

  /// The number of different tokens.
  public var vocabulary: Int { cache.model.vocabulary }

  public func propose(after tokens: [Int], count: Int, _ sampler: LogitSampler) -> [TokenProposal] {
    var proposals: [TokenProposal] = []
    guard tokens.count <= cache.capacity else { return [] }
    cache.model.evaluating {
      var text = tokens
      while proposals.count < count, text.count <= cache.capacity {
        let known = cache.keepCommonPrefix(with: text)
        let logits = cache.read(Array(text[known...]))[0]
        guard LogitSampler.canDraw(logits) else { return }
        let probabilities = sampler.probabilities(logits, after: text)
        let token = sampler.draw(probabilities)
        proposals.append(TokenProposal(token, from: probabilities))
        text.append(token)
      }
    }
    return proposals
  }
}

extension LogitSampler {
  /// The next token, given a proposal for it: the proposal itself as often as it may be, else another one.
  /// Whatever the draft, the token has the distribution of ``draw(_:after:)`` (Leviathan et al. 2023; Chen
  /// et al. 2023): with p the model's probabilities and q the draft's, a proposal x stays with the
  /// probability min(1, p(x) / q(x)), and another one is drawn from what p has more than q.
  func verify(
    _ proposal: TokenProposal, _ logits: [Float], after history: [Int]
  ) -> Int {
    let p = probabilities(logits, after: history)
    let token = proposal.token
    let q = proposal.probabilities
    if uniform() * (q?[token] ?? 1) < p[token] { return token }
    let rest = p.indices.map { max(0, p[$0] - (q?[$0] ?? ($0 == token ? 1 : 0))) }
    // Where p and q differ by rounding alone, nothing may be left.
    return draw(rest.contains { $0 > 0 } ? rest : p)
  }
}
