import CKernels

/// Each pair (x_i, x_{i + D/2}) turns by an angle of its own (Su et al. 2021, in the layout of
/// "rotate half"): y = (x₁ cos − x₂ sin, x₂ cos + x₁ sin) with x = (x₁, x₂).
/// Shape: x [b…, T, D], cos and sin [T, D/2], or [B, T, D/2] for rows of their own → [b…, T, D]
struct Rotary: FusedPrimitive {
  static let name = "rotary"
  static let formula = "y = (x₁ cos − x₂ sin, x₂ cos + x₁ sin) with x = (x₁, x₂)"

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let (x, cosine, sine) = (inputs[0], inputs[1], inputs[2])
    require(
      x.shape.rank >= 2 && x.shape[-1].isMultiple(of: 2), Self.name,
      "needs [b…, T, D] with an even D, the shape is \(x.shape)")
    let isByRow = cosine.shape.rank == 3 && x.shape.rank >= 3
    let table = TensorType(
      shape: Shape((isByRow ? [x.shape[0]] : []) + [x.shape[-2], x.shape[-1] / 2]), dtype: x.dtype)
    require(
      cosine == table && sine == table, Self.name,
      "cosines and sines must be \(table), got \(cosine) and \(sine)")
    return [x]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    3 * inputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32 else { return nil }
    let (x, cosine, sine) = (
      inputs[0].contiguous(), inputs[1].contiguous(), inputs[2].contiguous()
    )
    let y = Tensor(uninitialized: x.shape, .float32)
    let (time, depth) = (x.shape[-2], x.shape[-1])
    let (px, pc, ps) = (
      x.pointer(Float.self), cosine.pointer(Float.self), sine.pointer(Float.self)
    )
    let py = y.pointer(Float.self)
    let rows = x.count / max(depth, 1)
    // Rows in a table's turn: all of them, or those of one row of the batch.
    let perTable = max(cosine.rank == 3 ? rows / max(x.shape[0], 1) : rows, 1)
    ThreadPool.forRanges(rows, grain: max(1, (1 << 15) / max(depth, 1))) { range in
      var from = range.lowerBound
      while from < range.upperBound {
        let table = from / perTable
        let (to, offset) = (
          min(range.upperBound, (table + 1) * perTable), table * time * (depth / 2)
        )
        fledge_rotary_f32(px, pc + offset, ps + offset, py, from, to, time, depth)
        from = to
      }
    }
    withExtendedLifetime((x, cosine, sine)) {}
    return [y]
  }

  /// The inverse turn.
  func gradients(_ g: GradientContext) -> Gradients {
    if g.needs(1) || g.needs(2) { return g.throughComposed(self)! }
    return [apply(Rotary(), [g.dy, g.input(1), -g.input(2)])[0], nil, nil]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let halves = inputs[0].chunked(2, axis: -1)
    let (cosine, sine) = (table(inputs[1], for: inputs[0]), table(inputs[2], for: inputs[0]))
    return [
      Tensor.concatenate(
        [halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine], axis: -1)
    ]
  }

  /// A table that broadcasts to x: [T, D/2], or [B, 1…, T, D/2].
  private func table(_ table: Tensor, for x: Tensor) -> Tensor {
    guard table.rank == 3 else { return table }
    let between = [Int](repeating: 1, count: x.rank - 3)
    return table.reshaped(Shape(table.shape.prefix(1) + between + table.shape.suffix(2)))
  }

  static var samples: [Sample] {
    [
      Sample(Rotary(), .uniform([2, 3, 4]), .uniform([3, 2]), .uniform([3, 2])),
      Sample(Rotary(), .uniform([3, 2]), .uniform([3, 1]), .uniform([3, 1])),
      Sample(Rotary(), .uniform([2, 3, 5, 38]), .uniform([5, 19]), .uniform([5, 19])),
      Sample(Rotary(), .uniform([2, 3, 5, 6]), .uniform([2, 5, 3]), .uniform([2, 5, 3])),
      Sample(Rotary(), .uniform([3, 1, 4]), .uniform([3, 1, 2]), .uniform([3, 1, 2])),
    ]
  }
}

/// Rotary positions (Su et al. 2021): the pair (x_i, x_{i + D/2}) at position t is turned by
/// t / base^(2i/D), so that the product of a query and a key depends on their distance only.
/// Shape: [b…, T, D] → [b…, T, D], D even
///
/// - Parameter offset: The first of the T positions.
public func rotary(_ x: Tensor, base: Double = 10_000, offset: Int = 0) -> Tensor {
  require(x.rank >= 2, "rotary", "needs [b…, T, D], the shape is \(x.shape)")
  return rotary(x, RotaryAngles(x.shape[-2], depth: x.shape[-1], base: base, offset: offset))
}

/// The same with each row's own positions.
/// Shape: x [B, b…, T, D], positions int64 [B, T] → [B, b…, T, D]
public func rotary(_ x: Tensor, base: Double = 10_000, positions: Tensor) -> Tensor {
  require(
    x.rank >= 3 && positions.shape == [x.shape[0], x.shape[-2]], "rotary",
    "needs x [B, b…, T, D] with positions [B, T], the shapes are \(x.shape) and "
      + "\(positions.shape)")
  return rotary(x, RotaryAngles(at: positions, depth: x.shape[-1], base: base))
}

/// The same by angles that all layers of a model share.
public func rotary(_ x: Tensor, _ angles: RotaryAngles) -> Tensor {
  apply(
    Rotary(), [x, angles.cosines.cast(to: x.dtype), angles.sines.cast(to: x.dtype)])[0]
}

/// By which angles rotary positions turn: made once, for all layers of a model.
public struct RotaryAngles: Sendable {
  // float64 [T, D/2], or [B, T, D/2] for rows of their own.
  fileprivate let cosines: Tensor
  fileprivate let sines: Tensor

  /// For `count` positions from `offset` on and heads of `depth`; see ``positionAngles(_:depth:base:offset:)``.
  public init(_ count: Int, depth: Int, base: Double = 10_000, offset: Int = 0) {
    self.init(positionAngles(count, depth: depth, base: base, offset: offset))
  }

  /// For each row's own positions, int64 [B, T].
  public init(at positions: Tensor, depth: Int, base: Double = 10_000) {
    self.init(positionAngles(at: positions, depth: depth, base: base))
  }

  private init(_ angles: Tensor) {
    (cosines, sines) = (angles.cos(), angles.sin())
  }
}

/// t / base^(2i/D) for t = offset, …, and i < D/2.   Shape: float64 [count, D/2]
public func positionAngles(
  _ count: Int, depth: Int, base: Double = 10_000, offset: Int = 0
) -> Tensor {
  require(
    count >= 0 && offset.magnitude <= 1 << 53, "positionAngles",
    "needs a count that is not negative and an offset up to 2⁵³, got \(count) and \(offset)")
  return positionAngles(at: Tensor.arange(count) + Double(offset), depth: depth, base: base)
}

/// t / base^(2i/D) for each position t and i < D/2.   Shape: [*] → float64 [*, D/2]
public func positionAngles(at positions: Tensor, depth: Int, base: Double = 10_000) -> Tensor {
  require(
    depth >= 0 && base > 0 && base.isFinite, "positionAngles",
    "needs a depth that is not negative and a positive base, got \(depth) and \(base)")
  let exponents = Tensor.arange(depth / 2).cast(to: .float64) * (-2 / Double(max(depth, 1)))
  let frequencies = Tensor.full([], base, dtype: .float64).pow(exponents)
  return positions.cast(to: .float64).expandedDims(axis: -1) * frequencies
}
