import FledgeCore
import FledgeNN

/// L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 3.5), as PyTorch computes it: steps along
/// −H g, where the inverse H of the second derivatives is estimated from the last changes of
/// parameters and gradients. For smooth losses over all data at once, not for batches.
///
///     let optimizer = LBFGS(model.parameters())
///     for _ in 0..<20 { optimizer.step { meanSquaredError(model(x), y) } }
///
/// A step takes several iterations, each of which evaluates the loss at least once: so ``step(_:)``
/// is given the loss, and clears gradients and runs backward passes by itself. The whole of the
/// parameters is one vector; one that is frozen or has no gradient stays where it is. The vector is
/// float32, or float64 if a parameter is.
///
/// Memory: 2 · ``historySize`` times that of the parameters.
public final class LBFGS: Optimizer {
  /// How far an iteration goes along its direction.
  public enum LineSearch: Sendable {
    /// η times the direction, whatever comes of it (PyTorch's default).
    case fixed
    /// A length that satisfies the strong Wolfe conditions: the loss falls enough, and its slope
    /// along the direction is flat enough. η is the first length tried.
    case strongWolfe
  }

  /// The most iterations of a step.
  public let maximumIterations: Int
  /// The most evaluations of the loss in a step; a line search may take one more.
  public let maximumEvaluations: Int
  /// A step ends where no element of the gradient is larger.
  public let gradientTolerance: Double
  /// A step ends where neither a parameter nor the loss changes by more.
  public let changeTolerance: Double
  /// How many changes of parameters and gradients H is estimated from.
  public let historySize: Int
  /// How far an iteration goes along its direction.
  public let lineSearch: LineSearch

  /// What the next iteration starts from; nil before the first.
  private var memory: Memory?

  /// - Parameters:
  ///   - learningRate: η.
  ///   - maximumEvaluations: By default 5/4 of the iterations.
  ///   - historySize: How many changes H is estimated from.
  public init(
    _ parameters: [AnyParameter], learningRate: Double = 1, maximumIterations: Int = 20,
    maximumEvaluations: Int? = nil, gradientTolerance: Double = 1e-7,
    changeTolerance: Double = 1e-9, historySize: Int = 100, lineSearch: LineSearch = .strongWolfe
  ) {
    require(
      maximumIterations > 0 && maximumEvaluations ?? 1 > 0 && historySize > 0, "LBFGS",
      "iterations, evaluations and history must be positive, got \(maximumIterations), "
        + "\(maximumEvaluations ?? 1) and \(historySize)")
    require(!parameters.isEmpty, "LBFGS", "there are no parameters")
    self.maximumIterations = maximumIterations
    self.maximumEvaluations = maximumEvaluations ?? maximumIterations * 5 / 4
    self.gradientTolerance = gradientTolerance
    self.changeTolerance = changeTolerance
    self.historySize = historySize
    self.lineSearch = lineSearch
    super.init([ParameterGroup(parameters, learningRate: learningRate)])
  }

  override func step(_ parameter: AnyParameter, at index: Int, in group: ParameterGroup) {
    fledgeTrap(
      "LBFGS", "a step evaluates the loss several times: optimizer.step { loss(model, batch) }")
  }

  /// Takes one step: up to ``maximumIterations`` iterations. `loss` computes the loss, a scalar,
  /// from the present parameters. Returns the loss before the step.
  @discardableResult
  public func step(_ loss: () -> Tensor) -> Tensor {
    var before: Tensor?
    withSpan("LBFGS.step") { before = iterate(loss) }
    return before!
  }

  private func iterate(_ loss: () -> Tensor) -> Tensor {
    let first = evaluate(loss)
    var (value, gradient) = (first.value, first.gradient)
    var evaluations = 1
    if largest(gradient) <= gradientTolerance { return first.loss }
    let rate = groups[0].learningRate * learningRateFactor
    for iteration in 1...maximumIterations {
      let direction = nextDirection(gradient)
      let slope = dot(gradient, direction)
      let previous = value
      var length =
        memory!.iterations == 1 ? min(1, 1 / gradient.abs().sum().item()) * rate : rate
      memory!.length = length
      if slope > -changeTolerance { break }
      let start = flattened { $0.value }
      let directionSize = largest(direction)
      switch lineSearch {
      case .fixed:
        move(from: start, along: direction, by: length)
        // The loss after the last iteration is not needed.
        if iteration < maximumIterations {
          let found = evaluate(loss)
          (value, gradient) = (found.value, found.gradient)
          evaluations += 1
        }
      case .strongWolfe:
        let search = WolfeSearch(
          start: WolfeSearch.Point(length: 0, loss: value, gradient: gradient, slope: slope),
          directionSize: directionSize, changeTolerance: changeTolerance,
          maximumEvaluations: maximumEvaluations - evaluations)
        let (point, count) = search.run(from: length) { length in
          self.move(from: start, along: direction, by: length)
          let found = self.evaluate(loss)
          return WolfeSearch.Point(
            length: length, loss: found.value, gradient: found.gradient,
            slope: self.dot(found.gradient, direction))
        }
        evaluations += count
        (length, value, gradient) = (point.length, point.loss, point.gradient)
        move(from: start, along: direction, by: length)
      }
      memory!.length = length
      if evaluations >= maximumEvaluations || largest(gradient) <= gradientTolerance { break }
      let change = directionSize * length
      if change <= changeTolerance || abs(value - previous) < changeTolerance { break }
    }
    return first.loss
  }

