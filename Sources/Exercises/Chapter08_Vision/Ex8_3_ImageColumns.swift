import FledgeCourse

/// A convolution as a product of matrices: lay the pixels under each window side by side in a column,
/// and every filter is a row that meets every column.
///
///     w        [O, C · h · w]                a filter a row, which is how filters lie in memory
///     columns  [C · h · w, R · S]            a window a column
///     y        [O, R · S] = w × columns      an image, which is how images lie in memory
///
/// It takes h · w times the memory of the image, and is much faster all the same: the product is the one
/// thing that computers have been taught to do well.
enum ImageColumns {
  /// The pixels of image `n` under each window (*im2col*). Row (c · h + i) · w + j and column r · S + s
  /// of the matrix has x[n, c, pixel(r, i), pixel(s, j)], or 0 where that is outside.
  ///
  /// - Parameters:
  ///   - taps: h and w, the rows and columns of a window. `places(x, taps, windows)` below is R and S.
  static func columns<T>(
    of x: Planes<T>, image n: Int, taps: (rows: Int, columns: Int), _ windows: Windowing
  ) -> [T] {
    // solution
    let places = places(x, taps, windows)
    let width = places.rows * places.columns
    var columns = [T](repeating: 0, count: x.channels * taps.rows * taps.columns * width)
    var row = 0
    for c in 0..<x.channels {
      for i in 0..<taps.rows {
        for j in 0..<taps.columns {
          for r in 0..<places.rows {
            let pixelRow = windows.pixel(r, i)
            guard (0..<x.rows).contains(pixelRow) else { continue }
            for s in 0..<places.columns {
              let pixelColumn = windows.pixel(s, j)
              guard (0..<x.columns).contains(pixelColumn) else { continue }
              columns[row * width + r * places.columns + s] = x[n, c, pixelRow, pixelColumn]
            }
          }
          row += 1
        }
      }
    }
    return columns
    // end solution
  }

  /// Puts a matrix of columns back (*col2im*): each element is added to the pixel that the function above
  /// would have taken it from; what was outside is dropped. A pixel under several windows gets a part
  /// from each.
  ///
  /// It is the adjoint of the function above, not its inverse: ⟨columns(x), y⟩ = ⟨x, added(y)⟩ for all x
  /// and y. That is what a gradient needs.
  static func add<T>(
    _ columns: [T], to x: inout Planes<T>, image n: Int, taps: (rows: Int, columns: Int),
    _ windows: Windowing
  ) {
    // solution
    let places = places(x, taps, windows)
    let width = places.rows * places.columns
    var row = 0
    for c in 0..<x.channels {
      for i in 0..<taps.rows {
        for j in 0..<taps.columns {
          for r in 0..<places.rows {
            let pixelRow = windows.pixel(r, i)
            guard (0..<x.rows).contains(pixelRow) else { continue }
            for s in 0..<places.columns {
              let pixelColumn = windows.pixel(s, j)
              guard (0..<x.columns).contains(pixelColumn) else { continue }
              x[n, c, pixelRow, pixelColumn] += columns[row * width + r * places.columns + s]
            }
          }
          row += 1
        }
      }
    }
    // end solution
  }

  /// The same as `Convolution2D.forward`, by one matrix product for each image.
  ///
  /// `sgemm` computes C = A × B + beta · C of row-major matrices; a leading dimension is the length of a
  /// stored row. Give it `w.values`, the columns, and `&product` for an array that is large enough.
  ///
  ///     sgemm(rows: m, columns: n, depth: k, a, leadingDimension: …, b, leadingDimension: …,
  ///           into: &c, leadingDimension: …)
  static func convolution(
    _ x: Planes<Float>, _ w: Planes<Float>, bias: [Float], _ windows: Windowing
  ) -> Planes<Float> {
    // solution
    let taps = (rows: w.rows, columns: w.columns)
    let places = places(x, taps, windows)
    let width = places.rows * places.columns
    var values: [Float] = []
    for n in 0..<x.count {
      let columns = columns(of: x, image: n, taps: taps, windows)
      var product = bias.flatMap { [Float](repeating: $0, count: width) }
      sgemm(
        rows: w.count, columns: width, depth: w.imageSize, w.values, leadingDimension: w.imageSize,
        columns, leadingDimension: width, into: &product, leadingDimension: width, beta: 1)
      values += product
    }
    return Planes(x.count, w.count, places.rows, places.columns, values: values)
    // end solution
  }

  /// How many windows lie on the images, downwards and across.
  static func places<T>(
    _ x: Planes<T>, _ taps: (rows: Int, columns: Int), _ windows: Windowing
  ) -> (rows: Int, columns: Int) {
    (
      windows.places(on: x.rows, taps: taps.rows),
      windows.places(on: x.columns, taps: taps.columns)
    )
  }
}
