import FledgeCore
import FledgeModels
import FledgeNN
import FledgeTestSupport
import Testing

@testable import FledgeInference

/// Proposes the same tokens whatever comes before, with the distribution that they are drawn from.
private final class FixedDraft: TokenDraft {
  let probabilities: [Double]
  private let generator = Generator(seed: 77)

  init(_ probabilities: [Double]) { self.probabilities = probabilities }

  func propose(after tokens: [Int], count: Int, _ sampler: LogitSampler) -> [TokenProposal] {
    (0..<count).map { _ in
      TokenProposal(generator.weightedIndex(probabilities), from: probabilities)
    }
  }
}

@Suite struct SpeculativeTests {
  /// Expects counts of outcomes with these probabilities: χ² within five standard deviations of its mean.
  private func expect(
    _ counts: [Int], like probabilities: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let total = Double(counts.reduce(0, +))
    var (chiSquare, degrees) = (0.0, -1.0)
    for (count, probability) in zip(counts, probabilities) {
      if probability == 0 {
        #expect(count == 0, "what may not come came", sourceLocation: sourceLocation)
        continue
      }
      let expected = probability * total
      chiSquare += (Double(count) - expected) * (Double(count) - expected) / expected
      degrees += 1
    }
    #expect(
      chiSquare <= degrees + 5 * (2 * degrees).squareRoot(), "χ² is \(chiSquare) for \(counts)",
      sourceLocation: sourceLocation)
  }

  @Test func `Whatever the draft, a token has the distribution of the model`() {
    let logits: [Float] = [1, 0.3, -0.5, 2, 0, -1]
    let drafts: [[Double]?] = [
      [0.5, 0.1, 0.1, 0.1, 0.1, 0.1], [0, 0, 1, 0, 0, 0], [0.1, 0.1, 0.1, 0.6, 0.1, 0],
      [Double](repeating: 1.0 / 6, count: 6), nil,
    ]
    let samplings = [
      SamplingOptions(temperature: 1), SamplingOptions(temperature: 0.7, topK: 3),
      SamplingOptions(temperature: 1.5, topP: 0.8, repetitionPenalty: 1.5),
    ]
    for options in samplings {
      for draft in drafts {
        let sampler = LogitSampler(options, seed: 3)
        let generator = Generator(seed: 4)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<800 {
          let token = draft.map { generator.weightedIndex($0) } ?? 1
          counts[sampler.verify(TokenProposal(token, from: draft), logits, after: [3, 1])] += 1
        }
        expect(counts, like: sampler.probabilities(logits, after: [3, 1]))
      }
    }
  }

  @Test func `Texts with a draft have the distribution of texts without`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let sampling = SamplingOptions(temperature: 1.5, topK: 3)
    let sampler = LogitSampler(sampling)
    let prompt = [5, 9, 33]
    func probabilities(_ text: [Int]) -> [Double] {
      let logits = model.evaluating { model(Tensor(text, shape: [1, text.count])) }[0, -1]
      return sampler.probabilities(logits.array(of: Float.self), after: text)
    }
    // All texts of two tokens.
    var texts: [[Int]: Double] = [:]
    for (first, p) in probabilities(prompt).enumerated() where p > 0 {
      for (second, q) in probabilities(prompt + [first]).enumerated() where q > 0 {
        texts[[first, second]] = p * q
      }
    }
    #expect(texts.count == 9)
    // Mostly wrong, and right often enough that both tokens are taken together.
    var draft = [Double](repeating: 0.2 / 61, count: 61)
    for text in texts.keys { for token in text { draft[token] += 0.8 / 18 } }
    let session = GenerationSession(
      model, tokenizer: LetterTokenizer(), draft: (FixedDraft(draft), 3))
    var counts: [[Int]: Int] = [:]
    var accepted = 0
    for seed in 0..<500 {
      let result = session.generate(
        prompt, GenerationOptions(sampling: sampling, maximum: 2, seed: UInt64(seed)))
      counts[result.tokens, default: 0] += 1
      accepted += result.draftedTokens.accepted
      #expect(result.draftedTokens.proposed > 0)
    }
    #expect(accepted > 30 && accepted < 470)
    #expect(Set(counts.keys).isSubset(of: texts.keys))
    let order = texts.keys.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
    expect(order.map { counts[$0] ?? 0 }, like: order.map { texts[$0]! })
  }

  @Test func `Greedy text is the same with any draft, over several turns`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    // The same weights propose only what is right, others hardly anything, and repetition what it can.
    let drafts: [(any TokenDraft, ClosedRange<Double>)] = [
      (ModelDraft(try Llama.fromPretrained(goldenPath("pretrained/llama"))), 1...1),
      (ModelDraft(try GPT.fromPretrained(goldenPath("pretrained/gpt2"))), 0...0.9),
      (RepetitionDraft(longest: 2), 0.01...0.99),
    ]
    for (draft, share) in drafts {
      let plain = GenerationSession(model, tokenizer: LetterTokenizer(), capacity: 50)
      let session = GenerationSession(
        model, tokenizer: LetterTokenizer(), capacity: 50, draft: (draft, 3))
      var (prompt, counts) = ([5, 9, 33, 2], (proposed: 0, accepted: 0))
      // The last of them fills the context.
      for maximum in [12, 1, 15, 40] {
        let options = GenerationOptions(maximum: maximum, logProbabilities: 1)
        let (expected, found) = (
          plain.generate(prompt, options), session.generate(prompt, options)
        )
        #expect(found.tokens == expected.tokens && found.text == expected.text)
        #expect(found.finish == expected.finish)
        #expect(found.reusedTokens == expected.reusedTokens)
        for (a, b) in zip(found.logProbabilities, expected.logProbabilities) {
          #expect(abs(a.chosen - b.chosen) < 1e-4)
        }
        #expect(found.logProbabilities.count == expected.tokens.count)
        counts.proposed += found.draftedTokens.proposed
        counts.accepted += found.draftedTokens.accepted
        prompt += found.tokens + [17]
      }
      #expect(counts.proposed > 5)
      #expect(share.contains(Double(counts.accepted) / Double(counts.proposed)), "\(counts)")
    }
  }

  @Test func `A draft ends where the text ends, and stops hold`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let plain = GenerationSession(model, tokenizer: LetterTokenizer())
    let whole = plain.generate([5, 9, 33, 2], GenerationOptions(maximum: 12))
    let stop = String(whole.text.dropFirst(4).prefix(2))
    let session = GenerationSession(
      model, tokenizer: LetterTokenizer(),
      draft: (ModelDraft(try Llama.fromPretrained(goldenPath("pretrained/llama"))), 5))
    for options in [
      GenerationOptions(maximum: 12, stops: [stop]),
      GenerationOptions(maximum: 12, endTokens: [whole.tokens[5]]), GenerationOptions(maximum: 0),
    ] {
      let (expected, found) = (
        plain.generate([5, 9, 33, 2], options), session.generate([5, 9, 33, 2], options)
      )
      #expect(found.tokens == expected.tokens && found.text == expected.text)
      #expect(found.finish == expected.finish)
    }
  }

  @Test func `Repetition proposes what followed the last time, of the longest match`() {
    let draft = RepetitionDraft(longest: 2)
    let sampler = LogitSampler(.greedy)
    func proposed(_ text: [Int], _ count: Int = 3) -> [Int] {
      draft.propose(after: text, count: count, sampler).map(\.token)
    }
    #expect(proposed([1, 2, 3, 9, 2, 4, 1, 2]) == [3, 9, 2])
    #expect(proposed([1, 2, 3, 9, 2, 4, 8, 2], 2) == [4, 8])
    #expect(proposed([1, 1]) == [1])
    #expect(proposed([1, 2, 3]) == [] && proposed([1]) == [])
  }
}