  /// −H g by the two loops of Nocedal & Wright, and the memory brought up to this iteration.
  private func nextDirection(_ gradient: Tensor) -> Tensor {
    withoutGradients(memoryTag: .optimizer) {
      var memory = self.memory.take() ?? Memory(gradient: gradient, direction: -gradient)
      if memory.iterations > 0 {
        memory.note(gradient, historySize: historySize)
        memory.direction = memory.direction(for: gradient)
      }
      memory.gradient = gradient
      memory.iterations += 1
      self.memory = memory
      return memory.direction
    }
  }

  // MARK: The parameters as one vector

  private var vectorType: DType {
    parameters.contains { $0.dtype == .float64 } ? .float64 : .float32
  }

  private func flattened(_ part: (AnyParameter) -> Tensor?) -> Tensor {
    let dtype = vectorType
    return withoutGradients(memoryTag: .optimizer) {
      Tensor.concatenate(
        parameters.map { parameter in
          part(parameter)?.cast(to: dtype).reshaped([parameter.shape!.count])
            ?? Tensor.zeros([parameter.shape?.count ?? 0], dtype: dtype)
        })
    }
  }

  /// The loss at the present parameters, and value and gradient of what is to be made small.
  private func evaluate(
    _ loss: () -> Tensor
  ) -> (loss: Tensor, value: Double, gradient: Tensor) {
    let group = groups[0]
    require(
      group.weightDecay == 0, "LBFGS",
      "has no weight decay, got \(group.weightDecay): add it to the loss")
    zeroGrad()
    let loss = withGradients(loss)
    require(loss.count == 1, "LBFGS", "the loss must be a scalar, its shape is \(loss.shape)")
    loss.backward()
    let (value, gradient) = (loss.item(), flattened { $0.isTrainable ? $0.grad : nil })
    return group.isMaximizing
      ? (loss.detached(), -value, -gradient) : (loss.detached(), value, gradient)
  }

  /// Puts the parameters to start + length · direction.
  private func move(from start: Tensor, along direction: Tensor, by length: Double) {
    withoutGradients(memoryTag: .optimizer) {
      let target = start + direction * length
      var position = 0
      for parameter in parameters {
        guard let shape = parameter.shape else { continue }
        if parameter.isTrainable && parameter.grad != nil {
          let part = target.sliced(axis: 0, from: position, count: shape.count).reshaped(shape)
          parameter.update {
            $0 = part.cast(to: $0.dtype)
            $0.makeUnique()
          }
        }
        position += shape.count
      }
    }
  }

  private func dot(_ a: Tensor, _ b: Tensor) -> Double {
    withoutGradients(memoryTag: .optimizer) { (a * b).sum().item() }
  }

  private func largest(_ x: Tensor) -> Double {
    withoutGradients(memoryTag: .optimizer) { x.count == 0 ? 0 : x.abs().max().item() }
  }

  // MARK: State

  /// Numbers of the whole vector, kept with the first parameter.
  private static let numbers = ["iterations", "length", "scale"]

  public override func stateNames(at index: Int) -> [(name: String, hasParameterShape: Bool)] {
    ["direction", "gradient", "changes", "gradientChanges"].map { ($0, true) }
      + (index == 0 ? Self.numbers.map { ($0, false) } : [])
  }

  /// Histories are [entries, elements].
  override func stateShape(of name: String, for shape: Shape, found: Shape) -> Shape {
    guard name == "changes" || name == "gradientChanges" else { return shape }
    let isHistory = found.rank == 2 && found[0] <= historySize && found[1] == shape.count
    return isHistory ? found : [historySize, shape.count]
  }

