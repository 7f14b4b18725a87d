import FledgeCourse

// A convolution slides a few weights along its input and multiplies what lies under them. Here along
// one axis: over time, or over the letters of a text.
//
//     x     [channels][places]             what it reads
//     w     [outputs][channels][taps]      one filter for each output; a filter has taps for all channels
//     y     [outputs][places of y]
//
// The functions take any type of number, `T: Numeric`: it has +, *, += and a zero, and nothing more.
// `[T](repeating: 0, count: n)` is n zeros.

/// Convolution along one axis, and its two gradients.
enum Convolution1D {
  /// The number of places of y: how many positions a filter of `taps` has on `count` places with
  /// `padding` zeros on each side. 0 where it does not fit anywhere.
  static func places(in count: Int, taps: Int, padding: Int) -> Int {
    // solution
    max(count + 2 * padding - taps + 1, 0)
    // end solution
  }

  /// y[o][t] = Σ_c Σ_k w[o][c][k] · x[c][t + k − padding], in which x is 0 outside.
  ///
  ///     x = [1, 10, 100], w = [2, 3], no padding     y = [32, 320]
  ///
  /// Nothing is multiplied with a zero that stands outside of x: such a place is left out.
  ///
  /// (Mathematicians run k the other way and call this a correlation. With learned weights it makes no
  /// difference, and everybody calls it convolution.)
  static func forward<T: Numeric>(_ x: [[T]], _ w: [[[T]]], padding: Int = 0) -> [[T]] {
    // solution
    let places = places(in: x[0].count, taps: w[0][0].count, padding: padding)
    var y = [[T]](repeating: [T](repeating: 0, count: places), count: w.count)
    for o in w.indices {
      for t in 0..<places {
        for c in x.indices {
          for k in w[o][c].indices where x[c].indices.contains(t + k - padding) {
            y[o][t] += w[o][c][k] * x[c][t + k - padding]
          }
        }
      }
    }
    return y
    // end solution
  }

  /// The gradient of x, which has `count` places: each product w · x above went into one y, so its x gets
  /// w times the gradient of that y.
  static func inputGradient<T: Numeric>(
    _ dy: [[T]], _ w: [[[T]]], count: Int, padding: Int = 0
  ) -> [[T]] {
    // solution
    var dx = [[T]](repeating: [T](repeating: 0, count: count), count: w[0].count)
    for o in w.indices {
      for t in dy[o].indices {
        for c in dx.indices {
          for k in w[o][c].indices where dx[c].indices.contains(t + k - padding) {
            dx[c][t + k - padding] += w[o][c][k] * dy[o][t]
          }
        }
      }
    }
    return dx
    // end solution
  }

  /// The gradient of w, with filters of `taps`: the same products, and the other factor. A weight is at
  /// work at every place, and gets a part from each.
  static func weightGradient<T: Numeric>(
    _ dy: [[T]], _ x: [[T]], taps: Int, padding: Int = 0
  ) -> [[[T]]] {
    // solution
    let filter = [[T]](repeating: [T](repeating: 0, count: taps), count: x.count)
    var dw = [[[T]]](repeating: filter, count: dy.count)
    for o in dy.indices {
      for t in dy[o].indices {
        for c in x.indices {
          for k in 0..<taps where x[c].indices.contains(t + k - padding) {
            dw[o][c][k] += dy[o][t] * x[c][t + k - padding]
          }
        }
      }
    }
    return dw
    // end solution
  }
}
