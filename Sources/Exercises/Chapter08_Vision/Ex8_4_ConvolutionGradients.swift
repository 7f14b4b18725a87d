import FledgeCore
import FledgeCourse

/// The gradients of a convolution y = w × columns + bias, for given dy:
///
///     d(bias)[o]  = Σ dy over all images and places of o
///     dw          = Σ over the images of dy × columnsᵀ       [O, R · S] × [R · S, C · h · w]
///     d(columns)  = wᵀ × dy                                  [C · h · w, O] × [O, R · S]
///     dx          = d(columns), put back
enum ConvolutionGradients {
  /// The gradient of the biases, [O].
  static func bias(_ dy: Planes<Float>) -> [Float] {
    // solution
    (0..<dy.channels).map { o in
      var sum: Float = 0
      for n in 0..<dy.count {
        for i in 0..<dy.rows {
          for j in 0..<dy.columns { sum += dy[n, o, i, j] }
        }
      }
      return sum
    }
    // end solution
  }

  /// The gradient of the filters, for filters of `taps` rows and columns.
  ///
  /// An image's dy is the slice of `dy.values` from n · dy.imageSize on. With `transposed: true` after an
  /// operand `sgemm` reads its transpose, with the leading dimension as it lies (say it for both or for
  /// the first); beta 1 adds to what is in the result.
  ///
  ///     sgemm(rows: m, columns: n, depth: k, a, leadingDimension: …, transposed: …,
  ///           b, leadingDimension: …, transposed: …, into: &c, leadingDimension: …, beta: …)
  static func weight(
    _ dy: Planes<Float>, _ x: Planes<Float>, taps: (rows: Int, columns: Int), _ windows: Windowing
  ) -> Planes<Float> {
    // solution
    var dw = Planes<Float>(zeros: dy.channels, x.channels, taps.rows, taps.columns)
    let width = dy.rows * dy.columns
    for n in 0..<x.count {
      let columns = ImageColumns.columns(of: x, image: n, taps: taps, windows)
      let gradient = Array(dy.values[n * dy.imageSize..<(n + 1) * dy.imageSize])
      sgemm(
        rows: dy.channels, columns: dw.imageSize, depth: width, gradient, leadingDimension: width,
        transposed: false, columns, leadingDimension: width, transposed: true, into: &dw.values,
        leadingDimension: dw.imageSize, beta: 1)
    }
    return dw
    // end solution
  }

  /// The gradient of x, which has `rows` × `columns` pixels.
  static func input(
    _ dy: Planes<Float>, _ w: Planes<Float>, rows: Int, columns: Int, _ windows: Windowing
  ) -> Planes<Float> {
    // solution
    var dx = Planes<Float>(zeros: dy.count, w.channels, rows, columns)
    let width = dy.rows * dy.columns
    var part = [Float](repeating: 0, count: w.imageSize * width)
    for n in 0..<dy.count {
      let gradient = Array(dy.values[n * dy.imageSize..<(n + 1) * dy.imageSize])
      sgemm(
        rows: w.imageSize, columns: width, depth: w.count, w.values, leadingDimension: w.imageSize,
        transposed: true, gradient, leadingDimension: width, into: &part, leadingDimension: width)
      ImageColumns.add(part, to: &dx, image: n, taps: (w.rows, w.columns), windows)
    }
    return dx
    // end solution
  }
}

// MARK: As an operation of the framework

/// Given to you: your convolution as one of Fledge's operations. With its gradient rule the framework can
/// differentiate through it, and layers can use it. x [N, C, H, W], w [O, C, h, w], bias [O].
struct MyConvolution: Primitive {
  static let name = "course.convolution"
  static let formula = "y = w × columns(x) + bias"
  let windows: Windowing

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (x, w) = (inputs[0].shape, inputs[1].shape)
    return [
      TensorType(
        shape: [
          x[0], w[0], windows.places(on: x[2], taps: w[2]), windows.places(on: x[3], taps: w[3]),
        ], dtype: .float32)
    ]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [
      ImageColumns.convolution(
        Planes(inputs[0]), Planes(inputs[1]), bias: inputs[2].array(), windows
      ).tensor
    ]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let (dy, x, w) = (Planes(g.dy), Planes(g.input(0)), Planes(g.input(1)))
    return [
      ConvolutionGradients.input(dy, w, rows: x.rows, columns: x.columns, windows).tensor,
      ConvolutionGradients.weight(dy, x, taps: (w.rows, w.columns), windows).tensor,
      Tensor(ConvolutionGradients.bias(dy)),
    ]
  }
}
