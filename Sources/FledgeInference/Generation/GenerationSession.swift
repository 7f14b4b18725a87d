import FledgeCore
import FledgeNN

/// What ends a text.
public enum FinishReason: Sendable, Equatable {
  /// A token that ends texts.
  case endOfText
  /// One of the stop texts, which is left out.
  case stop(String)
  /// As many tokens as were asked for.
  case length
  /// No room in the model's context.
  case contextFull
  /// The model's logits are no numbers: its weights are broken.
  case invalidLogits
  /// The caller wanted no more.
  case cancelled
}

/// How a text is continued.
public struct GenerationOptions: Sendable {
  /// How each token is chosen.
  public var sampling: SamplingOptions
  /// The most tokens.
  public var maximum: Int
  /// Texts that end it.
  public var stops: [String]
  /// Tokens that end it, such as `<|im_end|>`.
  public var endTokens: Set<Int>
  /// The same seed gives the same text.
  public var seed: UInt64
  /// How many of the likeliest tokens are kept with their probabilities at each place; nil for none.
  public var logProbabilities: Int?

  /// By default 256 tokens, greedily.
  public init(
    sampling: SamplingOptions = .greedy, maximum: Int = 256, stops: [String] = [],
    endTokens: Set<Int> = [], seed: UInt64 = 0, logProbabilities: Int? = nil
  ) {
    self.sampling = sampling
    self.maximum = maximum
    self.stops = stops
    self.endTokens = endTokens
    self.seed = seed
    self.logProbabilities = logProbabilities
  }
}

/// A continuation.
public struct Generation: Sendable {
  /// The new tokens, without one that ends the text.
  public var tokens: [Int] = []
  /// Their text.
  public var text = ""
  /// Why it ends.
  public var finish = FinishReason.length
  /// For each token, if they were asked for.
  public var logProbabilities: [TokenLogProbabilities] = []
  /// Tokens of the prompt that were in the cache already.
  public var reusedTokens = 0
  /// How many tokens a draft proposed, and how many of them were taken.
  public var draftedTokens = (proposed: 0, accepted: 0)
}

/// A model with the cache of one text, which grows turn by turn: what the next prompt has in common with the
/// text so far is not read again.
///
/// With a draft, several tokens are read in one forward pass: speculative decoding. What is drawn has the same
/// distribution as without (greedily, it is the same text); a seed gives another text of it.
public final class GenerationSession {
  /// The model.
  public var model: any LanguageModel { cache.model }
  /// Turns tokens into text.
  public let tokenizer: any Tokenizer
  /// The most tokens of prompt and continuation together.
  public var capacity: Int { cache.capacity }
  /// The tokens that the cache holds.
  public var cached: [Int] { cache.tokens }
  private let cache: TextCache
  private let draft: (source: any TokenDraft, count: Int)?

  /// - Parameters:
  ///   - capacity: At most the model's context, which is the default.
  ///   - draft: Proposes tokens, at most so many at a time.
  public init(
    _ model: any LanguageModel, tokenizer: any Tokenizer, capacity: Int? = nil,
    draft: (source: any TokenDraft, count: Int)? = nil
  ) {
    let capacity = min(capacity ?? model.context, model.context)
    require(capacity > 0, "GenerationSession", "the capacity is \(capacity), not positive")
    require(
      draft?.count ?? 1 > 0, "GenerationSession", "a draft of \(draft?.count ?? 0) tokens is none")
    if let other = (draft?.source as? ModelDraft)?.vocabulary {
      require(
        other == model.vocabulary, "GenerationSession",
        "a draft of \(other) tokens cannot propose for a model of \(model.vocabulary)")
    }
    self.tokenizer = tokenizer
    self.draft = draft
    cache = TextCache(model, capacity: capacity)
  }

