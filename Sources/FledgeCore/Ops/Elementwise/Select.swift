/// y = condition ? a : b, element by element; shapes broadcast.   Shape: bool [*], [*], [*] → [*]
struct Select: Elementwise {
  static let name = "where"
  static let formula = "y = condition ? a : b, element by element"

  var saves: SavedValues { .input(0) }

  func sourceText(_ dialect: SourceDialect, _ dtype: DType, named name: String) -> String {
    ScalarExpression.source(["condition", "a", "b"], named: name, dialect, dtype) {
      .select($0[0] != 0, $0[1], $0[2])
    }
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (condition, a, b) = (inputs[0], inputs[1], inputs[2])
    require(condition.dtype == .bool, Self.name, "the condition must be bool, got \(condition)")
    requireSameDType(a, b, Self.name)
    let choices = Shape.broadcast(a.shape, b.shape, for: Self.name)
    return TensorType(
      shape: Shape.broadcast(condition.shape, choices, for: Self.name), dtype: a.dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let choices = Shape.broadcast(inputs[1].shape, inputs[2].shape, for: Self.name)
    let shape = Shape.broadcast(inputs[0].shape, choices, for: Self.name)
    func view(_ x: Tensor) -> Tensor { x.view(x.layout.broadcast(to: shape)) }
    return backend.select(view(inputs[0]), view(inputs[1]), view(inputs[2]))
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let condition = g.input(0)
    let zero = Tensor.zeros([], dtype: g.inputDType(1))
    return [
      nil,
      g.needs(1)
        ? Tensor.where(condition, g.dy, zero).summed(to: g.inputShape(1)) : nil,
      g.needs(2)
        ? Tensor.where(condition, zero, g.dy).summed(to: g.inputShape(2)) : nil,
    ]
  }

  static var samples: [Sample] {
    [
      Sample(Select(), .mask([2, 3]), .uniform([2, 3]), .uniform([2, 3])),
      Sample(Select(), .mask([4, 1]), .uniform([3]), .uniform([])),
      Sample(Select(), .mask([]), .uniform([5]), .uniform([5])),
      Sample(Select(), .mask([0, 2]), .uniform([0, 2]), .uniform([2])),
    ]
  }
}

extension Tensor {
  /// condition ? a : b, element by element; shapes broadcast.
  public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let dtype = DType.promoted(a.dtype, b.dtype)
    return apply(Select(), condition, a.cast(to: dtype), b.cast(to: dtype))
  }

  /// The tensor with `value` where `mask` is true.
  public func masked(where mask: Tensor, with value: Double) -> Tensor {
    dtype.requireRoom(for: value, "masked")
    return Tensor.where(mask, Tensor.full([], value, dtype: dtype), self)
  }
}

extension DType {
  /// Traps where integers are to get an element that their type does not have.
  func requireRoom(for value: Double, _ operation: @autoclosure () -> String) {
    require(
      isFloatingPoint || holds(value), operation(), "\(value) is no \(self), cast first")
  }
}
