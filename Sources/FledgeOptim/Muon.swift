import FledgeCore
import FledgeNN

/// Muon (Jordan et al. 2024): momentum that is orthogonalized before each step, for the weight
/// matrices of hidden layers. All other parameters follow ``AdamW``'s rule.
///
///     v = μ v + (1 − μ) g
///     d = (1 − μ) g + μ v                     (v itself without Nesterov's look-ahead)
///     p = (1 − η λ) p − η √max(1, rows / columns) · orthogonal(d)
///
/// The scale is that of Jordan's code and of PyTorch's `Muon`.
public final class Muon: SlotOptimizer {
  /// μ.
  public let momentum: Double
  /// Whether the step looks ahead.
  public let isNesterov: Bool
  /// The number of Newton–Schulz iterations.
  public let iterations: Int
  private let matrixCount: Int
  /// What ``AdamW`` uses.
  private let beta1 = 0.9
  private let beta2 = 0.999
  private let epsilon = 1e-8

  /// - Parameters:
  ///   - matrices: Parameters of two axes; traps on others.
  ///   - others: Embeddings, heads, biases and norms, with their own rates, for AdamW.
  ///   - iterations: Newton–Schulz iterations, see ``orthogonalized(_:iterations:)``.
  public init(
    _ matrices: [ParameterGroup], adamW others: [ParameterGroup] = [], momentum: Double = 0.95,
    nesterov: Bool = true, iterations: Int = 5
  ) {
    for parameter in matrices.flatMap(\.parameters) {
      let shape = parameter.shape ?? []
      require(
        shape.rank == 2, "Muon",
        "a parameter of shape \(shape) is no matrix; put it among those for adamW")
    }
    require(
      (0..<1).contains(momentum) && iterations > 0, "Muon",
      "needs a momentum in 0 ..< 1 and iterations, got \(momentum) and \(iterations)")
    self.momentum = momentum
    isNesterov = nesterov
    self.iterations = iterations
    matrixCount = matrices.reduce(0) { $0 + $1.parameters.count }
    super.init(matrices + others)
    Registry.register(MuonUpdate.self)
    Registry.register(AdamUpdate.self)
  }

  /// Muon for the matrices of the hidden layers, and AdamW for all else: embeddings, positions and
  /// heads, as Jordan et al. advise, biases and normalizations.
  ///
  ///     Muon(gpt, hidden: gpt.blocks)
  ///
  /// - Parameter hidden: The modules between embedding and head; parts of `model`. Tables that they
  ///   hold (``/FledgeNN/Embedding``, ``/FledgeNN/LearnedPositions``) also go to AdamW.
  public convenience init(
    _ model: Module, hidden: [Module], learningRate: Double = 0.02,
    adamWLearningRate: Double = 3e-4, momentum: Double = 0.95, nesterov: Bool = true,
    iterations: Int = 5, weightDecay: Double = 0.1
  ) {
    let parts = hidden.flatMap { $0.modules() }
    let tables = parts.filter { $0 is Embedding || $0 is LearnedPositions }
    func identities(_ modules: [Module]) -> Set<ObjectIdentifier> {
      Set(modules.flatMap { $0.parameters() }.map { ObjectIdentifier($0) })
    }
    let inside = identities(hidden)
    let chosen = inside.subtracting(identities(tables))
    // The model's own list comes last: parameters are named by their paths in it.
    let parameters = model.parameters()
    require(
      inside.isSubset(of: Set(parameters.map { ObjectIdentifier($0) })), "Muon",
      "a hidden layer is no part of the model")
    func isMatrix(_ parameter: AnyParameter) -> Bool {
      parameter.shape?.rank == 2 && chosen.contains(ObjectIdentifier(parameter))
    }
    self.init(
      [
        ParameterGroup(
          parameters.filter(isMatrix), learningRate: learningRate, weightDecay: weightDecay)
      ],
      adamW: [
        ParameterGroup(
          parameters.filter { !isMatrix($0) }, learningRate: adamWLearningRate,
          weightDecay: weightDecay)
      ],
      momentum: momentum, nesterov: nesterov, iterations: iterations)
  }

  public override func slotNames(at index: Int) -> [String] {
    index < matrixCount ? ["velocity"] : ["mean", "square"]
  }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    if step.index >= matrixCount {
      let rule = AdamUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon)
      return take(rule, &targets, step) { rule.numbers(step, isDecoupled: true) }
    }
    let rule = MuonUpdate(momentum: momentum, isNesterov: isNesterov, iterations: iterations)
    take(rule, &targets, step) {
      StepNumbers(rate: step.learningRate, decay: step.weightDecay, isDecoupled: true)
    }
  }

  /// Approximates U Vᵀ of a matrix U S Vᵀ, with singular values between some 0.7 and 1.2, by
  /// Newton–Schulz iterations with the coefficients of Jordan et al., without a decomposition:
  ///
  ///     X = x / ‖x‖,  then each time  A = X Xᵀ,  X = 3.4445 X + (−4.7750 A + 2.0315 A²) X
  ///
  /// Shape: [M, N] → [M, N]
  public static func orthogonalized(_ x: Tensor, iterations: Int = 5) -> Tensor {
    require(x.rank == 2, "orthogonalized", "needs a matrix, the shape is \(x.shape)")
    let isTall = x.shape[0] > x.shape[1]
    return inFloat32(Tensors(x)) {
      let x = $0[0]
      var result = (isTall ? x.transposed() : x) / maximum(x.euclideanNorm, 1e-7)
      for _ in 0..<iterations {
        let gram = result.matmul(result.transposed())
        let update = gram * -4.7750 + gram.matmul(gram) * 2.0315
        result = result * 3.4445 + update.matmul(result)
      }
      return isTall ? result.transposed() : result
    }
  }
}

/// The rule of ``Muon`` for a matrix.   Shape: p, v, dp [M, N], float64 [6] → p, v [M, N]
struct MuonUpdate: UpdateRule {
  static let name = "muonUpdate"
  static let formula = "v = μ v + (1 − μ) g;  p = (1 − η λ) p − η √max(1, M / N) orthogonal(v)"
  let momentum: Double
  let isNesterov: Bool
  let iterations: Int

  var targetCount: Int { 2 }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let velocity = targets[1].averaged(gradient, decay: momentum)
    let direction = isNesterov ? gradient.averaged(velocity, decay: 1 - momentum) : velocity
    let (rows, columns) = (Double(gradient.shape[0]), Double(gradient.shape[1]))
    let change =
      Muon.orthogonalized(direction, iterations: iterations)
      * (numbers.rate * max(1, rows / columns).squareRoot())
    return [targets[0] * numbers.keep - change, velocity]
  }
}
