import FledgeCore
import FledgeData
import Testing

@Suite struct SamplerTests {
  private struct Places: Dataset {
    let count: Int
    func batch(indices: [Int]) -> [Int] { indices }
  }

  @Test("weights decide how often an example comes, and 0 means never")
  func weighted() {
    let loader = DataLoader(
      Places(count: 3), batchSize: 100, seed: 1,
      sampler: WeightedSampler([1, 0, 3], draws: 8000))
    let drawn = loader.flatMap { $0 }
    #expect(drawn.count == 8000 && !drawn.contains(1))
    #expect(abs(Double(drawn.count { $0 == 2 }) / 8000 - 0.75) < 0.02)
    let again = DataLoader(
      Places(count: 3), batchSize: 100, seed: 1,
      sampler: WeightedSampler([1, 0, 3], draws: 8000))
    #expect(again.flatMap { $0 } == drawn)
    // The loader stands at the second epoch.
    #expect(loader.flatMap { $0 } != drawn)
  }

  @Test("balanced classes come equally often")
  func balanced() {
    let labels = Array(repeating: 0, count: 90) + Array(repeating: 5, count: 10)
    let sampler = WeightedSampler(balancing: labels, draws: 4000)
    let order = sampler.order(of: 100, generator: Generator(seed: 2))
    #expect(abs(Double(order.count { $0 >= 90 }) / 4000 - 0.5) < 0.03)
  }

  @Test("a sampler of one's own; a checkpoint of another sampler is refused")
  func own() throws {
    struct Backwards: Sampler {
      let name = "backwards"
      func order(of count: Int, generator: Generator) -> [Int] { (0..<count).reversed() }
    }
    let loader = DataLoader(Places(count: 5), batchSize: 2, sampler: Backwards())
    #expect(Array(loader) == [[4, 3], [2, 1], [0]])
    let other = DataLoader(Places(count: 5), batchSize: 2)
    #expect(throws: DataLoaderError.self) { try other.restore(loader.state) }
  }

  @Test("a stratified split keeps each class's part, loses none and takes none twice")
  func stratified() {
    let labels = (0..<200).map { $0 % 10 == 0 ? 1 : $0 % 2 * 7 }
    let (first, second) = stratifiedSplit(labels, fraction: 0.3, generator: Generator(seed: 1))
    #expect((first + second).sorted() == Array(0..<200))
    #expect(first == first.sorted() && second == second.sorted())
    for label in [0, 1, 7] {
      let all = labels.count { $0 == label }
      #expect(first.count { labels[$0] == label } == Int((Double(all) * 0.3).rounded()))
    }
    #expect(first != stratifiedSplit(labels, fraction: 0.3, generator: Generator(seed: 2)).first)
    #expect(first == stratifiedSplit(labels, fraction: 0.3, generator: Generator(seed: 1)).first)
  }

  @Test("a subset is a dataset of some of the examples")
  func subset() {
    let subset = Places(count: 10).subset([7, 3, 9])
    #expect(subset.count == 3)
    #expect(Array(DataLoader(subset, batchSize: 2)) == [[7, 3], [9]])
  }

  @Test("what augmentation draws depends on seed, epoch and batch, not on threads")
  func augmented() throws {
    let data = Places(count: 12).augmented { batch, generator in
      batch.map { $0 * 100 + generator.integer(below: 100) }
    }
    func epochs(prefetch: Int, workers: Int, seed: UInt64 = 1) -> [[[Int]]] {
      let loader = DataLoader(
        data, batchSize: 5, seed: seed, prefetch: prefetch, workers: workers)
      return (0..<2).map { _ in Array(loader) }
    }
    let expected = epochs(prefetch: 0, workers: 1)
    #expect(epochs(prefetch: 3, workers: 3) == expected)
    #expect(epochs(prefetch: 0, workers: 1, seed: 2) != expected)
    #expect(
      expected.map { $0.flatMap { $0 }.map { $0 / 100 }.sorted() }
        == [Array(0..<12), Array(0..<12)])
    #expect(Set(expected.map { $0.flatMap { $0 }.sorted() }).count == 2)
    // In the middle of an epoch, a restored loader goes on with the same changes.
    let first = DataLoader(data, batchSize: 5, seed: 1)
    var iterator = first.makeIterator()
    _ = iterator.next()
    let second = DataLoader(data, batchSize: 5, seed: 1)
    try second.restore(first.state)
    #expect(Array(second) == Array(expected[0].dropFirst()))
  }
}

@Suite struct PrefetcherTests {
  private struct Odd: Error, Equatable { let index: Int }

  @Test("items come in order from any number of workers, errors in their places")
  func errors() throws {
    for workers in [1, 2, 5] {
      let prefetcher = Prefetcher(3..<20, ahead: 6, workers: workers) {
        index throws(Odd) -> Int in
        if index == 7 || index == 15 { throw Odd(index: index) }
        return index * index
      }
      for index in 3..<20 {
        if index == 7 || index == 15 {
          #expect(throws: Odd(index: index)) { try prefetcher.next() }
        } else {
          #expect(try prefetcher.next() == index * index)
        }
      }
      #expect(try prefetcher.next() == nil)
    }
  }

  @Test("a prefetcher that is left early ends its threads")
  func leftEarly() throws {
    let prefetcher = Prefetcher(0..<1000, ahead: 4, workers: 3) { $0 }
    #expect(prefetcher.next() == 0)
  }
}
