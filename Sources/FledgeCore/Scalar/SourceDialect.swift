/// A language that elementwise functions can be printed in, as a table of the differences.
///
/// To get the same last bits, do not contract products and sums (`-ffp-contract=off`).
public struct SourceDialect: Sendable {
  /// What stands before a function's type.
  let qualifier: String
  /// Whether functions of `float` have an `f` at the end, as in C, or one name serves all types.
  let hasSuffixes: Bool
  /// ∞ and NaN in float32 and float64.
  let infinity: (float32: String, float64: String)
  let notANumber: (float32: String, float64: String)

  /// C99 and C++, with `math.h`.
  public static let c = SourceDialect(
    qualifier: "static inline ", hasSuffixes: true,
    infinity: ("INFINITY", "(double)INFINITY"), notANumber: ("NAN", "(double)NAN"))

  /// OpenCL C.
  public static let openCL = SourceDialect(
    qualifier: "", hasSuffixes: false,
    infinity: ("INFINITY", "(double)INFINITY"), notANumber: ("NAN", "(double)NAN"))

  /// CUDA C++, without headers, as its run-time compiler has it.
  public static let cuda = SourceDialect(
    qualifier: "static __device__ ", hasSuffixes: true,
    infinity: ("__int_as_float(0x7f800000)", "__longlong_as_double(0x7ff0000000000000LL)"),
    notANumber: ("__int_as_float(0x7fffffff)", "__longlong_as_double(0x7fffffffffffffffLL)"))

  func literal(_ value: Double, _ dtype: DType) -> String {
    func choice(_ texts: (float32: String, float64: String)) -> String {
      dtype == .float32 ? texts.float32 : texts.float64
    }
    let magnitude = dtype == .float32 ? Double(Float(value)).magnitude : value.magnitude
    if value.isNaN { return choice(notANumber) }
    let text: String
    if magnitude == .infinity {
      text = choice(infinity)
    } else if dtype == .float32 {
      text = "\(Float(magnitude))f"
    } else {
      text = "\(magnitude)"
    }
    return value.sign == .minus ? "(-\(text))" : text
  }

  func name(_ function: ScalarExpression.Function, _ dtype: DType) -> String {
    hasSuffixes && dtype == .float32 ? function.rawValue + "f" : function.rawValue
  }
}

extension ScalarExpression {
  /// A function of its arguments as source text.
  static func source(
    _ arguments: [String], named name: String, _ dialect: SourceDialect, _ dtype: DType,
    _ function: ([ScalarExpression]) -> ScalarExpression
  ) -> String {
    function(arguments.map { ScalarExpression(argument: $0) })
      .source(named: name, arguments: arguments, dialect, dtype)
  }

  /// The expression as a function of scalars.
  /// - Parameters:
  ///   - arguments: The names of the arguments in order; the expression's own must be among them.
  ///   - dtype: float32 (`float`) or float64 (`double`), in which everything is computed.
  func source(
    named name: String, arguments: [String], _ dialect: SourceDialect, _ dtype: DType = .float32
  ) -> String {
    require(
      dtype == .float32 || dtype == .float64, name,
      "source text computes in float32 or float64, not in \(dtype)")
    let type = dtype == .float32 ? "float" : "double"
    var printer = ExpressionPrinter(dialect: dialect, dtype: dtype, type: type)
    printer.count(node)
    let result = printer.text(node, isNested: false)
    let parameters = arguments.map { "\(type) \($0)" }.joined(separator: ", ")
    let lines = printer.variables + ["return \(result);"]
    return "\(dialect.qualifier)\(type) \(name)(\(parameters)) {\n"
      + lines.map { "  \($0)\n" }.joined() + "}\n"
  }
}

private struct ExpressionPrinter {
  typealias Node = ScalarExpression.Node
  let dialect: SourceDialect
  let dtype: DType
  let type: String
  private(set) var variables: [String] = []
  private var uses: [ObjectIdentifier: Int] = [:]
  private var names: [ObjectIdentifier: String] = [:]

  init(dialect: SourceDialect, dtype: DType, type: String) {
    self.dialect = dialect
    self.dtype = dtype
    self.type = type
  }

  mutating func count(_ node: Node) {
    uses[ObjectIdentifier(node), default: 0] += 1
    if uses[ObjectIdentifier(node)] == 1 { node.operands.forEach { count($0) } }
  }

  /// What stands for the node where it is used: a variable if it has several uses.
  mutating func text(_ node: Node, isNested: Bool = true) -> String {
    let identity = ObjectIdentifier(node)
    if let name = names[identity] { return name }
    let text = computation(node)
    guard !node.operands.isEmpty else { return text }
    if uses[identity]! == 1 {
      if case .call = node.kind { return text }
      return isNested ? "(\(text))" : text
    }
    let name = "t\(variables.count)"
    names[identity] = name
    variables.append("const \(isTruth(node) ? "int" : type) \(name) = \(text);")
    return name
  }

  private func isTruth(_ node: Node) -> Bool {
    if case .infix(let symbol) = node.kind { !"+-*/".contains(symbol) } else { false }
  }

  private mutating func computation(_ node: Node) -> String {
    switch node.kind {
    case .argument(let name): return name
    case .constant(let value): return dialect.literal(value, dtype)
    case .negation: return "-\(text(node.operands[0]))"
    case .infix(let symbol):
      let left = text(node.operands[0])
      return "\(left) \(symbol) \(text(node.operands[1]))"
    case .call(let function):
      var arguments: [String] = []
      for operand in node.operands { arguments.append(text(operand, isNested: false)) }
      return "\(dialect.name(function, dtype))(\(arguments.joined(separator: ", ")))"
    case .selection:
      let condition = text(node.operands[0])
      let yes = text(node.operands[1])
      return "\(condition) ? \(yes) : \(text(node.operands[2]))"
    }
  }
}
