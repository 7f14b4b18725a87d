extension ReferenceBackend {
  public func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor {
    if !x.dtype.isFloatingPoint, let integer = kernel.integer {
      return Tensor(wrapping: x.integers.map(integer), x.shape, x.dtype)
    }
    return Tensor(rounding: x.doubles.map(kernel.reference), x.shape, x.dtype)
  }

  public func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    if !a.dtype.isFloatingPoint, let integer = kernel.integer {
      return Tensor(
        wrapping: Swift.zip(a.integers, b.integers).map { integer($0, $1) }, a.shape, a.dtype)
    }
    return Tensor(
      rounding: Swift.zip(a.doubles, b.doubles).map { kernel.reference($0, $1) }, a.shape, a.dtype)
  }

  public func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) {
    a = zip(kernel, a, b)
  }

  public func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    let results =
      a.dtype.isFloatingPoint
      ? Swift.zip(a.doubles, b.doubles).map { kernel.reference($0, $1) }
      : Swift.zip(a.integers, b.integers).map { kernel.integer($0, $1) }
    return Tensor(wrapping: results.map { $0 ? 1 : 0 }, a.shape, .bool)
  }

  public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let choices = Swift.zip(condition.integers, Swift.zip(a.doubles, b.doubles))
    if a.dtype.isFloatingPoint {
      return Tensor(rounding: choices.map { $0 != 0 ? $1.0 : $1.1 }, a.shape, a.dtype)
    }
    let integers = Swift.zip(condition.integers, Swift.zip(a.integers, b.integers))
    return Tensor(wrapping: integers.map { $0 != 0 ? $1.0 : $1.1 }, a.shape, a.dtype)
  }

  public func copy(_ x: Tensor) -> Tensor { cast(x, to: x.dtype) }

  public func cast(_ x: Tensor, to dtype: DType) -> Tensor {
    x.dtype.isFloatingPoint
      ? Tensor(rounding: x.doubles, x.shape, dtype)
      : Tensor(wrapping: x.integers, x.shape, dtype)
  }

  public func fill(_ shape: Shape, _ value: Double, _ dtype: DType) -> Tensor {
    Tensor(rounding: [Double](repeating: value, count: shape.count), shape, dtype)
  }
}
