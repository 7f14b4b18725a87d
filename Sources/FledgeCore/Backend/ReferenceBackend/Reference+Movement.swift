extension ReferenceBackend {
  public func concatenate(_ x: [Tensor], axis: Int) -> Tensor {
    var shape = x[0].shape
    shape[axis] = x.reduce(0) { $0 + $1.shape[axis] }
    let whole = Layout(shape)
    return assembled(shape, x[0].dtype) { write in
      var start = 0
      for part in x {
        let size = part.shape[axis]
        write(part, whole.sliced(axis: axis, start: start, step: 1, count: size))
        start += size
      }
    }
  }

  public func placeInZeros(_ x: Tensor, of shape: Shape, at region: Layout) -> Tensor {
    assembled(shape, x.dtype) { write in write(x, region) }
  }

  public func write(_ x: Tensor, into y: inout Tensor, at region: Layout) {
    let target = y
    y.dtype.withScalarType { target.write(elementsOf: x, at: region, as: $0) }
  }

  public func write(
    _ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int
  ) {
    writeSlices(of: x, into: &y, at: region, indices.integers, axis: axis)
  }

  /// Zeros of `shape`, with tensors written at regions of it.
  private func assembled(
    _ shape: Shape, _ dtype: DType, _ body: ((Tensor, Layout) -> Void) -> Void
  ) -> Tensor {
    // Int64 keeps 64-bit integers exact, Double keeps every floating type exact.
    var doubles = [Double](repeating: 0, count: dtype.isFloatingPoint ? shape.count : 0)
    var integers = [Int64](repeating: 0, count: dtype.isFloatingPoint ? 0 : shape.count)
    body { part, region in
      var i = 0
      if dtype.isFloatingPoint {
        let values = part.doubles
        region.forEachPosition {
          doubles[$0] = values[i]
          i += 1
        }
      } else {
        let values = part.integers
        region.forEachPosition {
          integers[$0] = values[i]
          i += 1
        }
      }
    }
    return dtype.isFloatingPoint
      ? Tensor(rounding: doubles, shape, dtype) : Tensor(wrapping: integers, shape, dtype)
  }

  /// The elements of x at the given positions of its row-major order.
  private func picked(_ x: Tensor, _ positions: [Int], _ shape: Shape) -> Tensor {
    if x.dtype.isFloatingPoint {
      let values = x.doubles
      return Tensor(rounding: positions.map { values[$0] }, shape, x.dtype)
    }
    let values = x.integers
    return Tensor(wrapping: positions.map { values[$0] }, shape, x.dtype)
  }

  /// base with the elements of x added at the given positions of its row-major order.
  private func added(_ x: Tensor, at positions: [Int], of base: Tensor) -> Tensor {
    if x.dtype.isFloatingPoint {
      var values = base.doubles
      for (position, value) in Swift.zip(positions, x.doubles) { values[position] += value }
      return Tensor(rounding: values, base.shape, base.dtype)
    }
    var values = base.integers
    for (position, value) in Swift.zip(positions, x.integers) { values[position] &+= value }
    return Tensor(wrapping: values, base.shape, base.dtype)
  }

  /// For [a…, n, b…]: where the slices that `indices` names lie, in the order of [a…, i…, b…].
  private func slicePositions(_ shape: Shape, _ indices: [Int64], axis: Int) -> [Int] {
    let outer = shape.dimensions[..<axis].reduce(1, *)
    let size = shape[axis]
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    var positions: [Int] = []
    positions.reserveCapacity(outer * indices.count * inner)
    for a in 0..<outer {
      for index in indices {
        for b in 0..<inner { positions.append((a * size + Int(index)) * inner + b) }
      }
    }
    return positions
  }

  public func take(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    let shape = Shape(
      x.shape.dimensions[..<axis] + indices.shape.dimensions + x.shape.dimensions[(axis + 1)...])
    return picked(x, slicePositions(x.shape, indices.integers, axis: axis), shape)
  }

  public func takeAdjoint(_ x: Tensor, _ indices: Tensor, axis: Int, count: Int) -> Tensor {
    let rest = x.shape.dimensions[(axis + indices.rank)...]
    let shape = Shape(x.shape.dimensions[..<axis] + [count] + rest)
    let positions = slicePositions(shape, indices.integers, axis: axis)
    return added(x, at: positions, of: fill(shape, 0, x.dtype))
  }

  /// Row-major positions in a tensor of `shape` whose coordinate along `axis` is taken from
  /// `indices` and whose other coordinates are those of the index itself.
  private func elementPositions(_ shape: Shape, _ indices: Tensor, axis: Int) -> [Int] {
    let strides = Layout(shape).strides
    var others = strides
    others[axis] = 0
    var base: [Int] = []
    Layout(shape: indices.shape, strides: others, offset: 0).forEachPosition { base.append($0) }
    return Swift.zip(base, indices.integers).map { $0 + Int($1) * strides[axis] }
  }

  public func gather(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    picked(x, elementPositions(x.shape, indices, axis: axis), indices.shape)
  }

  public func scatterAdd(_ base: Tensor, _ indices: Tensor, _ x: Tensor, axis: Int) -> Tensor {
    added(x, at: elementPositions(base.shape, indices, axis: axis), of: base)
  }
}

extension Backend {
  /// One slice after the other.
  func writeSlices(
    of x: Tensor, into y: inout Tensor, at region: Layout, _ indices: [Int64], axis: Int
  ) {
    for (i, index) in indices.enumerated() {
      write(
        x.view(x.layout.sliced(axis: axis, start: i, step: 1, count: 1)), into: &y,
        at: region.sliced(axis: axis, start: Int(index), step: 1, count: 1))
    }
  }
}

extension Tensor {
  fileprivate func write<S: TensorScalar>(elementsOf x: Tensor, at region: Layout, as type: S.Type)
  {
    let values = x.array(of: S.self)
    let elements = storage.pointer.assumingMemoryBound(to: S.self)
    var i = 0
    region.forEachPosition {
      elements[$0] = values[i]
      i += 1
    }
  }
}
