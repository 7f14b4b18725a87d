import FledgeCore
import FledgeCourse
import Foundation

/// Your own operations on tensors. Each is a `Primitive`: a shape rule, a forward rule, and (from the
/// next exercise on) a gradient rule. Fledge's `apply` runs it like any of its own: it asks the shape
/// rule, calls the forward rule, and puts the output into the autograd graph.
enum My {}

// MARK: Element by element

extension My {
  /// y = f(x), element by element. An operation of this kind gives its `kernel`, f itself; the
  /// backend goes over the elements, whatever their strides are.   Shape: [*] → [*]
  protocol Unary: Primitive {
    static var kernel: UnaryKernel { get }
  }

  /// y = f(a, b), element by element, for two equal shapes.   Shape: [*], [*] → [*]
  protocol Binary: Primitive {
    static var kernel: BinaryKernel { get }
  }

  // The pattern: this is all that `Multiply` and `Negate` are.

  struct Multiply: Binary {
    static let name = "my.multiply"
    static let formula = "y = a b"
    static let kernel = BinaryKernel(name) { a, b in a * b }
  }

  struct Negate: Unary {
    static let name = "my.negate"
    static let formula = "y = −x"
    static let kernel = UnaryKernel(name) { x in -x }
  }

  /// y = 1 where x > 0, else 0. Flat everywhere: no gradient passes.
  struct Step: Unary {
    static let name = "my.step"
    static let formula = "y = 1 where x > 0, else 0"
    static let kernel = UnaryKernel(name) { x in x > 0 ? 1 : 0 }
    var saves: SavedValues { .nothing }
    func gradients(_ g: GradientContext) -> Gradients { [nil] }
  }

  struct Add: Binary {
    static let name = "my.add"
    static let formula = "y = a + b"
    static let kernel = BinaryKernel(name) { a, b in
      // solution
      a + b
      // end solution
    }
  }

  /// As floating-point numbers divide: 1 / 0 is ∞ and 0 / 0 is NaN. Nothing is guarded.
  struct Divide: Binary {
    static let name = "my.divide"
    static let formula = "y = a / b"
    static let kernel = BinaryKernel(name) { a, b in
      // solution
      a / b
      // end solution
    }
  }

  struct Exp: Unary {
    static let name = "my.exp"
    static let formula = "y = eˣ"
    static let kernel = UnaryKernel(name) { x in
      // solution
      Foundation.exp(x)
      // end solution
    }
  }

  /// The natural logarithm; ln 0 is −∞. Nothing is cut off.
  struct Log: Unary {
    static let name = "my.log"
    static let formula = "y = ln x"
    static let kernel = UnaryKernel(name) { x in
      // solution
      Foundation.log(x)
      // end solution
    }
  }

  /// The larger of x and 0. NaN stays NaN: an operation that swallows it hides where it came from.
  struct ReLU: Unary {
    static let name = "my.relu"
    static let formula = "y = max(x, 0)"
    static let kernel = UnaryKernel(name) { x in
      // solution
      x < 0 ? 0 : x
      // end solution
    }
  }
}

extension My.Unary {
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.map(Self.kernel, inputs[0])]
  }
}

extension My.Binary {
  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    if inputs[0] != inputs[1] {
      fledgeTrap(Self.name, "needs two tensors of one kind, got \(inputs[0]) and \(inputs[1])")
    }
    return [inputs[0]]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.zip(Self.kernel, inputs[0], inputs[1])]
  }
}

// MARK: Shapes, sums, products

// Forward rules may use Fledge's own operations: nothing in them is recorded. `sum(axes:keepDims:)`,
// `permuted`, `broadcast(to:)`, `reshaped` are all there. A shape rule says the dtype as well: the output
// has that of the inputs.
extension My {
  /// The same elements in another shape.   Shape: [*] → shape
  struct Reshape: Primitive {
    static let name = "my.reshape"
    static let formula = "y = x in another shape"
    let shape: Shape

