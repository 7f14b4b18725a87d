import FledgeCore

/// A function from graph to graph that computes the same.
///
/// Each of Fledge's own keeps the bits of every result, and leaves inputs, updates and what is returned
/// where they are, so that a pass never changes how a graph is called.
public protocol GraphPass: Sendable {
  /// What a report calls it.
  var name: String { get }
  /// The graph that computes the same, and a line for each thing that was changed.
  func callAsFunction(_ graph: Graph) -> (graph: Graph, changes: [String])
}

/// What a pass has done.
public struct PassReport: Sendable, CustomStringConvertible {
  /// The pass's name.
  public let pass: String
  /// The numbers of operations before and after.
  public let equations: (before: Int, after: Int)
  /// What it says of each change.
  public let changes: [String]

  /// The pass, the numbers of operations, and the changes, a line each.
  public var description: String {
    (["\(pass): \(equations.before) → \(equations.after) operations"] + changes.map { "  \($0)" })
      .joined(separator: "\n")
  }
}

extension Graph {
  /// Fledge's passes in their order: algebra makes values that are not read any more, folding makes
  /// more of them equal.
  public static let passes: [any GraphPass] = [
    AlgebraicRules(), ConstantFolding(), CommonSubexpressions(), DeadCode(),
  ]

  /// The graph after `passes`, again and again until they change nothing, and what each of them did.
  public func optimized(by passes: [any GraphPass] = Graph.passes) -> (
    graph: Graph, reports: [PassReport]
  ) {
    var (graph, reports) = (self, [PassReport]())
    while true {
      var isChanged = false
      for pass in passes {
        let (next, changes) = pass(graph)
        if changes.isEmpty { continue }
        isChanged = true
        reports.append(
          PassReport(
            pass: pass.name, equations: (graph.equations.count, next.equations.count),
            changes: changes))
        graph = next
      }
      if !isChanged { return (graph, reports) }
    }
  }
}

/// Values that others take the place of.
struct Replacements {
  private var known: [Graph.Value: Graph.Value] = [:]

  /// `value`, or what takes its place.
  func callAsFunction(_ value: Graph.Value) -> Graph.Value { known[value] ?? value }

  /// From now on `other`, which nothing replaces any more, takes the place of `value`.
  mutating func replace(_ value: Graph.Value, by other: Graph.Value) { known[value] = other }

  /// The graph's results after all replacements.
  func rewriteResults(of graph: inout Graph) {
    graph.outputs = graph.outputs.map { self($0) }
    for i in graph.updates.indices {
      graph.updates[i].value = graph.updates[i].value.map { self($0) }
    }
  }
}