  public override var state: [String: Tensor] {
    guard let memory else { return [:] }
    let names = parameterNames
    var result: [String: Tensor] = [
      "\(names[0]).iterations": Tensor([memory.iterations], shape: []),
      "\(names[0]).length": Tensor([memory.length], shape: []),
      "\(names[0]).scale": Tensor([memory.scale], shape: []),
    ]
    withoutGradients(memoryTag: .optimizer) {
      let total = memory.gradient.count
      func history(_ entries: [Tensor]) -> Tensor {
        entries.isEmpty ? .zeros([0, total], dtype: vectorType) : .stack(entries)
      }
      let (changes, gradientChanges) = (history(memory.changes), history(memory.gradientChanges))
      var position = 0
      for (name, parameter) in zip(names, parameters) {
        guard let shape = parameter.shape else { continue }
        func part(_ x: Tensor) -> Tensor {
          x.sliced(axis: -1, from: position, count: shape.count).contiguous()
        }
        result["\(name).direction"] = part(memory.direction).reshaped(shape)
        result["\(name).gradient"] = part(memory.gradient).reshaped(shape)
        result["\(name).changes"] = part(changes)
        result["\(name).gradientChanges"] = part(gradientChanges)
        position += shape.count
      }
    }
    return result
  }

  /// Starts anew unless the state has all parameters.
  public override func restore(_ state: [String: Tensor]) {
    memory = nil
    let (names, dtype) = (parameterNames, vectorType)
    func joined(_ kept: String, axis: Int) -> Tensor? {
      var parts: [Tensor] = []
      for (name, parameter) in zip(names, parameters) where parameter.isPresent {
        guard let part = state["\(name).\(kept)"] else { return nil }
        parts.append((axis == 0 ? part.reshaped([part.count]) : part).detached().cast(to: dtype))
      }
      return parts.isEmpty ? nil : .concatenate(parts, axis: axis)
    }
    func number(_ name: String) -> Double? { state["\(names[0]).\(name)"]?.item() }
    withoutGradients(memoryTag: .optimizer) {
      guard let iterations = number("iterations").flatMap({ Int(count: $0) }), iterations > 0,
        let direction = joined("direction", axis: 0), let gradient = joined("gradient", axis: 0),
        let changes = joined("changes", axis: 1),
        let gradientChanges = joined("gradientChanges", axis: 1)
      else { return }
      var memory = Memory(gradient: gradient, direction: direction)
      memory.iterations = iterations
      memory.length = number("length") ?? 0
      memory.scale = number("scale") ?? 1
      for i in 0..<changes.shape[0] {
        memory.append(changes[i].contiguous(), gradientChanges[i].contiguous())
      }
      self.memory = memory
    }
  }

  override func checkCounts(_ state: [String: Tensor]) throws(OptimizerError) {
    var entries: Int?
    for name in parameterNames {
      if let count = state["\(name).iterations"]?.item(), Int(count: count) == nil {
        throw .invalidCount(name: "\(name).iterations", found: count)
      }
      for kept in ["changes", "gradientChanges"] {
        guard let history = state["\(name).\(kept)"] else { continue }
        let expected = entries ?? history.shape[0]
        if history.shape[0] != expected {
          throw .mismatched(
            name: "\(name).\(kept)", expected: [expected, history.shape[1]], found: history.shape)
        }
        entries = expected
      }
    }
  }
}

/// What L-BFGS knows of the iterations so far; all vectors are flat.
private struct Memory {
  /// g of the last iteration.
  var gradient: Tensor
  /// d of the last iteration.
  var direction: Tensor
  /// How far it went along d.
  var length = 0.0
  /// γ: H without a history is γ times the identity.
  var scale = 1.0
  var iterations = 0
  /// s, the changes of the parameters, the oldest first.
  private(set) var changes: [Tensor] = []
  /// y, the changes of the gradient that came with them.
  private(set) var gradientChanges: [Tensor] = []
  /// 1 / (y · s).
  private var inverses: [Double] = []

  init(gradient: Tensor, direction: Tensor) {
    self.gradient = gradient
    self.direction = direction
  }

  mutating func append(_ change: Tensor, _ gradientChange: Tensor) {
    changes.append(change)
    gradientChanges.append(gradientChange)
    inverses.append(1 / (change * gradientChange).sum().item())
  }

  /// Takes in the last change, unless the loss was not convex along it.
  mutating func note(_ newGradient: Tensor, historySize: Int) {
    let (y, s) = (newGradient - gradient, direction * length)
    let curvature = (y * s).sum().item()
    guard curvature > 1e-10 else { return }
    if changes.count == historySize {
      changes.removeFirst()
      gradientChanges.removeFirst()
      inverses.removeFirst()
    }
    append(s, y)
    scale = curvature / y.square().sum().item()
  }

  /// −H g (Nocedal & Wright, algorithm 7.4).
  func direction(for gradient: Tensor) -> Tensor {
    var q = -gradient
    var weights = [Double](repeating: 0, count: changes.count)
    for i in changes.indices.reversed() {
      weights[i] = (changes[i] * q).sum().item() * inverses[i]
      q -= gradientChanges[i] * weights[i]
    }
    q *= scale
    for i in changes.indices {
      let weight = (gradientChanges[i] * q).sum().item() * inverses[i]
      q += changes[i] * (weights[i] - weight)
    }
    return q
  }
}
