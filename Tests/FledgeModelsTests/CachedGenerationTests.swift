import FledgeCore
import FledgeModels
import FledgeNN
import Testing

@Suite struct CachedGenerationTests {
  private func tiny(context: Int = 12) -> GPT {
    withGenerator(Generator(seed: 3)) {
      let model = GPT(
        GPTConfiguration(vocabulary: 11, context: context, layers: 2, heads: 2, channels: 16))
      for (_, layer) in model.linearLayers() { layer.weight = layer.weight.detached() * 10 }
      return model
    }
  }

  private let text = [3, 1, 4, 1, 5, 9, 2, 6]

  private func logits(_ model: GPT, _ tokens: [Int]) -> Tensor {
    withoutGradients { model(Tensor(tokens, shape: [1, tokens.count]))[0, -1] }
  }

  @Test(arguments: [1, 2, 3, 8])
  func `reading in pieces through a cache gives the logits of the whole text`(piece: Int) {
    let model = tiny()
    let whole = model(Tensor(text, shape: [1, 8]))
    let cache = model.makeCache()
    for start in stride(from: 0, to: 8, by: piece) {
      let part = Array(text[start..<min(start + piece, 8)])
      let found = model(Tensor(part, shape: [1, part.count]), cache: cache)
      let expected = whole.sliced(axis: 1, from: start, count: part.count)
      #expect(found.isClose(to: expected, relativeTolerance: 1e-5, absoluteTolerance: 1e-5))
      #expect(found.argmax(axis: -1).isIdentical(to: expected.argmax(axis: -1)))
    }
    #expect(cache.allSatisfy { $0.lengths == [8] })
  }

