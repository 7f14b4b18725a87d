/// y = x Wᵀ + b: a product with the bias added in place, without another tensor or another
/// operation.   Shape: [N, inputs], [outputs, inputs], [outputs] → [N, outputs]
///
/// Cost: 2·N·inputs·outputs floating-point operations, and N·outputs for the bias, which profiles leave
/// out.
struct LinearMap: SingleOutput {
  static let name = "linear"
  static let formula = "y[n, o] = Σᵢ x[n, i] w[o, i] + b[o]"
  static var precision: AutocastRule { .reduced }

  private static let product = MatMul(transposesRight: true)

  var saves: SavedValues { [.input(0), .input(1)] }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let output = Self.product.outputType(of: inputs)
    let bias = TensorType(shape: [output.shape[-1]], dtype: output.dtype)
    require(inputs[2] == bias, Self.name, "the bias must be \(bias), got \(inputs[2])")
    return output
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    Self.product.operationCount(inputs, outputs)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let (x, w, b) = (inputs[0], inputs[1], inputs[2])
    var y = backend.matmul(x, w.view(w.layout.transposed))
    y.makeUnique()
    backend.zip(Add.kernel, into: &y, b.view(b.layout.broadcast(to: y.shape)))
    return y
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [
      g.needs(0) ? apply(MatMul(), g.dy, g.input(1)) : nil,
      g.needs(1) ? apply(MatMul(transposesLeft: true), g.dy, g.input(0)) : nil,
      g.needs(2) ? g.dy.sum(axes: [0]) : nil,
    ]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [inputs[0].matmul(inputs[1].transposed()) + inputs[2]]
  }

  static var samples: [Sample] {
    [
      Sample(LinearMap(), .uniform([4, 3]), .uniform([5, 3]), .uniform([5])),
      Sample(LinearMap(), .uniform([1, 7]), .uniform([2, 7]), .uniform([2])),
      Sample(LinearMap(), .uniform([33, 65]), .uniform([40, 65]), .uniform([40])),
    ]
  }
}

/// y = x Wᵀ + b, as one matrix product for any leading axes.
/// Shape: [*, inputs], weight [outputs, inputs], bias [outputs] → [*, outputs]
public func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor {
  require(
    x.rank > 0 && weight.rank == 2 && x.shape[-1] == weight.shape[1], "linear",
    "needs x [*, inputs] and a weight [outputs, inputs], the shapes are \(x.shape) and "
      + "\(weight.shape)")
  let isMatrix = x.rank == 2
  let width = x.shape[-1]
  // Not the elements by the inputs where there are none.
  let count = width > 0 ? x.count / width : x.shape.dimensions.dropLast().reduce(1, *)
  let rows = isMatrix ? x : x.reshaped([count, width])
  let y =
    bias.map { apply(LinearMap(), rows, weight, $0) }
    ?? apply(MatMul(transposesRight: true), rows, weight)
  return isMatrix
    ? y : y.reshaped(Shape(x.shape.dimensions.dropLast() + [weight.shape[0]]))
}
