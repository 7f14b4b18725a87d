import FledgeCore
import FledgeCourse

// While you compute, `apply` draws the graph: each tensor with gradients knows its place in it,
// `tensor.graphNode`. A `GraphNode` is an operation or a leaf, and can be a key of a dictionary:
//
//     node.inputs                 the nodes that its inputs came from, nil for constants
//     node.inputGradients(dy)     its gradient rule: one gradient for each input, nil where none
//
// `withGradients { }` and `withoutGradients { }` say whether operations inside are recorded.
extension My {
  /// The nodes that lead to `end`, each once, and each behind all of its inputs; `end` is the last.
  ///
  /// A graph is as deep as a network is long, and a function that calls itself for each input runs
  /// out of stack: keep the nodes that are still to be visited in an array.
  static func topologicalOrder(to end: GraphNode) -> [GraphNode] {
    // solution
    var order: [GraphNode] = []
    var seen: Set<GraphNode> = []
    var open = [(node: end, inputsAreDone: false)]
    while let (node, inputsAreDone) = open.popLast() {
      if inputsAreDone {
        order.append(node)
      } else if seen.insert(node).inserted {
        open.append((node, true))
        for case let input? in node.inputs { open.append((input, false)) }
      }
    }
    return order
    // end solution
  }

  /// The gradients ∂(Σ y)/∂x for tensors x of y's graph, each in the shape of its x; zeros where y
  /// does not depend on x.
  ///
  /// Start with ones for y and go through the nodes from y back. A node's rule is called once, when
  /// all that comes back to it has been added up (with `add`).
  ///
  /// With `createGraph` the whole pass is recorded, so that the result has a graph itself and can be
  /// differentiated again. Without it nothing is recorded, whatever goes on around the call.
  static func gradients(
    of y: Tensor, withRespectTo x: [Tensor], createGraph: Bool = false
  ) -> [Tensor] {
    func pass() -> [Tensor] {
      if y.graphNode == nil { return x.map { Tensor.zeros(like: $0) } }
      // solution
      let end = y.graphNode!
      var received = [end: Tensor.ones(like: y)]
      for node in topologicalOrder(to: end).reversed() {
        guard let dy = received[node] else { continue }
        for case (let input?, let gradient?) in zip(node.inputs, node.inputGradients(dy)) {
          received[input] = received[input].map { add($0, gradient) } ?? gradient
        }
      }
      return x.map { x in x.graphNode.flatMap { received[$0] } ?? Tensor.zeros(like: x) }
      // end solution
    }
    // solution
    return createGraph ? withGradients(pass) : withoutGradients(pass)
    // stub: return pass()
    // end solution
  }
}
