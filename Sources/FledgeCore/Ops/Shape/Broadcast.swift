/// y = x repeated along new and size-1 axes, a view with stride 0.   Shape: [a…] → [b…]
struct Broadcast: SingleOutput {
  static let name = "broadcast"
  static let formula = "y = x repeated along new and size-1 axes"
  let shape: Shape

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    require(
      Shape.broadcast(inputs[0].shape, shape) == shape, Self.name,
      "shape \(inputs[0].shape) does not broadcast to \(shape): aligned at the last axis, a size "
        + "must be equal or 1")
    return TensorType(shape: shape, dtype: inputs[0].dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    inputs[0].view(inputs[0].layout.broadcast(to: shape))
  }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy.summed(to: g.inputShape(0))] }

  static var samples: [Sample] {
    [
      Sample(Broadcast(shape: [2, 3]), .uniform([3])), Sample(Broadcast(shape: [4]), .uniform([])),
      Sample(Broadcast(shape: [2, 3, 4]), .uniform([3, 1])),
      Sample(Broadcast(shape: [2, 0]), .uniform([2, 1])),
    ]
  }
}

extension Tensor {
  /// A view in a larger shape, by NumPy's rule: new axes in front and axes of size 1 repeat.
  public func broadcast(to shape: Shape) -> Tensor {
    shape == self.shape ? self : apply(Broadcast(shape: shape), self)
  }
}
