import FledgeCore

extension Graph {
  /// Reads the text that ``description`` prints, and checks the graph as ``verify()`` does.
  ///
  /// - Parameter constants: The elements of the constants that the text leaves out, in their order.
  ///
  /// Operations are found by name in the ``/FledgeCore/Registry``; those of other modules have to be
  /// registered there before.
  public init(parsing text: String, constants: [Tensor] = []) throws(GraphError) {
    var parser = GraphParser(constants: constants)
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      do {
        try parser.read(line)
      } catch {
        throw .syntax(line: number + 1, problem: error.text)
      }
    }
    do {
      self = try parser.finish()
    } catch {
      throw .syntax(
        line: text.split(separator: "\n", omittingEmptySubsequences: false).count,
        problem: error.text)
    }
    try verify()
  }
}

/// What is wrong in a line.
struct LineProblem: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

/// Reads a graph line by line.
private struct GraphParser {
  private enum Part: Int, Comparable {
    case start, inputs, constants, equations, updates, end, after
    static func < (a: Part, b: Part) -> Bool { a.rawValue < b.rawValue }
  }

  private var graph = Graph()
  private var part = Part.start
  private var givenConstants: ArraySlice<Tensor>

  init(constants: [Tensor]) { givenConstants = constants[...] }

  /// Lines come in one order: inputs, constants, operations, updates, what is returned.
  private mutating func enter(_ next: Part) throws(LineProblem) {
    if part == .start { throw LineProblem("a graph begins with `graph {`") }
    if part >= .end { throw LineProblem("nothing but `}` follows `return`") }
    if next < part {
      throw LineProblem("inputs, constants, operations, updates, `return`: in this order")
    }
    part = next
  }

  mutating func read(_ line: Substring) throws(LineProblem) {
    var scanner = LineScanner(line)
    if scanner.isAtEnd { return }
    if scanner.skip("%") {
      try enter(.equations)
      graph.equations.append(try scanner.equation())
    } else {
      let word = try scanner.word("a line")
      switch word {
      case "graph":
        if part != .start { throw LineProblem("a second graph") }
        try scanner.expect("{")
        part = .inputs
      case "constant":
        try enter(.constants)
        graph.constants.append(try constant(&scanner))
      case "update":
        try enter(.updates)
        let name = try scanner.word("a name")
        try scanner.expect("=")
        let value: Graph.Value? = scanner.skip("none") ? nil : try scanner.value()
        graph.updates.append(Graph.Update(String(name), value))
      case "return":
        try enter(.end)
        if !scanner.isAtEnd { graph.outputs = try scanner.values() }
      case "}":
        if part != .end { throw LineProblem("`return` is missing") }
        part = .after
      default:
        guard let kind = Graph.Kind(rawValue: String(word)) else {
          throw LineProblem("`\(word)` is no kind of line")
        }
        try enter(.inputs)
        graph.inputs.append(try scanner.input(kind))
      }
    }
    try scanner.end()
  }

  private mutating func constant(_ scanner: inout LineScanner) throws(LineProblem) -> Graph.Constant
  {
    let value = try scanner.value()
    try scanner.expect(":")
    let type = try scanner.type()
    guard scanner.skip("=") else {
      guard let given = givenConstants.popFirst() else {
        throw LineProblem("the elements of \(value) are not given; pass them in `constants:`")
      }
      guard given.shape == type.shape, given.dtype == type.dtype else {
        throw LineProblem(
          "\(value) is \(type), its elements in `constants:` are \(given.dtype)\(given.shape)")
      }
      return Graph.Constant(value, given.detached())
    }
    let elements = try scanner.elements()
    guard type.shape.count == elements.count, elements.count <= Graph.printedElements else {
      throw LineProblem("\(elements.count) elements do not fill \(type)")
    }
    return Graph.Constant(value, try Self.tensor(elements, type))
  }

  private static func tensor(
    _ elements: [Substring], _ type: TensorType
  ) throws(LineProblem) -> Tensor {
    func numbers<S>(_ convert: (Substring) -> S?) throws(LineProblem) -> [S] {
      var result: [S] = []
      for element in elements {
        guard let number = convert(element) else {
          throw LineProblem("`\(element)` is no element of \(type.dtype)")
        }
        result.append(number)
      }
      return result
    }
    if type.dtype == .bool { return Tensor(try numbers { Bool(String($0)) }, shape: type.shape) }
    guard type.dtype.isInteger else {
      return Tensor(try numbers { Double($0) }, shape: type.shape, dtype: type.dtype)
    }
    let exact = Tensor(try numbers { Int($0) }, shape: type.shape)
    let cast = exact.cast(to: type.dtype)
    guard cast.cast(to: .int64).isIdentical(to: exact) else {
      throw LineProblem("an element is out of the range of \(type.dtype)")
    }
    return cast
  }

  mutating func finish() throws(LineProblem) -> Graph {
    guard part == .after else { throw LineProblem("the graph has no end") }
    guard givenConstants.isEmpty else {
      throw LineProblem("\(givenConstants.count) of `constants:` belong to none")
    }
    return graph
  }
}
