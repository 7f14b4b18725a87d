import FledgeCore
import Foundation
import Testing

@Suite struct GeneratorTests {
  @Test("the words of a generator are the lanes of successive Philox blocks")
  func wordsFollowBlocks() {
    let generator = Generator(seed: 0)
    let words = (0..<12).map { _ in generator.nextUInt32() }
    let expected = (0..<3).flatMap { index in
      let block = Philox.block(UInt64(index), key: 0)
      return [block.x, block.y, block.z, block.w]
    }
    #expect(words == expected)
    #expect(words.prefix(4) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
  }

  @Test("draws of seed 42 stay what they were when checkpoints were first written")
  func pinnedDraws() {
    let generator = Generator(seed: 42)
    // Computed by an independent implementation of Philox, Lemire's method and Fisher–Yates.
    #expect(generator.permutation(8) == [0, 5, 7, 4, 6, 1, 2, 3])
    #expect(generator.integer(below: 1000) == 379)
    #expect(generator.uniform() == 0.839045447606225)
    #expect(generator.split(3).state.key == 0xae3a_5abf_1e8d_c7c5)
    #expect(generator.split().state.key == 0x852e_5866_65fe_70a6)
  }

  @Test("a saved state goes on with the same draws, from any lane, through JSON")
  func stateRoundTrip() throws {
    for drawn in 0..<9 {
      let generator = Generator(seed: 5)
      for _ in 0..<drawn { _ = generator.nextUInt32() }
      _ = generator.split()
      let saved = try JSONEncoder().encode(generator.state)
      let restored = Generator(seed: 0)
      _ = restored.nextUInt32()
      restored.state = try JSONDecoder().decode(GeneratorState.self, from: saved)
      #expect(restored.state == generator.state)
      #expect(draws(restored) == draws(generator))
      #expect(restored.split().nextUInt64() == generator.split().nextUInt64())
    }
  }

  @Test("a state with a lane outside its block is refused")
  func corruptState() {
    let json = Data(#"{"key": 1, "block": 2, "lane": 4, "children": 0}"#.utf8)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(GeneratorState.self, from: json)
    }
  }

  @Test("children differ from the parent and from each other; numbered ones do not move")
  func splitting() {
    let parent = Generator(seed: 1)
    let numbered = draws(parent.split(0))
    _ = draws(parent)
    #expect(draws(parent.split(0)) == numbered)
    let streams =
      [draws(parent), draws(parent.split()), draws(parent.split())]
      + (0..<5).map { draws(parent.split($0)) } + [draws(parent.split(0).split(0))]
    #expect(Set(streams).count == streams.count)
  }

  @Test("a reservation is a range of whole blocks that no other draw touches")
  func reservation() {
    let generator = Generator(seed: 3)
    #expect(generator.reserve(blocks: 10) == (3, 0))
    _ = generator.nextUInt32()
    #expect(generator.reserve(blocks: 2) == (3, 11))
    #expect(generator.reserve(blocks: 0) == (3, 13))
    #expect(generator.nextUInt32() == Philox.block(13, key: 3).x)
  }