    func outputTypes(of inputs: TensorTypes) -> TensorTypes {
      if inputs[0].shape.count != shape.count {
        fledgeTrap(Self.name, "\(inputs[0].shape) has other elements than \(shape)")
      }
      return [TensorType(shape: shape, dtype: inputs[0].dtype)]
    }

    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      [inputs[0].reshaped(shape)]
    }
  }

  /// Two axes change places: a view, nothing is copied.   Shape: [a, b, c], axes 0 and 2 → [c, b, a]
  struct SwapAxes: Primitive {
    static let name = "my.swapAxes"
    static let formula = "y = x with two axes exchanged"
    /// Both counted from the front.
    let first: Int
    let second: Int

    func outputTypes(of inputs: TensorTypes) -> TensorTypes {
      // solution
      var shape = inputs[0].shape
      (shape[first], shape[second]) = (shape[second], shape[first])
      return [TensorType(shape: shape, dtype: inputs[0].dtype)]
      // end solution
    }

    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      // solution
      var order = Array(0..<inputs[0].rank)
      order.swapAt(first, second)
      return [inputs[0].permuted(order)]
      // end solution
    }
  }

  /// The sum over some axes.   Shape: [a, n, b], axis 1 → [a, b], or [a, 1, b] if `keepsAxes`
  struct Sum: Primitive {
    static let name = "my.sum"
    static let formula = "y = Σ x over axes"
    /// Ascending, counted from the front.
    let axes: [Int]
    var keepsAxes = false

    func outputTypes(of inputs: TensorTypes) -> TensorTypes {
      // solution
      let sizes = inputs[0].shape.enumerated().compactMap { axis, size in
        axes.contains(axis) ? (keepsAxes ? 1 : nil) : size
      }
      return [TensorType(shape: Shape(sizes), dtype: inputs[0].dtype)]
      // end solution
    }

    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      // solution
      [inputs[0].sum(axes: axes, keepDims: keepsAxes)]
      // end solution
    }
  }

  /// x repeated along new axes in front and along axes of size 1: a view, nothing is copied.
  /// Shape: [3, 1] → [2, 3, 4]
  struct BroadcastTo: Primitive {
    static let name = "my.broadcast"
    static let formula = "y = x repeated along new and size-1 axes"
    let shape: Shape

    func outputTypes(of inputs: TensorTypes) -> TensorTypes {
      if Shape.broadcast(inputs[0].shape, shape) != shape {
        fledgeTrap(Self.name, "\(inputs[0].shape) does not broadcast to \(shape)")
      }
      return [TensorType(shape: shape, dtype: inputs[0].dtype)]
    }

    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      // solution
      [inputs[0].broadcast(to: shape)]
      // end solution
    }
  }

  /// Products of matrices; the axes before the last two are a batch, and batches broadcast.
  /// Shape: [b…, M, K], [c…, K, N] → [d…, M, N], d being what b and c broadcast to
  struct MatMul: Primitive {
    static let name = "my.matmul"
    static let formula = "y[m, n] = Σₖ a[m, k] b[k, n]"

    /// The batch axes d of the product.
    static func batch(of a: Shape, _ b: Shape) -> Shape {
      guard let batch = Shape.broadcast(Shape(a.dropLast(2)), Shape(b.dropLast(2))) else {
        fledgeTrap(name, "the batches of \(a) and \(b) do not broadcast")
      }
      return batch
    }

    func outputTypes(of inputs: TensorTypes) -> TensorTypes {
      let (a, b) = (inputs[0].shape, inputs[1].shape)
      if a.rank < 2 || b.rank < 2 || a[-1] != b[-2] {
        fledgeTrap(Self.name, "\(a) × \(b) is no product of matrices")
      }
      // solution
      let shape = Shape(Self.batch(of: a, b) + [a[-2], b[-1]])
      return [TensorType(shape: shape, dtype: inputs[0].dtype)]
      // end solution
    }

    /// `backend.matmul` takes two tensors whose batch axes are the same already.
    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      // solution
      let (a, b) = (inputs[0], inputs[1])
      let batch = Self.batch(of: a.shape, b.shape)
      return [
        backend.matmul(
          a.broadcast(to: Shape(batch + a.shape.suffix(2))),
          b.broadcast(to: Shape(batch + b.shape.suffix(2))))
      ]
      // end solution
    }
  }
}

// MARK: Calling them

extension My {
  static func add(_ a: Tensor, _ b: Tensor) -> Tensor { repeated(Add(), a, b) }
  static func add(_ a: Tensor, _ b: Double) -> Tensor { repeated(Add(), a, number(b, like: a)) }
  static func multiply(_ a: Tensor, _ b: Tensor) -> Tensor { repeated(Multiply(), a, b) }
  static func multiply(_ a: Tensor, _ b: Double) -> Tensor {
    repeated(Multiply(), a, number(b, like: a))
  }
  static func divide(_ a: Tensor, _ b: Tensor) -> Tensor { repeated(Divide(), a, b) }
  static func subtract(_ a: Tensor, _ b: Tensor) -> Tensor { add(a, negate(b)) }
  static func negate(_ x: Tensor) -> Tensor { apply(Negate(), x) }
  static func step(_ x: Tensor) -> Tensor { apply(Step(), x) }
  static func exp(_ x: Tensor) -> Tensor { apply(Exp(), x) }
  static func log(_ x: Tensor) -> Tensor { apply(Log(), x) }
  static func relu(_ x: Tensor) -> Tensor { apply(ReLU(), x) }
  static func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { apply(MatMul(), a, b) }

  static func reshape(_ x: Tensor, _ shape: Shape) -> Tensor {
    x.shape == shape ? x : apply(Reshape(shape: shape), x)
  }
  /// Axes may count from the end: −1 is the last.
  static func swapAxes(_ x: Tensor, _ first: Int, _ second: Int) -> Tensor {
    let (first, second) = (
      x.shape.normalized(axis: first, "my.swapAxes"),
      x.shape.normalized(axis: second, "my.swapAxes")
    )
    return apply(SwapAxes(first: first, second: second), x)
  }
  static func broadcast(_ x: Tensor, to shape: Shape) -> Tensor {
    x.shape == shape ? x : apply(BroadcastTo(shape: shape), x)
  }
  /// Over all axes where none are named.
  static func sum(_ x: Tensor, axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    apply(Sum(axes: x.shape.normalized(axes: axes, "my.sum"), keepsAxes: keepsAxes), x)
  }
  static func mean(_ x: Tensor, axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    let y = sum(x, axes: axes, keepsAxes: keepsAxes)
    return multiply(y, Double(y.count) / Double(x.count))
  }

  /// A binary operation on two shapes that broadcast: each is repeated first where it must be.
  private static func repeated(_ operation: some Binary, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      fledgeTrap("My", "the shapes \(a.shape) and \(b.shape) do not broadcast")
    }
    return apply(operation, broadcast(a, to: shape), broadcast(b, to: shape))
  }

  private static func number(_ x: Double, like tensor: Tensor) -> Tensor {
    Tensor(x, dtype: tensor.dtype)
  }
}
