/// A scalar computation that is written down, not carried out: a definition evaluated in it becomes
/// source text.
///
///     let x = ScalarExpression(argument: "x")
///     (x * T.exp(x)).source(named: "f", arguments: ["x"], .c, .float32)
///     // static inline float f(float x) {
///     //   return x * expf(x);
///     // }
///
/// It is a graph: a shared subexpression is computed once, in a variable. Operations on constants
/// alone and products with 1 are carried out.
struct ScalarExpression: ScalarNumber, Sendable {
  /// A function of a mathematics library, by its name in C in double precision.
  enum Function: String, Sendable {
    case exp, expm1, log, log1p, log2, log10, sqrt, sin, cos, atan2, tanh, erf, pow, fmod
    case fabs, floor, ceil, rint
  }

  enum Kind: Sendable {
    case argument(String)
    case constant(Double)
    case negation
    /// An operator between two operands, a comparison included.
    case infix(String)
    case call(Function)
    case selection
  }

  final class Node: Sendable {
    let kind: Kind
    let operands: [Node]

    init(_ kind: Kind, _ operands: [Node] = []) {
      self.kind = kind
      self.operands = operands
    }
  }

  /// A comparison written down.
  struct Truth: Sendable {
    fileprivate enum Kind: Sendable {
      case constant(Bool)
      case node(Node)
    }
    fileprivate let kind: Kind
  }

  let node: Node

  private init(_ kind: Kind, _ operands: ScalarExpression...) {
    node = Node(kind, operands.map(\.node))
  }

  /// An argument of the function that is being written.
  init(argument name: String) { self.init(.argument(name)) }
  init(_ constant: Double) { self.init(.constant(constant)) }
  init(integerLiteral value: Int64) { self.init(Double(value)) }
  init(floatLiteral value: Double) { self.init(value) }

  private var constant: Double? {
    if case .constant(let value) = node.kind { value } else { nil }
  }
}

// MARK: Arithmetic

extension ScalarExpression {
  private static func infix(
    _ symbol: String, _ a: Self, _ b: Self, _ value: (Double, Double) -> Double
  ) -> Self {
    if let a = a.constant, let b = b.constant { return Self(value(a, b)) }
    return Self(.infix(symbol), a, b)
  }

  static func + (a: Self, b: Self) -> Self { infix("+", a, b, +) }
  static func - (a: Self, b: Self) -> Self { infix("-", a, b, -) }
  static func * (a: Self, b: Self) -> Self {
    if a.constant == 1 { return b }
    if b.constant == 1 { return a }
    return infix("*", a, b, *)
  }
  static func / (a: Self, b: Self) -> Self { infix("/", a, b, /) }
  static prefix func - (x: Self) -> Self {
    x.constant.map { Self(-$0) } ?? Self(.negation, x)
  }

  private static func comparison(_ symbol: String, _ a: Self, _ b: Self, _ kind: Relation)
    -> Truth
  {
    if let a = a.constant, let b = b.constant { return Truth(kind: .constant(kind.value(a, b))) }
    return Truth(kind: .node(Node(.infix(symbol), [a.node, b.node])))
  }

  static func == (a: Self, b: Self) -> Truth { comparison("==", a, b, .equal) }
  static func != (a: Self, b: Self) -> Truth { comparison("!=", a, b, .notEqual) }
  static func < (a: Self, b: Self) -> Truth { comparison("<", a, b, .less) }
  static func <= (a: Self, b: Self) -> Truth { comparison("<=", a, b, .lessOrEqual) }
  static func > (a: Self, b: Self) -> Truth { comparison(">", a, b, .greater) }
  static func >= (a: Self, b: Self) -> Truth { comparison(">=", a, b, .greaterOrEqual) }

  static func select(_ condition: Truth, _ a: Self, _ b: Self) -> Self {
    switch condition.kind {
    case .constant(let isTrue): return isTrue ? a : b
    case .node(let node):
      return Self(node: Node(.selection, [node, a.node, b.node]))
    }
  }

  private init(node: Node) { self.node = node }
}

// MARK: Functions

extension ScalarExpression {
  private static func call(_ function: Function, _ arguments: Self...) -> Self {
    Self(node: Node(.call(function), arguments.map(\.node)))
  }

  static func abs(_ x: Self) -> Self { call(.fabs, x) }
  static func floor(_ x: Self) -> Self { call(.floor, x) }
  static func ceil(_ x: Self) -> Self { call(.ceil, x) }
  static func round(_ x: Self) -> Self { call(.rint, x) }
  static func exp(_ x: Self) -> Self { call(.exp, x) }
  static func expm1(_ x: Self) -> Self { call(.expm1, x) }
  static func log(_ x: Self) -> Self { call(.log, x) }
  static func log1p(_ x: Self) -> Self { call(.log1p, x) }
  static func log2(_ x: Self) -> Self { call(.log2, x) }
  static func log10(_ x: Self) -> Self { call(.log10, x) }
  static func sqrt(_ x: Self) -> Self { call(.sqrt, x) }
  static func sin(_ x: Self) -> Self { call(.sin, x) }
  static func cos(_ x: Self) -> Self { call(.cos, x) }
  static func atan2(_ y: Self, _ x: Self) -> Self { call(.atan2, y, x) }
  static func tanh(_ x: Self) -> Self { call(.tanh, x) }
  static func erf(_ x: Self) -> Self { call(.erf, x) }
  static func pow(_ a: Self, _ b: Self) -> Self { call(.pow, a, b) }
  static func remainder(_ a: Self, _ b: Self) -> Self { flooring(call(.fmod, a, b), b) }
}
