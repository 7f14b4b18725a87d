import FledgeCore
import Foundation

/// Finds the vectors nearest to another one without comparing it with all (Malkov & Yashunin 2018).
///
/// Every vector is linked with near ones, in layers of which each has 1 / M of the vectors of the one below: a
/// search descends from a few far links to many near ones. Nearness is the scalar product, of vectors of length
/// 1 the cosine. The same vectors in the same order give the same graph.
public struct HNSWIndex: Sendable {
  /// A vector that was found.
  public struct Match: Sendable, Equatable {
    /// Its number, from 0 in the order of ``add(_:)``.
    public var number: Int
    /// The scalar product with what was looked for.
    public var similarity: Float
  }

  /// Elements of a vector.
  public let dimensions: Int
  /// M: links of a vector in each layer above the lowest, which has twice as many.
  public let connections: Int
  /// How many near vectors are looked at for the links of a new one.
  public let effort: Int
  /// All vectors, one after the other.
  public private(set) var vectors: [Float] = []
  /// For each vector, its links in the layers from the lowest up to its own highest.
  private var links: [[[Int32]]] = []
  private var entry = 0

  /// An empty index. Traps on sizes that are not positive.
  public init(dimensions: Int, connections: Int = 16, effort: Int = 100) {
    require(
      dimensions > 0 && connections > 1 && effort > 0, "HNSWIndex",
      "needs positive sizes and 2 connections or more, got \(dimensions), \(connections), \(effort)"
    )
    self.dimensions = dimensions
    self.connections = connections
    self.effort = effort
  }

  /// How many vectors there are.
  public var count: Int { links.count }

  /// Adds a vector.
  public mutating func add(_ vector: [Float]) {
    require(
      vector.count == dimensions, "HNSWIndex",
      "vectors have \(dimensions) elements, got \(vector.count)")
    let new = count
    // −ln u / ln M: each layer has 1 / M of the one below.
    let u = Generator(seed: 0).split(UInt64(new)).uniform()
    let level = min(16, Int(-log(1 - u) / log(Double(connections))))
    vectors += vector
    links.append(Array(repeating: [], count: level + 1))
    if new == 0 { return }
    let top = links[entry].count - 1
    var near = [Match(number: entry, similarity: similarity(entry, vector))]
    for layer in stride(from: top, through: 0, by: -1) {
      near = search(vector, from: near, layer: layer, effort: layer > level ? 1 : effort)
      if layer > level { continue }
      for match in diverse(near, connections) { link(new, match.number, layer) }
    }
    if level > top { entry = new }
  }

  /// The `count` nearest vectors, the nearest first.
  /// - Parameter effort: How many near vectors are looked at, at least `count`: more find more of the nearest.
  public func nearest(to vector: [Float], count: Int, effort: Int = 100) -> [Match] {
    require(
      vector.count == dimensions, "HNSWIndex",
      "vectors have \(dimensions) elements, got \(vector.count)")
    if self.count == 0 || count < 1 { return [] }
    var near = [Match(number: entry, similarity: similarity(entry, vector))]
    for layer in stride(from: links[entry].count - 1, through: 0, by: -1) {
      near = search(vector, from: near, layer: layer, effort: layer > 0 ? 1 : max(effort, count))
    }
    return Array(near.prefix(count))
  }

  /// The `count` nearest vectors by comparing all.
  public func exactNearest(to vector: [Float], count: Int) -> [Match] {
    let all = (0..<self.count).map { Match(number: $0, similarity: similarity($0, vector)) }
    return Array(all.sorted(by: Self.isNearer).prefix(max(0, count)))
  }

  // MARK: The graph

  private static func isNearer(_ a: Match, _ b: Match) -> Bool {
    (a.similarity, b.number) > (b.similarity, a.number)
  }

  /// The nearest vectors that links of a layer lead to, the nearest first.
  private func search(
    _ vector: [Float], from start: [Match], layer: Int, effort: Int
  ) -> [Match] {
    var found = Array(start.sorted(by: Self.isNearer).prefix(effort))
    var seen = Set(start.map(\.number))
    var open = MinHeap<Farness>()
    for match in start { open.insert(Farness(match)) }
    while let next = open.popMin()?.match {
      if found.count == effort, next.similarity < found[effort - 1].similarity { break }
      for number in links[next.number][layer] where seen.insert(Int(number)).inserted {
        let match = Match(number: Int(number), similarity: similarity(Int(number), vector))
        if found.count == effort {
          if !Self.isNearer(match, found[effort - 1]) { continue }
          found.removeLast()
        }
        open.insert(Farness(match))
        found.insert(match, at: place(of: match, in: found))
      }
    }
    return found
  }

