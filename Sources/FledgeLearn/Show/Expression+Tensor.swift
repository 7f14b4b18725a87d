import Fledge

extension Expression {
  /// A function that formulas can use.
  private struct Function {
    let argumentCount: Int
    /// What is wrong with these arguments, or nil; tensors that do not fit would trap.
    var fault: @Sendable ([Tensor]) -> String? = { _ in nil }
    let apply: @Sendable ([Tensor]) -> Tensor

    static func unary(_ body: @escaping @Sendable (Tensor) -> Tensor) -> Function {
      Function(argumentCount: 1) { body($0[0]) }
    }

    static func elementwise(
      _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> Function {
      Function(
        argumentCount: 2,
        fault: { arguments in
          let (a, b) = (arguments[0].shape, arguments[1].shape)
          return Shape.broadcast(a, b) == nil ? "shapes \(a) and \(b) do not broadcast" : nil
        }, apply: { body($0[0], $0[1]) })
    }

    static let product = Function(
      argumentCount: 2,
      fault: { arguments in
        let (a, b) = (arguments[0].shape, arguments[1].shape)
        guard (1...2).contains(a.rank), (1...2).contains(b.rank) else {
          return "a product takes vectors and matrices, not \(a) and \(b)"
        }
        let inner = b[b.rank == 1 ? 0 : -2]
        return a[-1] == inner ? nil : "\(a) × \(b): \(a[-1]) columns meet \(inner) rows"
      }, apply: { $0[0].matmul($0[1]) })
  }

  private static let functions: [String: Function] = [
    "+": .elementwise { $0 + $1 }, "-": .elementwise { $0 - $1 },
    "*": .elementwise { $0 * $1 }, "/": .elementwise { $0 / $1 },
    "^": .elementwise { $0.pow($1) }, "pow": .elementwise { $0.pow($1) },
    "maximum": .elementwise { maximum($0, $1) }, "minimum": .elementwise { minimum($0, $1) },
    "@": .product, "matmul": .product,
    "negate": .unary { -$0 }, "abs": .unary { $0.abs() }, "exp": .unary { $0.exp() },
    "log": .unary { $0.log() }, "sqrt": .unary { $0.sqrt() }, "square": .unary { $0.square() },
    "sin": .unary { $0.sin() }, "cos": .unary { $0.cos() }, "tanh": .unary { $0.tanh() },
    "sigmoid": .unary { sigmoid($0) }, "relu": .unary { relu($0) }, "gelu": .unary { gelu($0) },
    "silu": .unary { silu($0) }, "softplus": .unary { softplus($0) },
    "softmax": Function(
      argumentCount: 1,
      fault: { $0[0].rank > 0 ? nil : "a number alone has no axis for softmax" },
      apply: { softmax($0[0]) }), "sum": .unary { $0.sum() }, "mean": .unary { $0.mean() },
    "transpose": Function(
      argumentCount: 1,
      fault: { $0[0].rank == 2 ? nil : "shape \($0[0].shape) is not that of a matrix" },
      apply: { $0[0].transposed() }),
  ]

  /// The value of the expression for these variables.
  ///
  /// - Parameter text: the text it was read from, for mistakes
  package func evaluated(_ values: [String: Tensor], in text: String) throws(Mistake) -> Tensor {
    switch part {
    case .number(let value): return Tensor(value, dtype: .float64)
    case .name(let name):
      if let value = values[name] { return value }
      throw Mistake("'\(name)' has no value; give one with \(name)=0.5", in: text, at: column)
    case .call(let name, let parts):
      guard let function = Self.functions[name] else {
        let known = Self.functions.keys.filter { $0.first!.isLetter }.sorted()
        throw Mistake(
          "there is no function '\(name)'; there are \(known.joined(separator: ", "))", in: text,
          at: column)
      }
      var arguments: [Tensor] = []
      for part in parts { arguments.append(try part.evaluated(values, in: text)) }
      if arguments.count != function.argumentCount {
        throw Mistake(
          "'\(name)' takes \(function.argumentCount) arguments, not \(arguments.count)", in: text,
          at: column)
      }
      if let fault = function.fault(arguments) { throw Mistake(fault, in: text, at: column) }
      return function.apply(arguments)
    }
  }

  /// The graph of the expression, after a backward pass from its result (from the sum of its
  /// elements, where it has several).
  package static func graph(
    _ text: String, values: [(name: String, value: Tensor)]
  ) throws(Mistake) -> ComputationGraph {
    let expression = try Expression(text)
    guard case .call = expression.part else {
      throw Mistake("there is no operation in it to draw", in: text, at: expression.column)
    }
    let names = expression.names
    if let other = values.map(\.name).first(where: { !names.contains($0) }) {
      throw Mistake("there is a value for '\(other)', which is not in the formula", in: text, at: 0)
    }
    let leaves = values.map { ($0.name, $0.value.requiringGradients()) }
    let byName = Dictionary(leaves) { $1 }
    let named = leaves.map { (name: $0.0, tensor: $0.1) }
    return try recordingGraph(names: named) { () throws(Mistake) in
      let result = try expression.evaluated(byName, in: text)
      let loss = result.count == 1 ? result : result.sum()
      if loss.requiresGradients { loss.backward() }
    }.graph
  }
}
