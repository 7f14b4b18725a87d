import Fledge
import FledgeCourse

let checks3_4: [Check] = [
  Check("the tiles fill the box, each place once") { c in
    for (m, n, k, tile) in [
      (4, 4, 4, 2), (5, 3, 7, 2), (1, 1, 1, 4), (3, 9, 2, 4), (8, 8, 8, 8), (2, 5, 0, 2),
    ] {
      var visits = [Int](repeating: 0, count: m * n * k)
      var (tiles, outside, largest) = (0, 0, 0)
      TiledProduct.forEachTile(rows: m, columns: n, depth: k, tile: tile) { rows, columns, depth in
        tiles += 1
        largest = max(largest, rows.count, columns.count, depth.count)
        for i in rows {
          for j in columns {
            for p in depth {
              if i < m && j < n && p < k { visits[(i * n + j) * k + p] += 1 } else { outside += 1 }
            }
          }
        }
      }
      let parts = [m, n, k].map { ($0 + tile - 1) / tile }
      c.trying("\(m) × \(n) × \(k) in tiles of \(tile)") {
        c.expect(outside, equals: 0, "places outside of the box")
        c.expect(visits.count { $0 == 0 }, equals: 0, "places that no tile has")
        c.expect(visits.count { $0 > 1 }, equals: 0, "places that several tiles have")
        c.expect(largest <= tile, "no tile is larger than asked for")
        c.expect(
          tiles, equals: parts.reduce(1, *), "tiles: \(parts[0]) · \(parts[1]) · \(parts[2])")
      }
    }
  },
  Check("the depth ascends for each tile of the result") { c in
    var last: [[Int]: Int] = [:]
    var descents = 0
    TiledProduct.forEachTile(rows: 5, columns: 5, depth: 9, tile: 2) { rows, columns, depth in
      let place = [rows.lowerBound, columns.lowerBound]
      if let before = last[place], before > depth.lowerBound { descents += 1 }
      last[place] = depth.lowerBound
    }
    c.expect(descents, equals: 0, "times that a tile of the result got an earlier part of its sum")
    c.expect(last.count, equals: 9, "tiles of the result")
  },
  Check("a tile is added to what is there, and to nothing else") { c in
    let a: [Float] = [1, 2, 3, 4, 5, 6]
    let b: [Float] = [1, 0, 2, 0, 1, 3]
    // Two rows of three depths, times three depths of two columns, within rows of four.
    var c4: [Float] = [100, 100, -7, -7, 100, 100, -7, -7]
    TiledProduct.accumulate(a, b, into: &c4, rowStride: 4, rows: 2, columns: 2, depth: 3)
    c.expect(
      c4.map(Double.init), near: [108, 109, -7, -7, 120, 118, -7, -7],
      "100 + A B in the left half, −7 in the right")
  },
  Check("the sums begin at zero, whatever the memory held") { c in
    for _ in 0..<3 {
      // Buffers are reused: a product that does not clear its memory finds these there.
      do { _ = (0..<8).map { _ in Tensor.full([5, 6], 1000) } }
      let (a, b) = (mixedNumbers([5, 3]), mixedNumbers([3, 6]))
      c.expect(TiledProduct.product(a, b, tile: 4), near: a.matmul(b), "[5, 3] × [3, 6]")
    }
  },
  Check("ragged sizes") { c in
    for (m, k, n) in [(1, 1, 1), (4, 4, 4), (3, 5, 7), (5, 4, 9), (8, 1, 8), (1, 9, 1), (9, 8, 4)] {
      let (a, b) = (mixedNumbers([m, k]), mixedNumbers([k, n]))
      c.trying("[\(m), \(k)] × [\(k), \(n)] in tiles of 4") {
        c.expect(TiledProduct.product(a, b, tile: 4), near: a.matmul(b), "A B")
      }
    }
    c.trying("[2, 0] × [0, 3]") {
      c.expect(
        TiledProduct.product(.zeros([2, 0]), .zeros([0, 3]), tile: 4), near: .zeros([2, 3]),
        "sums of nothing")
    }
  },
  Check("matrices with any strides") { c in
    let x = mixedNumbers([6, 5])
    let y = mixedNumbers([7, 6])
    let cases: [(String, Tensor, Tensor)] = [
      ("Aᵀ B", x.transposed(), mixedNumbers([6, 3])),
      ("A Bᵀ", x, mixedNumbers([4, 5]).transposed()),
      ("Aᵀ Bᵀ", x.transposed(), y.transposed()),
      ("a part of A", x[2..<6, 1..<4], mixedNumbers([3, 2])),
      ("A backward", x.flipped(axis: 1), mixedNumbers([5, 2])),
      ("a row seen four times", x[0..<1].broadcast(to: [4, 5]), mixedNumbers([5, 2])),
    ]
    for (name, a, b) in cases {
      c.trying("\(name): strides \(Array(a.layout.strides)) and \(Array(b.layout.strides))") {
        c.expect(TiledProduct.product(a, b, tile: 4), near: a.matmul(b), "the product")
      }
    }
  },
  Check("batches, each matrix with its partner") { c in
    let cases: [(String, Tensor, Tensor)] = [
      ("one axis", mixedNumbers([3, 2, 4]), mixedNumbers([3, 4, 5])),
      ("two axes", mixedNumbers([2, 3, 4, 2]), mixedNumbers([2, 3, 2, 3])),
      (
        "the same B for all", mixedNumbers([3, 2, 4]),
        mixedNumbers([4, 5]).broadcast(to: [3, 4, 5])
      ),
      (
        "the batch axis moved", mixedNumbers([2, 3, 4]).permuted([1, 0, 2]),
        mixedNumbers([3, 4, 5])
      ),
      ("the second half of a batch", mixedNumbers([4, 2, 4])[2..<4], mixedNumbers([2, 4, 3])),
      ("with the second half of one", mixedNumbers([2, 2, 4]), mixedNumbers([4, 4, 3])[2..<4]),
    ]
    for (name, a, b) in cases {
      c.trying("\(name): \(a.shape) × \(b.shape), strides \(Array(a.layout.strides))") {
        c.expect(TiledProduct.product(a, b, tile: 3), near: a.matmul(b), "the products")
      }
    }
  },
  Check("tiles of any size give the same bits") { c in
    let (a, b) = (mixedNumbers([13, 21]) * 1.1, mixedNumbers([21, 17]) * 0.7)
    let whole = TiledProduct.product(a, b, tile: 32)
    for tile in [1, 4, 5, 16] {
      c.trying("tiles of \(tile)") {
        c.expect(
          TiledProduct.product(a, b, tile: tile).isIdentical(to: whole), "bits as of a single tile")
      }
    }
  },
  Check("a network's gradients are the reference's") { c in
    let x = mixedNumbers([5, 3])
    let weights = [mixedNumbers([4, 3]), mixedNumbers([2, 4])]
    func run() -> [(String, Tensor)] {
      let leaves = weights.map { $0.requiringGradients() }
      let hidden = tanh(linear(x, weight: leaves[0]))
      let y = linear(hidden, weight: leaves[1])
      let gradients = gradients(of: y.square().sum(), withRespectTo: leaves)
      return [
        ("hidden", hidden), ("y", y), ("gradient 0", gradients[0]), ("gradient 1", gradients[1]),
      ]
    }
    let expected = withBackend(.reference) { run() }
    for ((name, mine), (_, reference)) in zip(withBackend(ProductBackend()) { run() }, expected) {
      c.step(name, mine)
      c.expect(mine, near: reference, name)
    }
  },
]

/// The reference with the learner's products.
private struct ProductBackend: Backend {
  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { TiledProduct.product(a, b, tile: 4) }
}
