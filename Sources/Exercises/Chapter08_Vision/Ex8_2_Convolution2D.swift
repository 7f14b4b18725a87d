import FledgeCore
import FledgeCourse

/// Images, or filters, as numbers with four axes: [count, channels, rows, columns], the last running
/// fastest.
struct Planes<T: Numeric & Sendable>: Equatable, Sendable {
  let count: Int
  let channels: Int
  let rows: Int
  let columns: Int
  var values: [T]

  init(_ count: Int, _ channels: Int, _ rows: Int, _ columns: Int, values: [T]) {
    precondition(values.count == count * channels * rows * columns, "\(values.count) values")
    (self.count, self.channels, self.rows, self.columns) = (count, channels, rows, columns)
    self.values = values
  }

  /// Zeros.
  init(zeros count: Int, _ channels: Int, _ rows: Int, _ columns: Int) {
    self.init(
      count, channels, rows, columns,
      values: [T](repeating: 0, count: count * channels * rows * columns))
  }

  /// The number of values of one image: channels · rows · columns.
  var imageSize: Int { channels * rows * columns }

  @inline(__always)
  func place(_ n: Int, _ c: Int, _ i: Int, _ j: Int) -> Int {
    ((n * channels + c) * rows + i) * columns + j
  }

  @inline(__always)
  subscript(n: Int, c: Int, i: Int, j: Int) -> T {
    get { values[place(n, c, i, j)] }
    set { values[place(n, c, i, j)] = newValue }
  }
}

extension Planes<Float> {
  /// The elements of a tensor [N, C, H, W].
  init(_ x: Tensor) {
    self.init(x.shape[0], x.shape[1], x.shape[2], x.shape[3], values: x.array())
  }

  /// A tensor [N, C, H, W].
  var tensor: Tensor { Tensor(values, shape: [count, channels, rows, columns]) }
}

/// How windows lie on an image. The same numbers hold for rows and columns.
///
///     stride      from one window to the next
///     padding     zeros around the image, on each side
///     dilation    from one pixel of a window to the next: 2 leaves one out in between
struct Windowing: Hashable, Codable, Sendable {
  var stride = 1
  var padding = 0
  var dilation = 1

  /// How many windows of `taps` pixels lie along an axis of `size`: 0 where none fits. A window spans
  /// dilation · (taps − 1) + 1 pixels.
  func places(on size: Int, taps: Int) -> Int {
    // solution
    let room = size + 2 * padding - dilation * (taps - 1) - 1
    return room < 0 ? 0 : room / stride + 1
    // end solution
  }

  /// Where pixel number `tap` of window number `place` lies along an axis of the image; below 0 or from
  /// the image's size on, it lies in the padding.
  @inline(__always)
  func pixel(_ place: Int, _ tap: Int) -> Int {
    // solution
    place * stride + tap * dilation - padding
    // end solution
  }
}

/// Convolution of images.
enum Convolution2D {
  /// y[n, o, r, s] = bias[o] + Σ_c Σ_i Σ_j w[o, c, i, j] · x[n, c, pixel(r, i), pixel(s, j)],
  /// in which x is 0 outside; nothing is multiplied there.
  ///
  /// Shapes: x [N, C, H, W], w [O, C, h, w], bias [O] → [N, O, places of rows, places of columns]
  static func forward<T>(
    _ x: Planes<T>, _ w: Planes<T>, bias: [T], _ windows: Windowing = Windowing()
  ) -> Planes<T> {
    // solution
    var y = Planes<T>(
      zeros: x.count, w.count, windows.places(on: x.rows, taps: w.rows),
      windows.places(on: x.columns, taps: w.columns))
    for n in 0..<y.count {
      for o in 0..<y.channels {
        for r in 0..<y.rows {
          for s in 0..<y.columns {
            var sum = bias[o]
            for c in 0..<x.channels {
              for i in 0..<w.rows {
                let row = windows.pixel(r, i)
                guard (0..<x.rows).contains(row) else { continue }
                for j in 0..<w.columns {
                  let column = windows.pixel(s, j)
                  guard (0..<x.columns).contains(column) else { continue }
                  sum += w[o, c, i, j] * x[n, c, row, column]
                }
              }
            }
            y[n, o, r, s] = sum
          }
        }
      }
    }
    return y
    // end solution
  }
}
