/// y = (Σ |x|ᵖ)^(1/p) over axes, and its limits: the number of elements that are not 0 for p = 0, the
/// largest and the smallest |x| for p = ∞ and −∞.
/// Shape: [a…, n, b…] → [a…, b…], or [a…, 1, b…] with `keepDims`
///
/// The gradient is 0 where the norm has a kink: at x = 0, as in PyTorch.
struct Norm: FusedPrimitive {
  static let name = "norm"
  static let formula = "y = (Σ |x|ᵖ)^(1/p) over axes"
  static var precision: AutocastRule { .full }
  let p: Double
  /// Normalized, ascending.
  let axes: [Int]
  let keepDims: Bool

  var saves: SavedValues { [.inputs, .outputs] }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs[0], Self.name)
    require(!p.isNaN, Self.name, "the order is NaN")
    return [inputs[0].folding(axes, keepDims: keepDims)]
  }

  // For each element: the power 1, the sum 1.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    2 * inputs[0].shape.count
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    switch p {
    case 0: return [(x .!= 0).cast(to: x.dtype).sum(axes: axes, keepDims: keepDims)]
    case 1: return [x.abs().sum(axes: axes, keepDims: keepDims)]
    case 2: return [x.square().sum(axes: axes, keepDims: keepDims).sqrt()]
    case .infinity: return [x.abs().max(axes: axes, keepDims: keepDims)]
    case -.infinity: return [x.abs().min(axes: axes, keepDims: keepDims)]
    default: return [x.abs().pow(p).sum(axes: axes, keepDims: keepDims).pow(1 / p)]
    }
  }

  /// dx = dy sign(x) (|x| / y)ᵖ⁻¹, and 0 where x or y is 0.
  func gradients(_ g: GradientContext) -> Gradients {
    let dtype = g.inputDType(0)
    let x = g.input(0).cast(to: dtype.ofStatistics)
    // Of halves the norm is made again: what they saved is rounded, and may be infinite.
    let y = (dtype.isHalf ? apply(self, x) : g.output).reshaped(x.shape.collapsing(axes))
    let dy = g.dy.cast(to: x.dtype).reshaped(y.shape)
    return [gradient(x, y, dy).cast(to: dtype)]
  }

  /// y and dy with axes of size 1 in the place of those that were folded.
  private func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> Tensor {
    switch p {
    case 0: return Tensor.repeatedZero(x.shape, x.dtype)
    case 1: return x.sign() * dy
    case 2: return x * (dy / y.masked(where: y .== 0, with: 1))
    case .infinity, -.infinity: return x.sign() * extremumGradient(x.abs(), y, dy, axes: axes)
    default:
      // 1 in the place of 0, so that no power of it is infinite.
      let isFlat = (x .== 0).or(y .== 0)
      let ratio = x.abs().masked(where: isFlat, with: 1) / y.masked(where: y .== 0, with: 1)
      return (x.sign() * ratio.pow(p - 1) * dy).masked(where: isFlat, with: 0)
    }
  }

  static var samples: [Sample] {
    [2, 3].flatMap { p in
      Tensor.reductionSamples({ Norm(p: p, axes: $0, keepDims: p == 3) }, { .distinct($0) })
    }
      + [0, 0.5, 1, -1.5, .infinity, -.infinity].flatMap { p in
        [true, false].map {
          Sample(Norm(p: p, axes: [0, 2], keepDims: $0), .distinct([2, 3, 4]))
        }
      }
  }
}

extension Tensor {
  /// (Σ |x|ᵖ)^(1/p), the Euclidean norm by default, over all axes or the given ones; for p = ∞ and −∞
  /// the largest and the smallest |x|, for p = 0 the number of elements that are not 0. Integers are
  /// computed as float32. The gradient at 0 is 0.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let axes = shape.normalized(axes: axes, Norm.name)
    return apply(Norm(p: p, axes: axes, keepDims: keepDims), asFloatingPoint)
  }
}
