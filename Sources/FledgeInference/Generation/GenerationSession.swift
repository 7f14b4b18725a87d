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
}

/// A model with the cache of one text, which grows turn by turn: what the next prompt has in common with the
/// text so far is not read again.
public final class GenerationSession {
  /// The model.
  public let model: any LanguageModel
  /// Turns tokens into text.
  public let tokenizer: any Tokenizer
  /// The most tokens of prompt and continuation together.
  public let capacity: Int
  /// The tokens that the cache holds.
  public private(set) var cached: [Int] = []
  private var cache: [any AttentionCache]

  /// - Parameter capacity: At most the model's context, which is the default.
  public init(_ model: any LanguageModel, tokenizer: any Tokenizer, capacity: Int? = nil) {
    let capacity = min(capacity ?? model.context, model.context)
    require(capacity > 0, "GenerationSession", "the capacity is \(capacity), not positive")
    self.model = model
    self.tokenizer = tokenizer
    self.capacity = capacity
    cache = model.makeCache(capacity: capacity)
  }

  /// Continues `prompt`, at least one token. `onText` gets the text as it comes, whole characters at
  /// a time; returning false ends it.
  public func generate(
    _ prompt: [Int], _ options: GenerationOptions, onText: (String) -> Bool = { _ in true }
  ) -> Generation {
    require(!prompt.isEmpty, "generate", "needs a prompt of at least one token")
    var result = Generation()
    guard prompt.count <= capacity else {
      result.finish = .contextFull
      return result
    }
    result.reusedTokens = keepCommonPrefix(with: prompt)
    let sampler = LogitSampler(options.sampling, seed: options.seed)
    var decoder = StreamingDecoder(tokenizer)
    var scanner = StopScanner(options.stops)
    var unread = Array(prompt[result.reusedTokens...])
    model.evaluating {
      while true {
        if result.tokens.count >= options.maximum { break }
        if cached.count + unread.count > capacity {
          result.finish = .contextFull
          break
        }
        let logits = nextLogits(unread)
        let token = sampler.draw(logits, after: cached)
        if options.endTokens.contains(token) {
          result.finish = .endOfText
          break
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
  public func reset() { truncate(to: 0) }

  /// Reads tokens and returns the logits of the next one.
  private func nextLogits(_ tokens: [Int]) -> [Float] {
    let input = Tensor(tokens, shape: [1, tokens.count])
    let hidden = model.hidden(input, cache: cache, positions: nil)
    cached += tokens
    let last = hidden.sliced(axis: 1, from: tokens.count - 1, count: 1)
    return model.logits(last).array(of: Float.self)
  }

  /// The number of tokens that need not be read again; the last one of the prompt always is, for its
  /// logits.
  private func keepCommonPrefix(with prompt: [Int]) -> Int {
    let common = zip(prompt, cached).prefix { $0 == $1 }.count
    truncate(to: min(common, prompt.count - 1))
    return cached.count
  }

  private func truncate(to count: Int) {
    for part in cache { part.truncate(to: [count]) }
    cached.removeLast(cached.count - count)
  }
}