  @Test func `rows at different positions are read as each alone`() {
    let model = tiny()
    let prompts = [[3, 1, 4, 1, 5], [9, 2], [7]]
    let cache = model.makeCache(batch: 3)
    // Padding behind the shorter ones, which the cache forgets.
    let padded = prompts.flatMap { $0 + [Int](repeating: 8, count: 5 - $0.count) }
    let first = withoutGradients { model(Tensor(padded, shape: [3, 5]), cache: cache) }
    for part in cache { part.truncate(to: prompts.map(\.count)) }
    #expect(cache[1].lengths == [5, 2, 1] && cache[1].commonLength == nil)
    var rows = prompts
    var next = rows.indices.map { Int(first[$0, rows[$0].count - 1].argmax(axis: 0).item()) }
    for _ in 0..<5 {
      for (i, token) in next.enumerated() {
        #expect(token == Int(logits(model, rows[i]).argmax(axis: 0).item()), "greedy, row \(i)")
        rows[i].append(token)
      }
      let found = withoutGradients { model(Tensor(next, shape: [3, 1]), cache: cache)[.all, -1] }
      for (i, row) in rows.enumerated() {
        #expect(
          found[i].isClose(
            to: logits(model, row), relativeTolerance: 1e-5, absoluteTolerance: 1e-5), "row \(i)")
      }
      next = found.argmax(axis: -1).array(of: Int.self)
    }
  }

  @Test func `tokens that were tried and not taken leave no trace`() {
    let model = tiny()
    let cache = model.makeCache()
    _ = model(Tensor(text, shape: [1, 8]), cache: cache)
    for part in cache { part.truncate(to: [3]) }
    let found = model(Tensor([7, 10], shape: [1, 2]), cache: cache)[0, -1]
    #expect(found.isClose(to: logits(model, [3, 1, 4, 7, 10]), absoluteTolerance: 1e-5))
  }

  @Test func `positions given count instead of the cache's`() {
    let model = tiny()
    let tokens = Tensor([3, 1, 4, 9, 2, 6], shape: [2, 3])
    let plain = model(tokens)
    for positions in [
      Tensor([0, 0] as [Int]), Tensor([0, 1, 2, 0, 1, 2] as [Int], shape: [2, 3]),
    ] {
      #expect(
        model(tokens, cache: nil, positions: positions).isClose(to: plain, absoluteTolerance: 1e-6))
    }
    let moved = model(tokens, cache: nil, positions: Tensor([0, 4] as [Int]))
    #expect(moved[0].isClose(to: plain[0], absoluteTolerance: 1e-6))
    #expect(!moved[1].isClose(to: plain[1], absoluteTolerance: 1e-3))
  }

  @Test func `generating reads each token once, and goes on behind the context`() {
    let model = tiny(context: 8)
    func expected(_ prompt: [Int], _ count: Int) -> [Int] {
      var tokens = prompt
      for _ in 0..<count {
        tokens.append(Int(logits(model, Array(tokens.suffix(8))).argmax(axis: 0).item()))
      }
      return Array(tokens.dropFirst(prompt.count))
    }
    let (long, count) = ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 9)
    for prompt in [[5], [5, 1, 7], long] {
      #expect(model.generate(prompt, count: count, temperature: 0) == expected(prompt, count))
    }
    let (_, profile) = withProfiler { model.generate([5, 1, 7], count: 6, temperature: 0) }
    let read = profile.events.filter { $0.name == "take" && $0.shapes[0] == [11, 16] }
    // Three of the prompt, then each new one but the last.
    #expect(read.reduce(0) { $0 + $1.shapes[1].count } == 3 + 5)
  }

  @Test func `a translation through the cache is the one of the whole target`() {
    let model = withGenerator(Generator(seed: 6)) {
      Seq2SeqTransformer(
        .init(vocabulary: 9, beginToken: 7, endToken: 8, layers: 2, heads: 2, channels: 16))
    }
    let source = Tensor([0, 1, 2, 3, 4, 5] as [Int], shape: [2, 3])
    let mask = Tensor([true, true, false, true, true, true], shape: [2, 3])
    let memory = model.encode(source, mask: mask)
    var rows = [[7], [7]]
    for _ in 0..<6 {
      let target = Tensor(rows.flatMap { $0 }, shape: [2, rows[0].count])
      let next = model.decode(target, memory: memory, memoryMask: mask)[.all, -1]
        .argmax(axis: -1).array(of: Int.self)
      for (i, token) in next.enumerated() { rows[i].append(token) }
    }
    let expected = rows.map { Array($0.dropFirst().prefix { $0 != 8 }) }
    #expect(model.translate(source, sourceMask: mask, maximum: 6) == expected)
    #expect(expected.contains { !$0.isEmpty })
    #expect(model.translate(source, maximum: 0) == [[], []])
  }

  // MARK: The layer and the cache alone

  @Test(arguments: [4, 2])
  func `rotary attention with a cache equals each row alone`(shared: Int) {
    let layer = withGenerator(Generator(seed: 8)) {
      MultiHeadAttention(8, heads: 4, keyValueHeads: shared, isCausal: true, rotaryBase: 100)
    }
    let x = Tensor.normal([2, 6, 8], using: Generator(seed: 9))
    let cache = KeyValueCache(batch: 2, capacity: 6)
    _ = layer(x[.all, 0..<3], mask: nil, cache: cache)
    cache.truncate(to: [3, 1])
    // The rows go on from 3 and from 1, two positions in one piece, then one.
    let next = Tensor.stack([x[0, 3..<5], x[1, 1..<3]])
    let y = layer(next, mask: nil, cache: cache)
    let last = layer(Tensor.stack([x[0, 5..<6], x[1, 3..<4]]), mask: nil, cache: cache)
    let whole = layer(x)
    #expect(y[0].isClose(to: whole[0, 3..<5], absoluteTolerance: 1e-5))
    #expect(y[1].isClose(to: whole[1, 1..<3], absoluteTolerance: 1e-5))
    #expect(last[0].isClose(to: whole[0, 5..<6], absoluteTolerance: 1e-5))
    #expect(last[1].isClose(to: whole[1, 3..<4], absoluteTolerance: 1e-5))
    // A mask of either kind counts beside what the rows' lengths hide.
    cache.truncate(to: [3, 1])
    let hidden = Tensor([true, true, true, true, true, false, true, true, true, true])
      .reshaped([2, 5])
    let masked = layer(next, mask: nil, keyMask: hidden, cache: cache)
    #expect(masked[0].isClose(to: y[0], absoluteTolerance: 1e-5))
    #expect(!masked[1].isClose(to: y[1], absoluteTolerance: 1e-3))
    cache.truncate(to: [3, 1])
    let added = Tensor.where(
      hidden.reshaped([2, 1, 1, 5]), Tensor(0), Tensor(-Double.infinity))
    let biased = layer(next, mask: added, cache: cache)
    #expect(biased.isClose(to: masked, absoluteTolerance: 1e-5))
  }

  @Test func `gradients flow through a cache`() {
    let layer = MultiHeadAttention(4, heads: 2, isCausal: true)
    let x = Tensor.normal([1, 4, 4])
    func gradients(_ y: () -> Tensor) -> [Tensor] {
      layer.zeroGrad()
      y().square().sum().backward()
      return layer.parameters().map { $0.grad! }
    }
    let whole = gradients { layer(x) }
    let cached = gradients {
      let cache = KeyValueCache(capacity: 4)
      let first = layer(x[.all, 0..<3], mask: nil, cache: cache)
      return Tensor.concatenate([first, layer(x[.all, 3...], mask: nil, cache: cache)], axis: 1)
    }
    for (a, b) in zip(whole, cached) { #expect(a.isClose(to: b, absoluteTolerance: 1e-5)) }
  }

  @Test func `what was returned stays when the cache goes on`() {
    let cache = KeyValueCache(capacity: 3)
    let (one, two) = (Tensor.full([1, 1, 1, 2], 1), Tensor.full([1, 1, 1, 2], 2))
    let first = cache.append(keys: one, values: one)
    cache.truncate(to: [0])
    let second = cache.append(keys: two, values: two)
    #expect(first.keys.array() == [1, 1] && second.values.array() == [2, 2])
    #expect(cache.hasRoom(for: 2) && !cache.hasRoom(for: 3))
    #expect(cache.positions(2).array(of: Int.self) == [1, 2])
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "KeyValueCache: 2 more positions need room for 4, the capacity is 3",
      {
        let cache = KeyValueCache(capacity: 3)
        for _ in 0..<2 {
          _ = cache.append(keys: .zeros([1, 1, 2, 2]), values: .zeros([1, 1, 2, 2]))
        }
      }
    ),
    (
      "KeyValueCache: rows of lengths [0, 0] cannot be cut to [0, 1]",
      { KeyValueCache(batch: 2, capacity: 3).truncate(to: [0, 1]) }
    ),
    (
      "KeyValueCache: needs keys and values [2, K, T, D], the shapes are [1, 1, 2, 2] and [1, 1, 2, 2]",
      {
        _ = KeyValueCache(batch: 2, capacity: 3)
          .append(keys: .zeros([1, 1, 2, 2]), values: .zeros([1, 1, 2, 2]))
      }
    ),
    (
      "MultiHeadAttention: a cache is for causal attention of a sequence to itself, with a row for "
        + "each of 1 sequences; it has 1",
      {
        _ = MultiHeadAttention(4, heads: 2)(
          Tensor.zeros([1, 2, 4]), mask: nil, cache: KeyValueCache(capacity: 3))
      }
    ),
    (
      "GPT: needs a cache for each of 1 blocks, got 2",
      {
        let model = GPT(GPTConfiguration(vocabulary: 3, layers: 1, heads: 1, channels: 2))
        _ = model(
          Tensor([0, 1], shape: [1, 2]), cache: (0..<2).map { _ in KeyValueCache(capacity: 4) })
      }
    ),
    (
      "GPT: 2 tokens behind 3 are more than the context of 4",
      {
        let model = GPT(
          GPTConfiguration(vocabulary: 3, context: 4, layers: 1, heads: 1, channels: 2))
        let cache = model.makeCache()
        for count in [3, 2] {
          _ = model(Tensor.zeros([1, count], dtype: .int64), cache: cache)
        }
      }
    ),
    (
      "positions: must be integers [2] or [2, 3], got int64[3]",
      {
        _ = LearnedPositions(5, 4)(Tensor.zeros([2, 3, 4]), positions: Tensor([0, 1, 2] as [Int]))
      }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in CachedGenerationTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let first = text.split(separator: "\n").first.map(String.init)
    #expect(first == "Fledge: \(Self.mistakes[index].message)")
  }
}