  private func place(of match: Match, in sorted: [Match]) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if Self.isNearer(sorted[middle], match) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Up to `most` of them, the nearest first, leaving out those that are nearer to one that stays than to the
  /// vector itself: links into all directions. What is left out fills up.
  private func diverse(_ sorted: [Match], _ most: Int) -> [Match] {
    var (kept, others): ([Match], [Match]) = ([], [])
    for match in sorted where kept.count < most {
      let isNear = kept.contains { similarity($0.number, match.number) > match.similarity }
      if isNear { others.append(match) } else { kept.append(match) }
    }
    return kept + others.prefix(most - kept.count)
  }

  /// Links two vectors both ways; one with too many links keeps the best.
  private mutating func link(_ a: Int, _ b: Int, _ layer: Int) {
    let most = layer == 0 ? 2 * connections : connections
    for (from, to) in [(a, b), (b, a)] {
      links[from][layer].append(Int32(to))
      guard links[from][layer].count > most else { continue }
      let all = links[from][layer].map {
        Match(number: Int($0), similarity: similarity(from, Int($0)))
      }
      links[from][layer] = diverse(all.sorted(by: Self.isNearer), most).map { Int32($0.number) }
    }
  }

  private func similarity(_ a: Int, _ b: Int) -> Float {
    vectors.withUnsafeBufferPointer {
      Self.product($0.baseAddress! + a * dimensions, $0.baseAddress! + b * dimensions, dimensions)
    }
  }

  private func similarity(_ number: Int, _ vector: [Float]) -> Float {
    vectors.withUnsafeBufferPointer { all in
      vector.withUnsafeBufferPointer {
        Self.product(all.baseAddress! + number * dimensions, $0.baseAddress!, dimensions)
      }
    }
  }

  private static func product(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    let (a, b) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    var sums = SIMD16<Float>.zero
    var i = 0
    while i + 16 <= count {
      sums +=
        a.loadUnaligned(fromByteOffset: 4 * i, as: SIMD16<Float>.self)
        * b.loadUnaligned(fromByteOffset: 4 * i, as: SIMD16<Float>.self)
      i += 16
    }
    var sum = sums.sum()
    while i < count {
      sum +=
        a.load(fromByteOffset: 4 * i, as: Float.self)
        * b.load(fromByteOffset: 4 * i, as: Float.self)
      i += 1
    }
    return sum
  }

  /// Matches in an order in which the nearest is the least.
  private struct Farness: Comparable {
    var match: Match

    init(_ match: Match) { self.match = match }

    static func < (a: Farness, b: Farness) -> Bool { isNearer(a.match, b.match) }
  }

  // MARK: As numbers

  /// The links as one list: for each vector its number of layers, and for each of these the number of links
  /// and the links.
  var graph: [Int32] {
    links.flatMap { layers in
      [Int32(layers.count)] + layers.flatMap { [Int32($0.count)] + $0 }
    }
  }

  /// An index of vectors with their links; nil where these cannot be.
  init?(vectors: [Float], graph: [Int32], dimensions: Int, connections: Int = 16, effort: Int = 100)
  {
    self.init(dimensions: dimensions, connections: connections, effort: effort)
    guard vectors.count % dimensions == 0, vectors.allSatisfy(\.isFinite) else { return nil }
    let count = vectors.count / dimensions
    var rest = graph[...]
    while links.count < count {
      guard let layers = rest.popFirst(), layers > 0, layers <= 17 else { return nil }
      var own: [[Int32]] = []
      for _ in 0..<layers {
        guard let length = rest.popFirst(), length >= 0, length <= rest.count else { return nil }
        own.append(Array(rest.prefix(Int(length))))
        rest = rest.dropFirst(Int(length))
      }
      if !links.isEmpty, own.count > links[entry].count { entry = links.count }
      links.append(own)
    }
    guard rest.isEmpty else { return nil }
    for layers in links {
      for (layer, own) in layers.enumerated() {
        let fits = own.allSatisfy {
          links.indices.contains(Int($0)) && links[Int($0)].count > layer
        }
        if !fits { return nil }
      }
    }
    self.vectors = vectors
  }
}
