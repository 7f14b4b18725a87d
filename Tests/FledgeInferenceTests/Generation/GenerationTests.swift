import FledgeCore
import FledgeModels
import FledgeNN
import FledgeTestSupport
import Testing

@testable import FledgeInference

/// Token i is the character of code 32 + i.
struct LetterTokenizer: Tokenizer {
  let vocabularySize = 61
  func encode(_ text: String, _ options: EncodingOptions) -> [Int] {
    text.utf8.map { Int($0) - 32 }
  }
  func bytes(of token: Int, isFirst: Bool) -> [UInt8] { [UInt8(32 + token)] }
  func piece(of token: Int) -> String? { decode([token]) }
  func token(of piece: String) -> Int? { encode(piece).first }
  func isSpecial(_ token: Int) -> Bool { false }
}

@Suite struct GenerationTests {
  private func models() throws -> [(name: String, model: any LanguageModel)] {
    [
      ("llama", try Llama.fromPretrained(goldenPath("pretrained/llama"))),
      ("in blocks", try quantizedLlama()),
      ("gpt2", try GPT.fromPretrained(goldenPath("pretrained/gpt2"))),
    ]
  }

  @Test func `With a cache each token has the logits of the full forward pass`() throws {
    for (name, model) in try models() {
      let generator = Generator(seed: 4)
      let tokens = (0..<30).map { _ in generator.integer(below: 61) }
      model.evaluating {
        let full = model(Tensor(tokens, shape: [1, 30]))
        for sizes in [[Int](repeating: 1, count: 30), [7, 1, 1, 13, 8], [30]] {
          let cache = model.makeCache(capacity: 30)
          var parts: [Tensor] = []
          var start = 0
          for size in sizes {
            let input = Tensor(Array(tokens[start..<start + size]), shape: [1, size])
            parts.append(model(input, cache: cache))
            start += size
          }
          let cached = Tensor.concatenate(parts, axis: 1)
          let problem = difference(cached, full, 1e-3, 1e-3)
          #expect(problem == nil, "\(name) in \(sizes.count) parts: \(problem ?? "")")
        }
      }
    }
  }

  @Test
  func `Greedy text is that of full forward passes, and a second turn reads only what is new`()
    throws
  {
    for (name, model) in try models() {
      let session = GenerationSession(model, tokenizer: LetterTokenizer(), capacity: 30)
      let prompt = [5, 9, 33, 2]
      let first = session.generate(prompt, GenerationOptions(maximum: 8))
      #expect(first.tokens == greedy(model, prompt, 8), "\(name)")
      #expect(first.finish == .length && first.reusedTokens == 0)
      // The next turn: the text so far and a question.
      let second = prompt + first.tokens + [17, 40]
      let answer = session.generate(second, GenerationOptions(maximum: 6))
      #expect(answer.tokens == greedy(model, second, 6), "\(name)")
      // The last token of the first answer was drawn and never read.
      #expect(answer.reusedTokens == prompt.count + first.tokens.count - 1)
      // Another text: nothing of the old one is left.
      let other = session.generate([1, 2, 3], GenerationOptions(maximum: 5))
      #expect(other.tokens == greedy(model, [1, 2, 3], 5) && other.reusedTokens == 0, "\(name)")
      let again = session.generate([1, 2, 3], GenerationOptions(maximum: 5))
      #expect(again.tokens == other.tokens && again.reusedTokens == 2)
      session.reset()
      #expect(session.cached.isEmpty)
    }
  }

