import FledgeCourse
import Foundation

/// What can be done with numbers. An operation takes one or two of them, x[0] and x[1], and makes
/// one.
enum ScalarOperation: Equatable {
  /// x₀ + x₁
  case add
  /// x₀ · x₁
  case multiply
  /// x₀ⁿ, with an exponent n that is part of the operation
  case power(Double)
  /// e to the power of x₀
  case exponential
  /// The natural logarithm of x₀
  case logarithm
  /// tanh x₀, which squeezes all numbers between −1 and 1
  case hyperbolicTangent
  /// max(x₀, 0), which everybody calls ReLU
  case rectifier

  /// The result of the operation on the numbers `x`. Swift has `max`, and Foundation, which is imported
  /// above, has `pow(base, exponent)`, `exp`, `log` and `tanh`. A case with an exponent in it reads
  /// `case .power(let exponent):`.
  ///
  ///     ScalarOperation.multiply.value(of: [2, 3])      // 6
  ///     ScalarOperation.power(3).value(of: [2])         // 8
  func value(of x: [Double]) -> Double {
    switch self {
    case .add: return x[0] + x[1]
    // solution
    // stub: default: unwritten("the value of the other operations")
    case .multiply: return x[0] * x[1]
    case .power(let exponent): return pow(x[0], exponent)
    case .exponential: return exp(x[0])
    case .logarithm: return log(x[0])
    case .hyperbolicTangent: return tanh(x[0])
    case .rectifier: return max(x[0], 0)
    // end solution
    }
  }
}

/// A number that remembers how it was made.
///
///     let a = Scalar(3, "a")
///     let b = Scalar(2, "b")
///     let c = a * b + 1        // 7, and knows that it is the sum of a product and a constant
///
/// There are three kinds of them:
/// - A *variable* is made by hand: `Scalar(3)`. In exercise 1.5 it learns its gradient.
/// - A *constant* is a plain number that met a scalar, like the 1 above, or `Scalar(constant: 1)`.
///   Nobody asks for its gradient.
/// - A *result* was made by an operation. It keeps which one, and the inputs, in order.
final class Scalar {
  /// The number itself. Training changes that of a variable.
  var value: Double
  /// How fast the end of a computation grows with this number; exercise 1.5 fills it in.
  var gradient = 0.0
  /// What pictures and messages call it, such as "a"; may be empty.
  let name: String
  let isConstant: Bool
  /// What made this number; nil for variables and constants.
  let operation: ScalarOperation?
  /// What it was made from; empty for variables and constants.
  private(set) var inputs: [Scalar]

  /// A variable.
  init(_ value: Double, _ name: String = "") {
    self.value = value
    self.name = name
    isConstant = false
    operation = nil
    inputs = []
  }

  /// A constant.
  init(constant value: Double) {
    self.value = value
    name = ""
    isConstant = true
    operation = nil
    inputs = []
  }

  /// A result.
  init(_ value: Double, madeBy operation: ScalarOperation, from inputs: [Scalar]) {
    self.value = value
    name = ""
    isConstant = false
    self.operation = operation
    self.inputs = inputs
  }

  /// Given to you: lets go of the history one number at a time. Swift on its own would free the
  /// inputs within the freeing of the result, their inputs within theirs and so on, and a chain of
  /// 100,000 such calls, one in the other, overflows the stack.
  deinit {
    var released = inputs
    inputs = []
    while var next = released.popLast() {
      // Anyone else who holds the number, or a part of it, keeps it with its history.
      guard isKnownUniquelyReferenced(&next) else { continue }
      released += next.inputs
      next.inputs = []
    }
  }
}

// MARK: Recording

