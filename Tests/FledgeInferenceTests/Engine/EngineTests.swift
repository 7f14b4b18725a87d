import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

@testable import FledgeInference

@Suite struct EngineTests {
  /// The tokens that full forward passes give, greedily.
  private func plain(_ model: any LanguageModel, _ prompt: [Int], _ count: Int) -> [Int] {
    var tokens = prompt
    model.evaluating {
      for _ in 0..<count {
        let logits = model(Tensor(tokens, shape: [1, tokens.count]))[0, -1].array(of: Float.self)
        tokens.append(logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }!)
      }
    }
    return Array(tokens.dropFirst(prompt.count))
  }

  private struct Outcome {
    var tokens: [Int: [Int]] = [:]
    var reasons: [Int: FinishReason] = [:]

    mutating func note(_ events: [InferenceEngine.Event]) {
      for event in events {
        switch event {
        case .token(let request, let token): tokens[request, default: []].append(token)
        case .finished(let request, let reason): reasons[request] = reason
        }
      }
    }
  }

  @Test func `Under any interleaving each text is that of plain forward passes, and no page leaks`()
    throws
  {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let generator = Generator(seed: 11)
    var (preemptions, shared) = (0, 0)
    for trial in 0..<6 {
      let limits = InferenceEngine.Limits(
        pageCount: [7, 12, 40][trial % 3], pageSize: [2, 4, 3][trial % 3],
        batch: 2 + trial % 3, chunk: 1 + generator.integer(below: 6))
      let engine = InferenceEngine(model, limits)
      var outcome = Outcome()
      var asked: [Int: (prompt: [Int], count: Int)] = [:]
      var cancelled: Set<Int> = []
      // Prompts that begin alike share pages.
      let beginning = (0..<6).map { _ in generator.integer(below: 61) }
      for _ in 0..<60 {
        if asked.count < 9, generator.integer(below: 3) == 0 {
          let own = (0...generator.integer(below: 4)).map { _ in generator.integer(below: 61) }
          let prompt = (generator.integer(below: 2) == 0 ? beginning : []) + own
          let count = 1 + generator.integer(below: 5)
          let number = engine.submit(
            prompt, GenerationOptions(maximum: count), priority: generator.integer(below: 2))
          asked[number] = (prompt, count)
        }
        if generator.integer(below: 12) == 0, let number = asked.keys.sorted().last {
          if outcome.reasons[number] == nil { cancelled.insert(number) }
          engine.cancel(number)
        }
        outcome.note(engine.step())
      }
      var steps = 0
      while !engine.isIdle && steps < 2000 {
        outcome.note(engine.step())
        steps += 1
      }
      #expect(engine.isIdle && engine.freePages == limits.pageCount, "trial \(trial)")
      for (number, (prompt, count)) in asked {
        let expected = plain(model, prompt, count)
        let found = outcome.tokens[number] ?? []
        if cancelled.contains(number) {
          #expect(expected.starts(with: found) && outcome.reasons[number] == nil)
        } else {
          #expect(found == expected, "trial \(trial), request \(number)")
          #expect(outcome.reasons[number] == .length)
        }
      }
      preemptions += engine.preemptions
      shared += engine.sharedTokens
    }
    // The trials come to what they are for.
    #expect(preemptions > 3 && shared > 10)
  }

  @Test func `A beginning that was read before is not read again`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let engine = InferenceEngine(model, .init(pageCount: 20, pageSize: 4))
    let prompt = Array(1...11)
    var outcome = Outcome()
    let first = engine.submit(prompt, GenerationOptions(maximum: 3))
    while !engine.isIdle { outcome.note(engine.step()) }
    #expect(engine.sharedTokens == 0)
    let second = engine.submit(prompt, GenerationOptions(maximum: 3))
    while !engine.isIdle { outcome.note(engine.step()) }
    #expect(engine.sharedTokens == 8)
    #expect(outcome.tokens[first] == outcome.tokens[second])
    // Exactly two pages: the last token is read again, for its logits.
    _ = engine.submit(Array(1...8), GenerationOptions(maximum: 1))
    while !engine.isIdle { outcome.note(engine.step()) }
    #expect(engine.sharedTokens == 12)
    #expect(engine.freePages == 20)
  }

  @Test func `A text that no cache could hold ends, and others go on`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let engine = InferenceEngine(model, .init(pageCount: 3, pageSize: 4))
    var outcome = Outcome()
    let long = engine.submit(Array(0..<14), GenerationOptions(maximum: 5))
    let short = engine.submit([1, 2, 3], GenerationOptions(maximum: 4))
    var steps = 0
    while !engine.isIdle && steps < 200 {
      outcome.note(engine.step())
      steps += 1
    }
    #expect(outcome.reasons == [long: .contextFull, short: .length])
    #expect(outcome.tokens[short] == plain(model, [1, 2, 3], 4))
    #expect(engine.freePages == 3)
  }

  @Test func `Priorities come first, and a seed gives the same text in any company`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let options = GenerationOptions(
      sampling: SamplingOptions(temperature: 1.5), maximum: 6, endTokens: [60], seed: 9)
    func text(_ others: Int) -> [Int] {
      let engine = InferenceEngine(model, .init(pageCount: 40, pageSize: 4, batch: 3))
      var outcome = Outcome()
      for i in 0..<others { _ = engine.submit([i, 5], GenerationOptions(maximum: 7)) }
      let number = engine.submit([3, 4], options, priority: 1)
      while !engine.isIdle { outcome.note(engine.step()) }
      return outcome.tokens[number] ?? []
    }
    #expect(!text(0).isEmpty && text(0) == text(5))
    let engine = InferenceEngine(model, .init(pageCount: 40, batch: 1))
    _ = engine.submit([1], GenerationOptions(maximum: 1))
    let urgent = engine.submit([2], GenerationOptions(maximum: 1), priority: 5)
    guard case .token(urgent, _)? = engine.step().first else {
      Issue.record("the urgent request waits")
      return
    }
  }
}