  @Test("reservations from many threads never overlap")
  func concurrentReservations() async {
    let generator = Generator(seed: 8)
    let starts = await withTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<200).map { _ in generator.reserve(blocks: 3).startBlock } }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(starts.sorted() == (0..<1600).map { UInt64($0) * 3 })
  }

  @Test("integers are uniform, also below bounds that do not divide 2⁶⁴")
  func integers() {
    let generator = Generator(seed: 21)
    for bound in [1, 2, 3, 7, 10] {
      var counts = [Int](repeating: 0, count: bound)
      for _ in 0..<6000 { counts[generator.integer(below: bound)] += 1 }
      expectUniform(counts)
    }
    // 8 words for every 3 answers: without rejection every third answer gets 2, the others 3.
    var counts = [0, 0, 0]
    for _ in 0..<6000 { counts[generator.integer(below: 3 << 61) % 3] += 1 }
    expectUniform(counts)
  }

  @Test("every order of four things is as likely as any other")
  func permutations() {
    let generator = Generator(seed: 2)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<4800 { counts[generator.permutation(4), default: 0] += 1 }
    #expect(counts.count == 24)
    expectUniform(Array(counts.values))
    #expect(generator.permutation(0) == [])
    #expect(generator.permutation(100).sorted() == Array(0..<100))
  }

  @Test("weighted indices follow their weights and leave out those of weight zero")
  func weightedIndices() {
    let generator = Generator(seed: 4)
    let indices = generator.multinomial([0, 1, 0, 3, 0], count: 4000)
    #expect(Set(indices) == [1, 3])
    expectMean(indices.map { $0 == 3 ? 1 : 0 }, near: 0.75, variance: 0.75 * 0.25)
    #expect(generator.weightedIndex([0, 0, 1e-300]) == 2)
  }

  @Test("a tensor of weighted draws has the numbers of the generator, wherever that stands")
  func multinomialTensor() {
    let weights = [[1.0, 0, 3], [0.5, 0.5, 0.25]]
    let tensor = Tensor(weights.flatMap { $0 }, shape: [2, 3])
    for skipped in 0..<5 {
      let (plain, drawing) = (Generator(seed: 9), Generator(seed: 9))
      for generator in [plain, drawing] {
        for _ in 0..<skipped { _ = generator.nextUInt32() }
      }
      let expected = weights.map { plain.multinomial($0, count: 5) }
      let drawn = Tensor.multinomial(tensor, count: 5, using: drawing)
      #expect(drawn.array(of: Int.self) == expected.flatMap { $0 })
      #expect(drawing.state == plain.state)
      let row = Tensor.multinomial(tensor[1], count: 3, using: drawing)
      #expect(row.array(of: Int.self) == plain.multinomial(weights[1], count: 3))
    }
  }

  @Test("scalar draws have the moments and ranges of their distributions")
  func scalarMoments() {
    let generator = Generator(seed: 6)
    let uniforms = (0..<10_000).map { _ in generator.uniform(in: -2..<4) }
    #expect(uniforms.allSatisfy { (-2..<4).contains($0) })
    expectMean(uniforms, near: 1, variance: 3)
    let normals = (0..<10_000).map { _ in generator.normal(mean: 3, standardDeviation: 2) }
    expectMean(normals, near: 3, variance: 4)
    expectMean(normals.map { ($0 - 3) * ($0 - 3) }, near: 4, variance: 32)
    let heads = (0..<10_000).map { _ in generator.bernoulli(0.2) ? 1.0 : 0 }
    expectMean(heads, near: 0.2, variance: 0.16)
    #expect(!generator.bernoulli(0))
    #expect(generator.bernoulli(1))
  }

  @Test("Swift's own algorithms take it as their generator")
  func randomNumberGenerator() {
    var (first, second) = (Generator(seed: 12), Generator(seed: 12))
    #expect((0..<50).shuffled(using: &first) == (0..<50).shuffled(using: &second))
    #expect(Int.random(in: 0..<10, using: &first) == Int.random(in: 0..<10, using: &second))
  }
}

private func draws(_ generator: Generator) -> [UInt64] {
  (0..<5).map { _ in generator.nextUInt64() }
}

/// Expects counts of equally likely outcomes: χ² within five standard deviations of its mean.
private func expectUniform(_ counts: [Int], sourceLocation: SourceLocation = #_sourceLocation) {
  let expected = Double(counts.reduce(0, +)) / Double(counts.count)
  let chiSquare = counts.reduce(0.0) { sum, count in
    sum + (Double(count) - expected) * (Double(count) - expected) / expected
  }
  let degrees = Double(counts.count - 1)
  #expect(
    chiSquare <= degrees + 5 * (2 * max(degrees, 1)).squareRoot(),
    "χ² is \(chiSquare) for counts \(counts)", sourceLocation: sourceLocation)
}
