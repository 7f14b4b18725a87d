import FledgeCore
import FledgeCourse

/// Makes images smaller: each window becomes one number.
struct Pooling: Hashable, Codable, Sendable {
  /// A window is `size` × `size` pixels.
  let size: Int
  /// From one window to the next. Smaller than `size` where windows overlap.
  let stride: Int

  init(_ size: Int, stride: Int? = nil) {
    self.size = size
    self.stride = stride ?? size
  }

  private var windows: Windowing { Windowing(stride: stride) }

  /// Zeros in the shape of pooled images.
  func output<T>(of x: Planes<T>) -> Planes<T> {
    Planes(
      zeros: x.count, x.channels, windows.places(on: x.rows, taps: size),
      windows.places(on: x.columns, taps: size))
  }

  // MARK: The largest

  /// The largest value of each window, and the place in `x.values` at which it stands
  /// (`x.place(n, c, i, j)`). Where several are equally large, the first in reading order.
  func maximum(_ x: Planes<Float>) -> (values: Planes<Float>, places: [Int]) {
    // solution
    var y = output(of: x)
    var places = [Int](repeating: 0, count: y.values.count)
    var element = 0
    for n in 0..<y.count {
      for c in 0..<y.channels {
        for r in 0..<y.rows {
          for s in 0..<y.columns {
            var best = x.place(n, c, r * stride, s * stride)
            for i in 0..<size {
              for j in 0..<size {
                let place = x.place(n, c, r * stride + i, s * stride + j)
                if x.values[place] > x.values[best] { best = place }
              }
            }
            y.values[element] = x.values[best]
            places[element] = best
            element += 1
          }
        }
      }
    }
    return (y, places)
    // end solution
  }

  /// The gradient of x, for images like `x`: the gradient of a window goes to its largest value, and to
  /// none of the others. One value may be the largest of several windows.
  func maximumGradient(
    _ dy: Planes<Float>, places: [Int], like x: Planes<Float>
  ) -> Planes<Float> {
    // solution
    var dx = Planes<Float>(zeros: x.count, x.channels, x.rows, x.columns)
    for (place, gradient) in zip(places, dy.values) { dx.values[place] += gradient }
    return dx
    // end solution
  }

  // MARK: The mean

  /// The mean of each window.
  func average(_ x: Planes<Float>) -> Planes<Float> {
    // solution
    var y = output(of: x)
    for n in 0..<y.count {
      for c in 0..<y.channels {
        for r in 0..<y.rows {
          for s in 0..<y.columns {
            var sum: Float = 0
            for i in 0..<size {
              for j in 0..<size { sum += x[n, c, r * stride + i, s * stride + j] }
            }
            y[n, c, r, s] = sum / Float(size * size)
          }
        }
      }
    }
    return y
    // end solution
  }

  /// The gradient of x: each pixel of a window gets the same part of the window's gradient.
  func averageGradient(_ dy: Planes<Float>, like x: Planes<Float>) -> Planes<Float> {
    // solution
    var dx = Planes<Float>(zeros: x.count, x.channels, x.rows, x.columns)
    for n in 0..<dy.count {
      for c in 0..<dy.channels {
        for r in 0..<dy.rows {
          for s in 0..<dy.columns {
            for i in 0..<size {
              for j in 0..<size {
                dx[n, c, r * stride + i, s * stride + j] += dy[n, c, r, s] / Float(size * size)
              }
            }
          }
        }
      }
    }
    return dx
    // end solution
  }
}

// MARK: As an operation of the framework

/// Given to you: your maximum as one of Fledge's operations.   Shape: [N, C, H, W] → [N, C, R, S]
struct MyMaxPooling: Primitive {
  static let name = "course.maxPooling"
  static let formula = "y = max over each window of x"
  let pooling: Pooling

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[0].shape
    let windows = Windowing(stride: pooling.stride)
    return [
      TensorType(
        shape: [
          x[0], x[1], windows.places(on: x[2], taps: pooling.size),
          windows.places(on: x[3], taps: pooling.size),
        ], dtype: .float32)
    ]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [pooling.maximum(Planes(inputs[0])).values.tensor]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let x = Planes(g.input(0))
    let dy = Planes(g.dy)
    return [pooling.maximumGradient(dy, places: pooling.maximum(x).places, like: x).tensor]
  }
}
