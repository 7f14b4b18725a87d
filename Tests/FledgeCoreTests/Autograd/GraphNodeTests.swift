import FledgeCore
import Testing

/// A user's own reverse mode, for operations of one output: leaves to the front, rules on the way.
private func gradientsByHand(of y: Tensor, withRespectTo x: [Tensor]) -> [Tensor?] {
  var order: [GraphNode] = []
  var seen: Set<GraphNode> = []
  func visit(_ node: GraphNode) {
    guard seen.insert(node).inserted else { return }
    for input in node.inputs.compactMap(\.self) { visit(input) }
    order.append(node)
  }
  visit(y.graphNode!)
  var received = [y.graphNode!: Tensor.ones(like: y)]
  for node in order.reversed() {
    guard let dy = received[node] else { continue }
    for case (let input?, let gradient?) in zip(node.inputs, node.inputGradients(dy)) {
      received[input] = received[input].map { $0 + gradient } ?? gradient
    }
  }
  return x.map { received[$0.graphNode!] }
}

@Suite struct GraphNodeTests {
  @Test func `a graph can be read from its end`() {
    let w = Tensor([1, 2]).requiringGradients()
    let y = (w * Tensor([3, 4])).sum()
    let sum = y.graphNode!
    #expect(sum.name == "sum" && !sum.isLeaf && sum.inputs.count == 1)
    let product = sum.inputs[0]!
    #expect(product.name == "multiply" && product.inputs == [w.graphNode, nil])
    #expect(product.inputOutputIndices[0] == 0)
    #expect(w.graphNode!.isLeaf && w.graphNode!.name == "leaf" && w.graphNode!.inputs.isEmpty)
    #expect(w.detached().graphNode == nil && y.graphNode == sum)
    #expect(w.graphNode!.inputGradients(Tensor([1, 1])).isEmpty)
  }

  @Test func `rules called by hand give the gradients of the pass, to any order`() {
    let x = Tensor([0.5, -1.5] as [Double]).requiringGradients()
    let y = (x.exp() * x + x.sin() * x).sum()
    #expect(withoutGradients { gradientsByHand(of: y, withRespectTo: [x])[0]!.graphNode } == nil)
    let first = gradientsByHand(of: y, withRespectTo: [x])[0]!
    expectElements(
      first, gradients(of: y, withRespectTo: [x], retainGraph: true)[0].array(of: Double.self))
    let pass = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    let second = gradientsByHand(of: first.square().sum(), withRespectTo: [x])[0]!
    expectElements(
      second, gradients(of: pass.square().sum(), withRespectTo: [x])[0].array(of: Double.self))
  }

  @Test func `operations of several outputs take a gradient for each`() {
    let x = Tensor([[1, 2, 3]]).requiringGradients()
    let parts = x.split(sizes: [1, 2], axis: 1)
    let node = parts[1].graphNode!
    let sum = (parts[0].sum() + parts[1].sum()).graphNode!
    #expect(sum.inputs.map { $0!.inputOutputIndices } == [[0], [1]])
    expectElements(node.inputGradients([nil, Tensor([[5, 7]])])[0], [0, 5, 7])
    expectElements(node.inputGradients([Tensor([[4]]), Tensor([[5, 7]])])[0], [4, 5, 7])
    expectElements(node.inputGradients(Tensor([[4]]))[0], [4, 0, 0])
    #expect(node.inputGradients([nil, nil]).map { $0 == nil } == [true])
  }
}
