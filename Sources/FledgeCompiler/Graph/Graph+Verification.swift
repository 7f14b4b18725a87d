import FledgeCore

extension Graph {
  /// Throws the first rule that the graph breaks, with the line that breaks it:
  ///
  /// - every value is defined once, before it is used;
  /// - inputs have names of letters, digits and `_.-`, each once;
  /// - constants have elements;
  /// - an operation takes its inputs, and makes the types that its shape rule says;
  /// - a parameter or state is updated at most once, with its own type, and nothing else is;
  /// - what is returned or left behind is defined.
  public func verify() throws(GraphError) {
    var check = Verification()
    try check.inputs(of: self)
    try check.equations(of: self)
    try check.results(of: self)
  }
}

/// What a verification has seen so far.
private struct Verification {
  private var types: [Graph.Value: TensorType] = [:]
  private var named: [String: Graph.Input] = [:]

  private mutating func define(
    _ value: Graph.Value, _ type: TensorType, at place: String
  ) throws(GraphError) {
    guard value.index >= 0 else {
      throw .invalid(place: place, problem: "a value has a negative number")
    }
    guard types.updateValue(type, forKey: value) == nil else {
      throw .invalid(place: place, problem: "\(value) is defined a second time")
    }
  }

  private func type(
    of value: Graph.Value, at place: @autoclosure () -> String
  ) throws(GraphError) -> TensorType {
    guard let type = types[value] else {
      throw .invalid(place: place(), problem: "\(value) is used and not defined before")
    }
    return type
  }

  mutating func inputs(of graph: Graph) throws(GraphError) {
    for input in graph.inputs {
      let place = "\(input.kind.rawValue) \(input.value) \(input.name)"
      guard Graph.isName(input.name) else {
        throw .invalid(place: place, problem: "a name has letters, digits and _.- alone")
      }
      guard named.updateValue(input, forKey: input.name) == nil else {
        throw .invalid(place: place, problem: "two inputs are named `\(input.name)`")
      }
      try define(input.value, input.type, at: place)
    }
    for constant in graph.constants {
      let place = "constant \(constant.value)"
      if constant.tensor.isAbstract {
        throw .invalid(place: place, problem: "a constant without elements")
      }
      try define(constant.value, constant.type, at: place)
    }
  }

  mutating func equations(of graph: Graph) throws(GraphError) {
    var asked: [TypeQuestion] = []
    for equation in graph.equations {
      let place = "\(equation)"
      guard equation.outputs.count == equation.types.count, equation.region >= 0 else {
        throw .invalid(place: place, problem: "each output has one type, and a region is not < 0")
      }
      var inputs = TensorTypes()
      for value in equation.inputs { inputs.append(try type(of: value, at: place)) }
      for (value, type) in zip(equation.outputs, equation.types) {
        try define(value, type, at: place)
      }
      asked.append(TypeQuestion(primitive: equation.primitive, inputs: inputs))
    }
    // All at once: each takes a thread, which a broken rule ends.
    for (equation, answer) in zip(graph.equations, TypeQuestion.answers(asked)) {
      switch answer {
      case .failure(let message):
        throw .invalid(place: "\(equation)", problem: message.text)
      case .success(let types) where types != equation.types:
        throw .invalid(place: "\(equation)", problem: "the shape rule makes \(types)")
      case .success: continue
      }
    }
  }

  func results(of graph: Graph) throws(GraphError) {
    var updated: Set<String> = []
    for update in graph.updates {
      let place = "update \(update.name)"
      guard Graph.isName(update.name), updated.insert(update.name).inserted else {
        throw .invalid(place: place, problem: "it is updated twice, or has no name")
      }
      let input = named[update.name]
      if let input, !input.kind.isUpdatable {
        throw .invalid(place: place, problem: "an input of kind `\(input.kind)` has no updates")
      }
      guard let value = update.value else { continue }
      let type = try type(of: value, at: place)
      if let input, input.type != type {
        throw .invalid(place: place, problem: "it is \(input.type), the new value is \(type)")
      }
    }
    for value in graph.outputs { _ = try type(of: value, at: "return \(value)") }
  }
}

extension Graph {
  static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy(Self.isNamePart)
  }

  static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": true
    default: false
    }
  }
}

/// What a shape rule is asked. Rules trap on what they do not take, since it is a mistake of the
/// programmer's; a graph may come from a file, and must not end the program.
private struct TypeQuestion: Sendable {
  let primitive: any Primitive
  let inputs: TensorTypes

  struct Message: Error { let text: String }

  /// What the rules say, up to the first that traps.
  static func answers(_ questions: [TypeQuestion]) -> [Result<[TensorType], Message>] {
    let box = AnswerBox()
    let message = messageOfTrap {
      for question in questions {
        box.answers.append(.success(Array(question.primitive.outputTypes(of: question.inputs))))
      }
    }
    if let message { box.answers.append(.failure(Message(text: message))) }
    return box.answers
  }
}

/// Written by the thread that asks, and read when that has ended.
private final class AnswerBox: @unchecked Sendable {
  var answers: [Result<[TensorType], TypeQuestion.Message>] = []
}