  /// Continues `prompt`, at least one token. `onText` gets the text as it comes, whole characters at
  /// a time; returning false ends it.
  /// - Parameter constraint: What the text has to be. It is whole, unless a stop text or the caller ends it, and
  ///   empty where the maximum or the capacity leaves no room for ``TokenConstraint/minimumTokens``. Log-probabilities
  ///   are then among the tokens that fit.
  public func generate(
    _ prompt: [Int], _ options: GenerationOptions, constraint: TokenConstraint? = nil,
    onText: (String) -> Bool = { _ in true }
  ) -> Generation {
    require(!prompt.isEmpty, "generate", "needs a prompt of at least one token")
    var result = Generation()
    let room = min(options.maximum, capacity - prompt.count + 1)
    guard prompt.count <= capacity, constraint?.minimumTokens ?? 0 <= room else {
      result.finish = room < options.maximum ? .contextFull : .length
      return result
    }
    var position = constraint?.start
    result.reusedTokens = cache.keepCommonPrefix(with: prompt)
    let sampler = LogitSampler(options.sampling, seed: options.seed)
    var decoder = StreamingDecoder(tokenizer)
    var scanner = StopScanner(options.stops)
    var unread = Array(prompt[result.reusedTokens...])
    model.evaluating {
      passes: while result.tokens.count < options.maximum {
        if cached.count + unread.count > capacity {
          result.finish = .contextFull
          break
        }
        let rule = constraint.map {
          Rule(constraint: $0, position: position!, endTokens: options.endTokens)
        }
        for (token, logits) in pass(
          unread, room: room - result.tokens.count, sampler, rule, &result.draftedTokens)
        {
          guard let token else {
            result.finish = .invalidLogits
            break passes
          }
          if options.endTokens.contains(token) {
            result.finish = .endOfText
            break passes
          }
          result.tokens.append(token)
          if let count = options.logProbabilities {
            result.logProbabilities.append(.init(logits, chosen: token, count: count))
          }
          let (text, stop) = scanner.append(decoder.append(token))
          result.text += text
          let goesOn = text.isEmpty || onText(text)
          if let stop { result.finish = .stop(stop) } else if !goesOn { result.finish = .cancelled }
          if stop != nil || !goesOn { return }
          unread = [token]
          if let constraint {
            position = constraint.advanced(position!, by: token)
            if constraint.isOver(position!) {
              result.finish = .endOfText
              break passes
            }
          }
        }
      }
      let (text, stop) = scanner.append(decoder.finish())
      if let stop { result.finish = .stop(stop) }
      let rest = text + (stop == nil ? scanner.finish() : "")
      result.text += rest
      if !rest.isEmpty { _ = onText(rest) }
    }
    return result
  }

  /// Forgets the text.
  public func reset() { cache.truncate(to: 0) }

  /// A constraint, and how much of a text it has read.
  private struct Rule {
    let constraint: TokenConstraint
    var position: TokenConstraint.Position
    let endTokens: Set<Int>
  }

  /// Reads tokens, and what the draft proposes behind them, in one forward pass. Returns up to `room` tokens
  /// that come next, at least one, with the logits that each was drawn from; nil instead of a token where
  /// these are no numbers. All but the last are in the cache then.
  private func pass(
    _ unread: [Int], room: Int, _ sampler: LogitSampler, _ rule: Rule?,
    _ counts: inout (proposed: Int, accepted: Int)
  ) -> [(token: Int?, logits: [Float])] {
    var (text, rule) = (cached + unread, rule)
    let proposals =
      draft.map { $0.source.propose(after: text, count: min($0.count, room - 1), sampler) } ?? []
    let rows = cache.read(
      unread + proposals.map(\.token), logitsOfLast: proposals.count + 1)
    counts.proposed += proposals.count
    var result: [(token: Int?, logits: [Float])] = []
    for (i, row) in rows.enumerated() {
      let logits =
        rule.map {
          $0.constraint.masked(row, $0.position, room: room - i, endTokens: $0.endTokens)
        } ?? row
      guard LogitSampler.canDraw(logits) else {
        result.append((nil, logits))
        break
      }
      let proposed = i < proposals.count ? proposals[i].token : nil
      let token =
        i < proposals.count
        ? sampler.verify(proposals[i], logits, after: text) : sampler.draw(logits, after: text)
      result.append((token, logits))
      if token != proposed { break }
      counts.accepted += 1
      text.append(token)
      if let old = rule {
        if old.endTokens.contains(token) { break }
        rule!.position = old.constraint.advanced(old.position, by: token)
        if old.constraint.isOver(rule!.position) { break }
      }
    }
    cache.truncate(to: text.count)
    return result
  }
}
