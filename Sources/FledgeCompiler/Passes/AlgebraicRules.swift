import FledgeCore

/// Rewrites operations by the rules of algebra that keep every bit:
///
///     x · 1 = x      x / 1 = x      x − 0 = x      −(−x) = x
///     cast to the same dtype, reshape or broadcast to the same shape, permute in order = x
///     reshape(reshape(x)) = reshape(x)      permute(permute(x)) = permute(x)
///     matmul(xᵀ, y) = matmul with the transposition inside it, and on the right side
///
/// x + 0 is not x where x is −0, and x · 0 is not 0 where x is infinite; so they are no rules.
public struct AlgebraicRules: GraphPass {
  public let name = "algebra"

  /// The pass with all its rules.
  public init() {}

  /// What an operation becomes.
  enum Result {
    /// A value that is there already.
    case value(Graph.Value)
    /// Another operation on other values, with outputs of the same types.
    case operation(String, Attributes, [Graph.Value])
  }

  /// An operation with what is known of its surroundings.
  struct Context {
    let equation: Graph.Equation
    fileprivate let makers: [Graph.Value: Graph.Equation]
    fileprivate let constants: [Graph.Value: Tensor]
    fileprivate let types: [Graph.Value: TensorType]

    var name: String { equation.name }
    func input(_ i: Int) -> Graph.Value { equation.inputs[i] }
    func type(_ value: Graph.Value) -> TensorType { types[value]! }
    var outputType: TensorType { equation.types[0] }

    /// The operation that makes a value within the same region, if it has this name.
    func maker(of value: Graph.Value, _ name: String) -> Graph.Equation? {
      makers[value].flatMap {
        $0.name == name && $0.region == equation.region ? $0 : nil
      }
    }

    /// Whether all elements of a value are this number, and not −0 for 0.
    func isEverywhere(_ value: Graph.Value, _ number: Double) -> Bool {
      if case .double(let filled)? = makers[value]?.fillValue {
        return filled.bitPattern == number.bitPattern
      }
      guard let elements = constants[value]?.array(of: Double.self), !elements.isEmpty else {
        return false
      }
      return elements.allSatisfy { $0.bitPattern == number.bitPattern }
    }

    /// `value` in place of the output, if it has its type.
    func same(_ value: Graph.Value) -> Result? {
      type(value) == outputType ? .value(value) : nil
    }
  }

  /// The rules, one a line where it fits. The first that gives something is taken.
  static let rules: [(name: String, rule: @Sendable (Context) -> Result?)] = [
    (
      "x · 1 = x",
      { $0.name == "multiply" && $0.isEverywhere($0.input(1), 1) ? $0.same($0.input(0)) : nil }
    ),
    (
      "1 · x = x",
      { $0.name == "multiply" && $0.isEverywhere($0.input(0), 1) ? $0.same($0.input(1)) : nil }
    ),
    (
      "x / 1 = x",
      { $0.name == "divide" && $0.isEverywhere($0.input(1), 1) ? $0.same($0.input(0)) : nil }
    ),
    (
      "x − 0 = x",
      { $0.name == "subtract" && $0.isEverywhere($0.input(1), 0) ? $0.same($0.input(0)) : nil }
    ),
    (
      "−(−x) = x",
      {
        guard $0.name == "negate", let inner = $0.maker(of: $0.input(0), "negate") else {
          return nil
        }
        return $0.same(inner.inputs[0])
      }
    ),
    ("cast to the same dtype", { $0.name == "cast" ? $0.same($0.input(0)) : nil }),
    ("reshape to the same shape", { $0.name == "reshape" ? $0.same($0.input(0)) : nil }),
    ("broadcast to the same shape", { $0.name == "broadcast" ? $0.same($0.input(0)) : nil }),
    (
      "permute in order",
      {
        guard $0.name == "permute", let order = $0.equation.order else { return nil }
        return order == Array(0..<order.count) ? $0.same($0.input(0)) : nil
      }
    ),
    (
      "reshape of a reshape",
      {
        guard $0.name == "reshape", let inner = $0.maker(of: $0.input(0), "reshape") else {
          return nil
        }
        return .operation("reshape", $0.equation.primitive.attributes, inner.inputs)
      }
    ),
    (
      "permute of a permute",
      {
        guard $0.name == "permute", let inner = $0.maker(of: $0.input(0), "permute"),
          let outer = $0.equation.order, let order = inner.order
        else { return nil }
        return .operation("permute", ["order": .integers(outer.map { order[$0] })], inner.inputs)
      }
    ),
    ("xᵀ y", { transposition($0, side: 0, "transposesLeft") }),
    ("x yᵀ", { transposition($0, side: 1, "transposesRight") }),
  ]

  /// A product of matrices one side of which only swaps the last two axes: it can read the matrix so.
  private static func transposition(
    _ context: Context, side: Int, _ attribute: String
  ) -> Result? {
    guard context.name == "matmul",
      let inner = context.maker(of: context.input(side), "permute"), let order = inner.order,
      order.count >= 2, order == Array(0..<order.count - 2) + [order.count - 1, order.count - 2]
    else { return nil }
    let attributes = context.equation.primitive.attributes.map { entry in
      guard entry.name == attribute, case .boolean(let isOn) = entry.value else { return entry }
      return Attributes.Entry(entry.name, .boolean(!isOn))
    }
    var inputs = context.equation.inputs
    inputs[side] = inner.inputs[0]
    return .operation("matmul", Attributes(attributes), inputs)
  }

  public func callAsFunction(_ graph: Graph) -> (graph: Graph, changes: [String]) {
    var (result, changes, replacements) = (graph, [String](), Replacements())
    let constants = Dictionary(
      uniqueKeysWithValues: graph.constants.map { ($0.value, $0.tensor) })
    var makers: [Graph.Value: Graph.Equation] = [:]
    let types = graph.types
    result.equations = []
    for var equation in graph.equations {
      equation.inputs = equation.inputs.map { replacements($0) }
      let context = Context(
        equation: equation, makers: makers, constants: constants, types: types)
      for (name, rule) in Self.rules {
        guard let found = rule(context) else { continue }
        switch found {
        case .value(let value):
          replacements.replace(equation.outputs[0], by: value)
          changes.append("\(name): \(equation.outputs[0]) is \(value)")
        case .operation(let operation, let attributes, let inputs):
          guard let primitive = try? Registry.make(operation, attributes) else { continue }
          (equation.primitive, equation.inputs) = (primitive, inputs)
          changes.append("\(name): \(equation)")
        }
        break
      }
      if replacements(equation.outputs[0]) != equation.outputs[0] { continue }
      for value in equation.outputs { makers[value] = equation }
      result.equations.append(equation)
    }
    replacements.rewriteResults(of: &result)
    return (result, changes)
  }
}

extension Graph.Equation {
  /// The number of a tensor that is full of it.
  fileprivate var fillValue: AttributeValue? {
    name == "fill" ? primitive.attributes["value"] : nil
  }

  /// The order of a permutation.
  fileprivate var order: [Int]? {
    if case .integers(let order)? = primitive.attributes["order"] { order } else { nil }
  }
}
