import FledgeCore
import FledgeTestSupport

@testable import FledgeCompiler

/// Graphs of operations of the whole registry, in the shapes of their samples.
struct RandomGraph {
  private let generator: Generator
  private var graph = Graph()
  private var next = 0
  private var known: [TensorType: [Graph.Value]] = [:]

  init(seed: UInt64) { generator = Generator(seed: seed) }

  /// A graph of `count` operations, with inputs of every kind, constants, regions and updates.
  static func make(seed: UInt64, count: Int) -> Graph {
    var maker = RandomGraph(seed: seed)
    for _ in 0..<count { maker.add(maker.pick(Self.samples)) }
    return maker.finish()
  }

  /// A graph of one operation.
  static func make(_ sample: Sample) -> Graph {
    var maker = RandomGraph(seed: 1)
    maker.add(sample)
    return maker.finish()
  }

  static let samples: [Sample] = Registry.builtIn.flatMap { $0.samples }

  private func pick<T>(_ choices: [T]) -> T { choices[generator.integer(below: choices.count)] }

  private mutating func value(_ type: TensorType) -> Graph.Value {
    let value = Graph.Value(next)
    // Numbers may have gaps.
    next += 1 + generator.integer(below: 2)
    known[type, default: []].append(value)
    return value
  }

  private mutating func source(_ input: SampleInput) -> Graph.Value {
    let tensor = input.tensor(.float32, using: generator)
    let type = TensorType(shape: tensor.shape, dtype: tensor.dtype)
    if let values = known[type], generator.bernoulli(0.7) { return pick(values) }
    let value = value(type)
    if generator.bernoulli(0.3) {
      graph.constants.append(Graph.Constant(value, tensor))
    } else {
      graph.inputs.append(
        Graph.Input(
          value, name: "layers.\(value.index).weight", kind: pick(Graph.Kind.allCases), type: type))
    }
    return value
  }

  private mutating func add(_ sample: Sample) {
    let inputs = sample.inputs.map { source($0) }
    let types = graph.types
    let results = Array(
      sample.primitive.outputTypes(of: TensorTypes(inputs.map { types[$0]! })))
    graph.equations.append(
      Graph.Equation(
        sample.primitive, inputs, results.map { value($0) }, results,
        region: generator.integer(below: 2)))
  }

  private mutating func finish() -> Graph {
    let types = graph.types
    for input in graph.inputs where input.kind.isUpdatable && generator.bernoulli(0.5) {
      let values = known[input.type]!.filter { types[$0] != nil }
      graph.updates.append(
        Graph.Update(input.name, generator.bernoulli(0.2) ? nil : pick(values)))
    }
    graph.updates.append(Graph.Update("first.seen-at_the.end", nil))
    graph.outputs = [graph.equations.last!.outputs.last!]
    return graph
  }
}
