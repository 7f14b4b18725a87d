import Fledge
import FledgeCourse

/// One matrix of a float32 tensor of shape [b…, rows, columns], wherever its elements lie.
struct MatrixView: Sendable {
  let rows: Int
  let columns: Int
  private let buffer: FloatBuffer
  private let start: Int
  private let rowStride: Int
  private let columnStride: Int

  /// The matrix whose element (0, 0) lies at the position `start`.
  init(_ x: Tensor, at start: Int) {
    buffer = FloatBuffer(x)
    self.start = start
    (rows, columns) = (x.shape[-2], x.shape[-1])
    (rowStride, columnStride) = (x.layout.strides[x.rank - 2], x.layout.strides[x.rank - 1])
  }

  /// Copies a tile into `target`, side by side and row by row.
  func pack(rows: Range<Int>, columns: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    var target = target
    for i in rows {
      var place = start + i * rowStride + columns.lowerBound * columnStride
      for _ in columns {
        target.pointee = buffer[place]
        target += 1
        place += columnStride
      }
    }
  }
}

/// Products of matrices, tile by tile.
///
/// A product of two n × n matrices uses each number n times. If it comes from memory each time, the
/// processor waits. So the work is cut into tiles small enough for a cache: a tile of A and a tile
/// of B are copied to one place and then used for tile · tile · tile multiplications.
enum TiledProduct {
  /// Cuts the box of all multiplications, m × n × k, into boxes of at most `tile` along each axis:
  /// `body` gets the range of rows of C, of columns of C, and of the depth (columns of A, rows of
  /// B). At the ends the boxes are smaller. For any tile of C the depth comes in ascending order.
  static func forEachTile(
    rows m: Int, columns n: Int, depth k: Int, tile: Int,
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ depth: Range<Int>) -> Void
  ) {
    // solution
    func ranges(_ size: Int) -> [Range<Int>] {
      stride(from: 0, to: size, by: tile).map { $0..<min($0 + tile, size) }
    }
    for rows in ranges(m) {
      for columns in ranges(n) {
        for depth in ranges(k) { body(rows, columns, depth) }
      }
    }
    // end solution
  }

  /// C += A B for packed tiles: `a` is [rows, depth], `b` is [depth, columns], both row by row.
  /// Row i of the tile of C begins at `c + i * rowStride`, since it lies within a larger matrix.
  ///
  /// With the columns in the innermost loop, all that it touches lies side by side: one element of
  /// A times a row of B, added to a row of C. The depth must ascend, so that a sum is the same
  /// whatever the tiles are.
  static func accumulate(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>, rowStride: Int, rows: Int, columns: Int, depth: Int
  ) {
    // solution
    for i in 0..<rows {
      let target = c + i * rowStride
      for p in 0..<depth {
        let (factor, row) = (a[i * depth + p], b + p * columns)
        for j in 0..<columns { target[j] += factor * row[j] }
      }
    }
    // end solution
  }

  /// C += A B for whole matrices; C is side by side, row by row.
  static func multiply(
    _ a: MatrixView, _ b: MatrixView, into c: UnsafeMutablePointer<Float>, tile: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * tile * tile) { scratch in
      let packedA = scratch.baseAddress!
      let packedB = packedA + tile * tile
      forEachTile(rows: a.rows, columns: b.columns, depth: a.columns, tile: tile) {
        rows, columns, depth in
        a.pack(rows: rows, columns: depth, into: packedA)
        b.pack(rows: depth, columns: columns, into: packedB)
        accumulate(
          packedA, packedB, into: c + rows.lowerBound * b.columns + columns.lowerBound,
          rowStride: b.columns, rows: rows.count, columns: columns.count, depth: depth.count)
      }
    }
  }

  /// The products of a batch of matrices: [b…, M, K] × [b…, K, N] → [b…, M, N].
  ///
  /// Both have the same batch axes, none for a single pair; their strides may be any (a batch axis
  /// that was broadcast has the stride 0). The matrices of the result lie one behind the other, and
  /// ``multiply(_:_:into:tile:)`` adds to what is there: memory of a new tensor holds anything.
  static func product(_ a: Tensor, _ b: Tensor, tile: Int = 128) -> Tensor {
    // solution
    let (layoutA, layoutB) = (batch(StridedLayout(a)), batch(StridedLayout(b)))
    let (m, n) = (a.shape[-2], b.shape[-1])
    return Tensor(shape: Shape(layoutA.shape + [m, n]), writing: Float.self) { c in
      c.update(repeating: 0)
      for (i, (startA, startB)) in zip(layoutA.positions, layoutB.positions).enumerated() {
        multiply(
          MatrixView(a, at: startA), MatrixView(b, at: startB), into: c.baseAddress! + i * m * n,
          tile: tile)
      }
    }
    // end solution
  }

  /// The batch axes alone: its positions are where the matrices begin.
  static func batch(_ layout: StridedLayout) -> StridedLayout {
    StridedLayout(
      shape: layout.shape.dropLast(2), strides: layout.strides.dropLast(2), offset: layout.offset)
  }
}