extension Scalar {
  /// Computes an operation and records it: the result knows its value, the operation and the inputs.
  ///
  /// If all inputs are constants, the result is a constant, too: its value, and no history. Nobody
  /// will ask how it came about, and what it was made from can be forgotten.
  ///
  ///     let x = Scalar(3)
  ///     let y = record(.multiply, x, x)      // value 9, operation .multiply, inputs [x, x]
  ///
  /// - Parameter inputs: the inputs; in here they are an array, `[Scalar]`.
  static func record(_ operation: ScalarOperation, _ inputs: Scalar...) -> Scalar {
    // solution
    let value = operation.value(of: inputs.map(\.value))
    if inputs.allSatisfy(\.isConstant) { return Scalar(constant: value) }
    return Scalar(value, madeBy: operation, from: inputs)
    // end solution
  }

  static func + (a: Scalar, b: Scalar) -> Scalar {
    // solution
    record(.add, a, b)
    // end solution
  }

  static func * (a: Scalar, b: Scalar) -> Scalar {
    // solution
    record(.multiply, a, b)
    // end solution
  }

  /// −a. There is no operation for it, and none is needed: what must a be multiplied by?
  static prefix func - (a: Scalar) -> Scalar {
    // solution
    a * -1
    // end solution
  }

  /// a − b, made of operations that are there already.
  static func - (a: Scalar, b: Scalar) -> Scalar {
    // solution
    a + -b
    // end solution
  }

  /// a / b, made of operations that are there already: 1 / b is a power of b.
  static func / (a: Scalar, b: Scalar) -> Scalar {
    // solution
    a * b.power(-1)
    // end solution
  }

  func power(_ exponent: Double) -> Scalar { Self.record(.power(exponent), self) }
  func exp() -> Scalar { Self.record(.exponential, self) }
  func log() -> Scalar { Self.record(.logarithm, self) }
  func tanh() -> Scalar { Self.record(.hyperbolicTangent, self) }
  func relu() -> Scalar { Self.record(.rectifier, self) }
}

// MARK: Plain numbers

/// A plain number beside a scalar becomes a constant.
extension Scalar {
  static func + (a: Scalar, b: Double) -> Scalar { a + Scalar(constant: b) }
  static func + (a: Double, b: Scalar) -> Scalar { Scalar(constant: a) + b }
  static func - (a: Scalar, b: Double) -> Scalar { a - Scalar(constant: b) }
  static func - (a: Double, b: Scalar) -> Scalar { Scalar(constant: a) - b }
  static func * (a: Scalar, b: Double) -> Scalar { a * Scalar(constant: b) }
  static func * (a: Double, b: Scalar) -> Scalar { Scalar(constant: a) * b }
  static func / (a: Scalar, b: Double) -> Scalar { a / Scalar(constant: b) }
  static func / (a: Double, b: Scalar) -> Scalar { Scalar(constant: a) / b }
}

// MARK: In words

extension Scalar: CustomStringConvertible {
  /// "a = 3", "add = 7", "constant 1".
  var description: String {
    let number = Self.digits(value)
    if isConstant { return "constant \(number)" }
    let label = operation.map { "\($0)" } ?? (name.isEmpty ? "variable" : name)
    return "\(label) = \(number)"
  }

  /// The history as a tree, to print while looking for a mistake. That of a · b + 1:
  ///
  ///     add = 7
  ///     ├ multiply = 6
  ///     │ ├ a = 3
  ///     │ └ b = 2
  ///     └ constant 1
  func tree(levels: Int = 5) -> String {
    guard levels > 0 || inputs.isEmpty else { return "\(self) …" }
    let branches = inputs.indices.flatMap { i -> [String] in
      let isLast = i == inputs.count - 1
      let lines = inputs[i].tree(levels: levels - 1).split(separator: "\n")
      return ["\(isLast ? "└" : "├") \(lines[0])"]
        + lines.dropFirst().map { "\(isLast ? " " : "│") \($0)" }
    }
    return (["\(self)"] + branches).joined(separator: "\n")
  }

  /// A number with six digits at most.
  static func digits(_ number: Double) -> String { String(format: "%.6g", number) }
}
