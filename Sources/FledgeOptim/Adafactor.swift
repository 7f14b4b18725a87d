import FledgeCore
import FledgeNN
import Foundation

/// Adafactor (Shazeer & Stern 2018), as PyTorch computes it: of a matrix's mean squares it keeps
/// the means of rows and columns alone, M + N numbers in the place of M · N.
///
///     w = t^δ,  ρ = min(η, 1 / √t),  α = ρ max(ε₂, ‖p‖ / √count)
///     r = (1 − w) r + w · row means of g²,  c = (1 − w) c + w · column means of g²
///     v = r c / max(mean of r, ε₁)            (of a vector: v = (1 − w) v + w g²)
///     u = g / √max(v, ε₁²)
///     p = (1 − η λ) p − α u / max(1, ‖u‖ / (d √count))
///
/// Rows and columns are the last two axes.
public final class Adafactor: SlotOptimizer {
  /// δ, at most 0: how the weight of a new gradient falls with the number of steps.
  public let squareDecay: Double
  /// ε₁; nil stands for the distance from 1 to the next number in the dtype of the computation.
  public let epsilon: Double?
  /// ε₂, the smallest size of a weight that counts.
  public let minimumScale: Double
  /// d, the root mean square that a step has at most, before its rate.
  public let clippingThreshold: Double

  /// - Parameters:
  ///   - squareDecay: δ.
  ///   - epsilon: ε₁.
  ///   - minimumScale: ε₂.
  ///   - clippingThreshold: d.
  public init(
    _ groups: [ParameterGroup], squareDecay: Double = -0.8, epsilon: Double? = nil,
    minimumScale: Double = 1e-3, clippingThreshold: Double = 1
  ) {
    let isFinite = squareDecay.isFinite && (epsilon ?? 0).isFinite && minimumScale.isFinite
    require(
      isFinite && squareDecay <= 0 && epsilon ?? 0 >= 0 && minimumScale >= 0
        && clippingThreshold >= 1, "Adafactor",
      "needs finite numbers, a squareDecay of at most 0, no negative epsilon or minimumScale, and a "
        + "clippingThreshold of at least 1, got \(squareDecay), \(epsilon ?? 0), "
        + "\(minimumScale) and \(clippingThreshold)")
    self.squareDecay = squareDecay
    self.epsilon = epsilon
    self.minimumScale = minimumScale
    self.clippingThreshold = clippingThreshold
    super.init(groups)
    Registry.register(AdafactorUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 0.01, squareDecay: Double = -0.8,
    epsilon: Double? = nil, minimumScale: Double = 1e-3, clippingThreshold: Double = 1,
    weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      squareDecay: squareDecay, epsilon: epsilon, minimumScale: minimumScale,
      clippingThreshold: clippingThreshold)
  }

  public override func slotNames(at index: Int) -> [String] {
    slotNames(at: index, of: parameters[index].shape ?? [])
  }

  override func slotNames(at index: Int, of shape: Shape) -> [String] {
    shape.rank > 1 ? ["rowSquare", "columnSquare"] : ["square"]
  }

  override func slotShape(_ slot: String, of shape: Shape) -> Shape {
    var shape = shape
    if slot == "rowSquare" { shape[-1] = 1 }
    if slot == "columnSquare" { shape[-2] = 1 }
    return shape
  }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    let rule = AdafactorUpdate(
      isFactored: targets.count == 3, epsilon: epsilon, minimumScale: minimumScale,
      clippingThreshold: clippingThreshold)
    take(rule, &targets, step) {
      let t = Double(step.number)
      var numbers = StepNumbers(
        rate: step.learningRate, decay: step.weightDecay, isDecoupled: true)
      numbers.rate = min(step.learningRate, 1 / t.squareRoot())
      numbers.ofGradient = pow(t, squareDecay)
      return numbers
    }
  }
}

/// The rule of ``Adafactor``.
/// Shape: p [*, M, N], r [*, M, 1], c [*, 1, N], dp [*, M, N], float64 [6] → p, r, c, or
/// p, v, dp [n], float64 [6] → p, v
struct AdafactorUpdate: UpdateRule {
  static let name = "adafactorUpdate"
  static let formula = "p = (1 − η λ) p − α u / max(1, ‖u‖ / (d √count)),  u = g / √(r c / mean r)"
  /// Whether r and c are kept instead of v.
  let isFactored: Bool
  let epsilon: Double?
  let minimumScale: Double
  let clippingThreshold: Double

  var targetCount: Int { isFactored ? 3 : 2 }
  var slotsHaveShapeOfValue: Bool { !isFactored }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let epsilon = epsilon ?? numbers.dtype.epsilon
    let squares = gradient.square()
    func averaged(_ x: Tensor, _ new: Tensor) -> Tensor { x + (new - x) * numbers.ofGradient }
    var next: Tensors = [targets[0]]
    var estimate: Tensor
    if isFactored {
      let rows = averaged(targets[1], squares.mean(axis: -1, keepDims: true))
      let columns = averaged(targets[2], squares.mean(axis: -2, keepDims: true))
      next.append(rows)
      next.append(columns)
      estimate = rows / rows.mean(axis: -2, keepDims: true).clamped(min: epsilon) * columns
    } else {
      estimate = averaged(targets[1], squares)
      next.append(estimate)
    }
    let update = estimate.clamped(min: epsilon * epsilon).rsqrt() * gradient
    let side = Double(max(gradient.count, 1)).squareRoot()
    let length = maximum(update.euclideanNorm / (side * clippingThreshold), 1)
    let scale = maximum(targets[0].euclideanNorm / side, minimumScale) * numbers.rate
    next[0] = targets[0] * numbers.keep - update * (scale / length)
    return next
  }
}
