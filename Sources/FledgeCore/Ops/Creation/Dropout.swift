import CKernels

/// y = x / (1 − p) where a draw from U[0, 1) is below 1 − p, else 0 (Srivastava et al. 2014).
/// Shape: [*], int64 [2] → [*]
///
/// One pass, and no mask in memory: the gradient draws the same numbers again from the same place.
struct Dropout: FusedPrimitive {
  static let name = "dropout"
  static let formula = "y = x / (1 − p) with probability 1 − p, else 0"
  /// p.
  let probability: Double
  /// How many of the last axes share a draw: 2 drops whole channels of images.
  var sharedAxes = 0

  private var kept: Double { 1 - probability }

  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs[0], Self.name)
    require(
      (0...1).contains(probability) && (0...inputs[0].shape.rank).contains(sharedAxes), Self.name,
      "needs a probability in 0…1 and at most \(inputs[0].shape.rank) shared axes, got "
        + "\(probability) and \(sharedAxes)")
    StreamPlace.check(inputs[1], Self.name)
    return TensorTypes(inputs[0])
  }

  /// Where each draw goes: sizes of 1 along the axes that share it.
  static func maskShape(_ shape: Shape, sharedAxes: Int) -> Shape {
    shape.collapsing(Array(shape.rank - sharedAxes..<shape.rank))
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, sharedAxes == 0 else { return nil }
    let x = inputs[0].contiguous()
    let y = Tensor(uninitialized: x.shape, .float32)
    let (source, target) = (x.pointer(Float.self), y.pointer(Float.self))
    let place = StreamPlace(inputs[1])
    let (keep, scale) = (Float(kept), Float(1 / kept))
    // Ranges begin at whole cache lines, so at whole blocks of four draws.
    ThreadPool.forElements(x.count) { range in
      fledge_dropout_f32(
        place.keyLow, place.keyHigh, 0, place.block &+ UInt64(range.lowerBound / 4), keep, scale,
        source + range.lowerBound, target + range.lowerBound, range.count)
    }
    withExtendedLifetime(x) {}
    return Tensors(y)
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let shape = Dropout.maskShape(x.shape, sharedAxes: sharedAxes)
    let isKept = apply(RandomUniform(shape: shape), inputs[1]) .< kept
    let zero = Tensor.zeros([], dtype: x.dtype)
    return [kept == 0 ? Tensor.zeros(like: x) : Tensor.where(isKept, x * (1 / kept), zero)]
  }

  func gradients(_ g: GradientContext) -> Gradients { [apply(self, g.dy, g.input(1)), nil] }

  static var samples: [Sample] {
    func sample(_ probability: Double, _ shape: Shape, shared: Int = 0) -> Sample {
      Sample(
        Dropout(probability: probability, sharedAxes: shared), .uniform(shape),
        .indices([2], below: 1000))
    }
    return [
      sample(0.3, [7]), sample(0.5, []), sample(0.9, [3, 0]), sample(0, [5]), sample(1, [5]),
      sample(0.4, [3, 67]), sample(0.5, [2, 3, 2, 2], shared: 2), sample(0.5, [3, 4], shared: 1),
    ]
  }
}

/// x / (1 − p) with probability 1 − p for each element, else 0, so that the mean is kept.
///
/// - Parameters:
///   - probability: p, the probability that an element is dropped, in 0…1.
///   - sharedAxes: How many of the last axes are kept or dropped together.
///   - generator: The generator that draws; the scope's by default.
public func dropout(
  _ x: Tensor, probability: Double, sharedAxes: Int = 0, using generator: Generator? = nil
) -> Tensor {
  let shape = Dropout.maskShape(x.shape, sharedAxes: min(max(sharedAxes, 0), x.rank))
  return apply(
    Dropout(probability: probability, sharedAxes: sharedAxes), x,
    StreamPlace.drawing(shape.count, from: generator))
}
