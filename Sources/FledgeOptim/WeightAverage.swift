import FledgeCore
import FledgeNN

/// The exponential moving average of weights, which often performs better than the weights
/// themselves (Polyak & Juditsky 1992).
///
///     let average = WeightAverage(model.parameters(), decay: 0.999)
///     …
///     optimizer.step()
///     average.update()
///     …
///     average.withAverage { validate(model) }
///
/// a = d a + (1 − d) p after each step; a starts at p. Memory: one more copy of the parameters.
/// Buffers, such as running statistics, are not averaged and stay as they are.
public final class WeightAverage {
  /// d.
  public let decay: Double
  /// Whether the averages stand in the parameters now.
  public private(set) var isSwappedIn = false
  private let parameters: [AnyParameter]
  private let names: ParameterNames
  private var averages: [Int: Tensor]

  /// An average that starts at the present weights.
  public init(_ parameters: [AnyParameter], decay: Double = 0.999) {
    require((0...1).contains(decay), "WeightAverage", "the decay must be in 0…1, got \(decay)")
    self.decay = decay
    self.parameters = parameters
    names = ParameterNames(parameters.map(\.paths), "WeightAverage")
    averages = [:]
    for (index, parameter) in parameters.enumerated() {
      averages[index] = parameter.value.map(Self.copy)
    }
  }

  private static func copy(_ value: Tensor) -> Tensor {
    withMemoryTag(.optimizer) { ExecutionContext.current.backend.copy(value) }
  }

  /// Takes the present weights into the average.
  public func update() {
    require(!isSwappedIn, "WeightAverage", "the averages are swapped in; restore the weights first")
    withoutGradients {
      for (index, parameter) in parameters.enumerated() {
        guard let value = parameter.value else { continue }
        averages[index]?.average(value, decay: decay)
      }
    }
  }

  /// Puts the averages into the parameters, and their weights aside.
  public func swapIn() {
    require(!isSwappedIn, "WeightAverage", "the averages are swapped in already")
    exchange()
  }

  /// Puts the weights back.
  public func restore() {
    require(isSwappedIn, "WeightAverage", "the averages are not swapped in")
    exchange()
  }

  /// Runs `body` with the averages in the place of the weights.
  public func withAverage<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    swapIn()
    defer { restore() }
    return try body()
  }

  /// Gives the parameters the averages for good, for what comes after training.
  public func replaceWeights() {
    require(!isSwappedIn, "WeightAverage", "the averages are swapped in; restore the weights first")
    for (index, parameter) in parameters.enumerated() {
      if let average = averages[index] { parameter.value = average }
    }
  }

  private func exchange() {
    for (index, parameter) in parameters.enumerated() {
      guard var average = averages.removeValue(forKey: index) else { continue }
      parameter.update { swap(&$0, &average) }
      averages[index] = average
    }
    isSwappedIn.toggle()
  }

  // MARK: State

  /// The averages, named by the path of their parameter when the average was made:
  /// `head.weight.average`, or `parameter.3.average` if no model had listed it.
  public var state: [String: Tensor] {
    require(!isSwappedIn, "WeightAverage", "the averages are swapped in; restore the weights first")
    return Dictionary(uniqueKeysWithValues: averages.map { (name($0), $1) })
  }

  /// Loads a saved ``state``; on an error nothing changes.
  ///
  /// - Parameter strict: Whether names that only one side knows are an error. With `false` they are
  ///   ignored, and a parameter that is not in the state is averaged from its present value; wrong
  ///   shapes never are.
  public func load(_ state: [String: Tensor], strict: Bool = true) throws(OptimizerError) {
    require(!isSwappedIn, "WeightAverage", "the averages are swapped in; restore the weights first")
    let known = try checked(state, strict: strict)
    for (index, current) in averages {
      guard let value = known[name(index)] else { continue }
      averages[index] = Self.copy(value.detached().cast(to: current.dtype))
    }
  }

  /// Throws what ``load(_:strict:)`` would throw, and changes nothing.
  package func check(_ state: [String: Tensor], strict: Bool = true) throws(OptimizerError) {
    _ = try checked(state, strict: strict)
  }

  private func checked(
    _ state: [String: Tensor], strict: Bool
  ) throws(OptimizerError) -> [String: Tensor] {
    let known = try names.resolving(state, isStrict: strict) { index, kept, _ in
      kept == "average" ? averages[index]?.shape : nil
    }
    if strict, let missing = averages.keys.map(name).filter({ known[$0] == nil }).min() {
      throw .missing(name: missing)
    }
    return known
  }

  private func name(_ index: Int) -> String { "\(names.names[index]).average" }
}
