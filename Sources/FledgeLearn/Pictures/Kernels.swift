import Fledge
import Foundation

extension CoursePicture {
  static let kernels = [
    CoursePicture("summation-error", summationError), CoursePicture("tiles", tiles),
  ]

  /// Mean relative errors over a few draws of numbers in 0…1, against a sum in double precision.
  private static func summationError() -> Drawing {
    func pairwise(_ x: ArraySlice<Float>) -> Float {
      if x.count == 1 { return x[x.startIndex] }
      let middle = (x.startIndex + x.endIndex) / 2
      return pairwise(x[x.startIndex..<middle]) + pairwise(x[middle...])
    }
    let (draws, sizes) = (6, (3...17).map { 1 << $0 })
    var errors: (naive: [Double], pairwise: [Double]) = ([], [])
    for size in sizes {
      var sums = (naive: 0.0, pairwise: 0.0)
      for draw in 0..<draws {
        let generator = Generator(seed: UInt64(size + draw))
        let x = Tensor.uniform([size], in: 0...1, using: generator).array()
        let exact = x.reduce(0.0) { $0 + Double($1) }
        sums.naive += abs(Double(x.reduce(0, +)) - exact) / exact
        sums.pairwise += abs(Double(pairwise(x[...])) - exact) / exact
      }
      errors.naive.append(sums.naive / Double(draws))
      errors.pairwise.append(sums.pairwise / Double(draws))
    }
    var chart = LineChart(
      title: "the error of a float32 sum of n numbers", xLabel: "n", yLabel: "relative error",
      isLogarithmic: true, isXLogarithmic: true)
    let n = sizes.map(Double.init)
    chart.add("one after the other", x: n, y: errors.naive, style: .marked)
    chart.add("pairwise", x: n, y: errors.pairwise, style: .marked)
    chart.referenceLines = [.init(Double(Float.ulpOfOne) / 2, label: "half a rounding step")]
    return chart.drawing()
  }

  /// A tile at the edge of the product of two 5 × 5 matrices, in tiles of 2 × 2.
  private static func tiles() -> Drawing {
    let (n, tile) = (5, 2)
    let (row, column) = (1, 2)
    // Which step of the innermost loop over tiles reads an element.
    let a = CellDiagram.Table(
      "A [5, 5]", rows: n, columns: n, note: "a row of tiles is read"
    ) { i, k in i / tile == row ? k / tile : nil }
    let b = CellDiagram.Table(
      "B [5, 5]", rows: n, columns: n, note: "a column of tiles is read"
    ) { k, j in j / tile == column ? k / tile : nil }
    let c = CellDiagram.Table(
      "C = A B [5, 5]", rows: n, columns: n, note: "one tile is written"
    ) { i, j in i / tile == row && j / tile == column ? 3 : nil }
    let ranges = stride(from: 0, to: n, by: tile).map { min(tile, n - $0) }
    let reads = ranges.reduce(0) { sum, rows in
      sum + ranges.reduce(0) { $0 + n * (rows + $1) }
    }
    let boxes = ranges.count * ranges.count * ranges.count
    return CellDiagram(
      title: "a tile of a product is a sum over pairs of tiles", cell: (30, 30),
      rows: [
        [.table(a), .sign("×"), .table(b), .sign("→"), .table(c)],
        [
          .table(
            CellDiagram.Table(
              "\(boxes) pairs of tiles in all: \(reads) elements are read, "
                + "\(2 * n * n * n) without tiles", texts: []))
        ],
      ]
    ).drawing()
  }
}
