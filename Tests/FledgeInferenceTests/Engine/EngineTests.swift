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
    var (preemptions, shared, cancellations, tooLarge) = (0, 0, 0, 0)
    for trial in 0..<6 {
      let limits = InferenceEngine.Limits(
        pageCount: [8, 5, 40][trial % 3], pageSize: [2, 4, 3][trial % 3],
        batch: 3 + trial % 3, chunk: 1 + generator.integer(below: 6))
      let engine = InferenceEngine(model, limits)
      let capacity = limits.pageCount * limits.pageSize
      var outcome = Outcome()
      var asked: [Int: (prompt: [Int], count: Int)] = [:]
      var cancelled: Set<Int> = []
      // Prompts that begin alike share pages.
      let beginning = (0..<6).map { _ in generator.integer(below: 61) }
      for _ in 0..<30 {
        if asked.count < 10, generator.integer(below: 2) == 0 {
          let own = (0...generator.integer(below: 4)).map { _ in generator.integer(below: 61) }
          let prompt = (generator.integer(below: 2) == 0 ? beginning : []) + own
          let count = 1 + generator.integer(below: 9)
          let number = engine.submit(
            prompt, GenerationOptions(maximum: count), priority: generator.integer(below: 2))
          asked[number] = (prompt, count)
        }
        if generator.integer(below: 12) == 0, !asked.isEmpty {
          let number = 1 + generator.integer(below: asked.count)
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
        // The last token is drawn and need not be read.
        let room = capacity - prompt.count + 1
        let expected = plain(model, prompt, min(count, room))
        let found = outcome.tokens[number] ?? []
        if cancelled.contains(number) {
          #expect(expected.starts(with: found) && outcome.reasons[number] == nil)
        } else {
          #expect(found == expected, "trial \(trial), request \(number)")
          #expect(outcome.reasons[number] == (count > room ? .contextFull : .length))
        }
        if count > room { tooLarge += 1 }
      }
      preemptions += engine.preemptions
      shared += engine.sharedTokens
      cancellations += cancelled.count
    }
    // The trials come to what they are for.
    #expect(preemptions > 10 && shared > 30 && cancellations > 3 && tooLarge > 0)
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

  @Test func `Texts of a broken model end, and give back their pages`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    model.norm.weight = .full([32], .nan)
    let engine = InferenceEngine(model, .init(pageCount: 4))
    let numbers = [engine.submit([1], .init()), engine.submit([2], .init(sampling: .chat))]
    var outcome = Outcome()
    for _ in 0..<5 { outcome.note(engine.step()) }
    #expect(numbers.allSatisfy { outcome.reasons[$0] == .invalidLogits })
    #expect(engine.isIdle && engine.freePages == 4)
  }

  /// Token 60's vector is broken. A short text beside a long one is filled up with positions that are
  /// masked, and a page keeps what another text left there: none of it may be seen.
  @Test func `A text whose activations are NaN ends, and the others do not notice`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let table = model.tokenEmbedding.table
    table.weight[60] = Tensor.full([table.weight.shape[1]], .nan)
    let (short, long) = ([3, 4], (0..<9).map { $0 % 7 })
    let engine = InferenceEngine(model, .init(pageCount: 9, pageSize: 3, batch: 3))
    let options = GenerationOptions(maximum: 6)
    var outcome = Outcome()
    for _ in 0..<6 {
      let broken = engine.submit([60] + long, options, priority: 1)
      let beside = [engine.submit(short, options), engine.submit(long, options)]
      while !engine.isIdle { outcome.note(engine.step()) }
      #expect(outcome.reasons[broken] == .invalidLogits && outcome.tokens[broken] == nil)
      for (number, prompt) in zip(beside, [short, long]) {
        #expect(outcome.tokens[number] == plain(model, prompt, 6), "\(prompt)")
      }
    }
    #expect(engine.freePages == 9)
  }

  @Test func `A page that two texts share changes for neither`() {
    let pool = PagePool(layers: 1, pageCount: 6, pageSize: 2)
    func append(_ pages: [Int], _ start: Int, _ value: Double, _ count: Int = 1) -> [Double] {
      let new = Tensor.full([1, 1, count, 1], value)
      let all = pool.append((new, new), layer: 0, tables: [pages], starts: [start])
      return all.keys.array(of: Double.self)
    }
    let first = [pool.take()!, pool.take()!]
    _ = append(first, 0, 1, 3)
    let second = pool.fork(first, length: 3)
    #expect(second[0] == first[0] && second[1] != first[1] && pool.free.count == 3)
    #expect(append(first, 3, 2) == [1, 1, 1, 2])
    #expect(append(second, 3, 3) == [1, 1, 1, 3])
    // All pages of the second are full now, so nothing is copied.
    #expect(pool.fork(second, length: 4) == second && pool.free.count == 3)
    pool.release(first)
    pool.release(second)
    #expect(pool.free.count == 4)
    pool.release(second)
    #expect(Set(pool.free) == Set(0..<6))
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
