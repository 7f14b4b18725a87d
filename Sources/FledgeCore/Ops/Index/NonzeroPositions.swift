/// y = the row-major positions of the elements that are not zero, in ascending order.
/// Shape: [*] → int64 [count]
struct NonzeroPositions: SingleOutput {
  static let name = "nonzeroPositions"
  static let formula = "y = the positions i with x[i] ≠ 0"
  static var precision: AutocastRule { .given }
  /// How many there are. A shape, so it must be known before the elements are read.
  let count: Int

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    TensorType(shape: [count], dtype: .int64)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let positions = Self.positions(of: inputs[0])
    require(
      positions.count == count, Self.name,
      "\(positions.count) elements are not zero, where \(count) were expected")
    return Tensor(positions)
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static func positions(of x: Tensor) -> [Int] {
    let isSet = x.array(of: Bool.self)
    return isSet.indices.filter { isSet[$0] }
  }

  static var samples: [Sample] {
    [
      Sample(NonzeroPositions(count: 6), .distinct([2, 3])),
      Sample(NonzeroPositions(count: 1), .distinct([])),
      Sample(NonzeroPositions(count: 0), .indices([5], below: 1)),
      Sample(NonzeroPositions(count: 0), .mask([0, 2])),
    ]
  }
}

extension Tensor {
  /// The row-major positions of the elements that are true (not zero), int64.
  ///
  /// Their number depends on the elements, so an abstract tensor traps. A write where a mask is
  /// true, `x[mask] = value`, and ``where(_:_:_:)`` have shapes that do not depend on them.
  public func nonzeroPositions() -> Tensor {
    require(
      !isAbstract, "nonzeroPositions",
      "how many elements are not zero depends on the elements, and \(type) is abstract, without "
        + "any; `x[mask] = value` and `Tensor.where(mask, a, b)` need to know shapes only")
    return apply(NonzeroPositions(count: array(of: Bool.self).count { $0 }), self)
  }

  /// The indices of the elements that are true (not zero), a row for each in row-major order (NumPy's
  /// `argwhere`). Their number depends on the elements, so an abstract tensor traps.
  /// Shape: [*] → int64 [count, rank]
  public func nonzero() -> Tensor {
    let columns = nonzeroIndices()
    if columns.isEmpty {
      return Tensor.zeros([nonzeroPositions().count, 0], dtype: .int64)
    }
    return Tensor.stack(columns, axis: 1)
  }

  /// The same, a tensor for each axis.
  func nonzeroIndices() -> [Tensor] {
    let positions = nonzeroPositions()
    let strides = Layout(shape).strides
    return (0..<rank).map { axis in
      // An axis of no elements has no positions to divide.
      positions.floorDivided(by: Double(Swift.max(strides[axis], 1)))
        .remainder(by: Double(Swift.max(shape[axis], 1)))
    }
  }
}