  private func greedy(_ model: any LanguageModel, _ prompt: [Int], _ count: Int) -> [Int] {
    var tokens = prompt
    model.evaluating {
      for _ in 0..<count {
        let logits = model(Tensor(tokens, shape: [1, tokens.count]))[0, -1].array(of: Float.self)
        tokens.append(logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }!)
      }
    }
    return Array(tokens.dropFirst(prompt.count))
  }

  @Test func `A seed gives the same text, and another seed another`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let session = GenerationSession(model, tokenizer: LetterTokenizer())
    func text(_ seed: UInt64) -> String {
      let sampling = SamplingOptions(temperature: 2, topK: 40, topP: 0.95, repetitionPenalty: 1.1)
      return session.generate(
        [3, 4], GenerationOptions(sampling: sampling, maximum: 30, seed: seed)
      )
      .text
    }
    let first = text(1)
    #expect(first.count == 30 && text(1) == first)
    #expect(text(2) != first)
  }

  @Test func `A stop text ends the text, also across tokens, and is not shown`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let session = GenerationSession(model, tokenizer: LetterTokenizer())
    let sampling = SamplingOptions(temperature: 1.5)
    func run(_ stops: [String], endTokens: Set<Int> = [], maximum: Int = 30) -> (Generation, String)
    {
      var shown = ""
      let options = GenerationOptions(
        sampling: sampling, maximum: maximum, stops: stops, endTokens: endTokens, seed: 5)
      let result = session.generate([3, 4], options) { part in
        shown += part
        return true
      }
      #expect(shown == result.text)
      return (result, shown)
    }
    let whole = run([]).0.text
    let stop = String(whole.dropFirst(10).prefix(3))
    let place = try #require(whole.firstRange(of: stop))
    let (result, shown) = run(["never in it", stop])
    #expect(shown == whole[..<place.lowerBound])
    #expect(result.finish == .stop(stop))
    #expect(result.tokens.count == shown.count + 3)
    // What only begins like a stop text is shown in the end.
    let (unstopped, all) = run([String(whole.suffix(2)) + "?"])
    #expect(all == whole && unstopped.finish == .length)
    // A token that ends texts.
    let end = LetterTokenizer().encode(whole)[6]
    let ended = run([], endTokens: [end]).0
    #expect(ended.finish == .endOfText && !ended.tokens.contains(end))
    #expect(ended.text == whole.prefix(ended.tokens.count))
  }

  @Test func `A full context and a caller that wants no more end it`() throws {
    let model = try GPT.fromPretrained(goldenPath("pretrained/gpt2"))
    let session = GenerationSession(model, tokenizer: LetterTokenizer(), capacity: 10)
    let full = session.generate([1, 2, 3], GenerationOptions(maximum: 100))
    #expect(full.finish == .contextFull && full.tokens.count == 8)
    let long = session.generate(Array(0..<11), GenerationOptions(maximum: 1))
    #expect(long.finish == .contextFull && long.tokens.isEmpty)
    var count = 0
    let cancelled = session.generate([1, 2], GenerationOptions(maximum: 8)) { _ in
      count += 1
      return count < 3
    }
    #expect(cancelled.finish == .cancelled && cancelled.tokens.count == 3)
    #expect(session.generate([1, 2], GenerationOptions(maximum: 0)).tokens.isEmpty)
  }

  @Test func `A model whose logits are no numbers ends the text`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    model.norm.weight = .full([32], .nan)
    for draft: (source: any TokenDraft, count: Int)? in [nil, (RepetitionDraft(), 2)] {
      let session = GenerationSession(model, tokenizer: LetterTokenizer(), draft: draft)
      for sampling in [SamplingOptions.greedy, .chat] {
        let result = session.generate([1, 2, 1, 2], GenerationOptions(sampling: sampling))
        #expect(result.finish == .invalidLogits && result.tokens.isEmpty)
      }
    }
  }

  @Test func `Log-probabilities are those of the full softmax`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let session = GenerationSession(model, tokenizer: LetterTokenizer())
    let result = session.generate([3, 4], GenerationOptions(maximum: 4, logProbabilities: 3))
    #expect(result.logProbabilities.count == 4)
    let tokens = [3, 4] + result.tokens
    let logits = model.evaluating { model(Tensor(tokens, shape: [1, tokens.count])) }[0]
    let expected = logits - logits.logSumExp(axis: -1, keepDims: true)
    for (i, found) in result.logProbabilities.enumerated() {
      let row = expected[i + 1].array(of: Double.self)
      #expect(abs(found.chosen - row[result.tokens[i]]) < 1e-4)
      #expect(found.top.count == 3 && found.top[0].token == result.tokens[i])
      #expect(found.top[0].logProbability >= found.top[1].logProbability)
    }
  }

  @Test func `Perplexity is the exponential of the mean negative logarithm, window by window`()
    throws
  {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let generator = Generator(seed: 6)
    let tokens = (0..<37).map { _ in generator.integer(below: 61) }
    let found = Perplexity(of: tokens, model, window: 16)
    var expected: [Double] = []
    for start in stride(from: 0, to: 37, by: 16) {
      let part = Array(tokens[start..<min(37, start + 16)])
      let logits = model.evaluating { model(Tensor(part, shape: [1, part.count])) }[0]
      let logProbabilities = logits - logits.logSumExp(axis: -1, keepDims: true)
      for i in 1..<part.count { expected.append(logProbabilities[i - 1, part[i]].item()) }
    }
    #expect(found.logProbabilities.count == 34 && expected.count == 34)
    for (a, b) in zip(found.logProbabilities, expected) { #expect(abs(a - b) < 1e-4) }
    #expect(abs(found.value - Tensor(-expected.reduce(0, +) / 34).exp().item()) < 1e-2)
  }
}
