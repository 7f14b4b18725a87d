import FledgeCore
import FledgeCourse
import Foundation
import Synchronization

private func leaf(_ values: [Double]) -> Tensor { Tensor(values).requiringGradients() }

/// A graph in which every layer uses tensors of earlier ones, some of them often.
private func tangle(_ x: Tensor, using generator: Generator) -> Tensor {
  var values = [x, My.exp(x)]
  for _ in 0..<12 {
    let a = values[generator.integer(below: values.count)]
    let b = values[generator.integer(below: values.count)]
    switch generator.integer(below: 4) {
    case 0: values.append(My.add(a, b))
    case 1: values.append(My.multiply(My.multiply(a, b), 0.25))
    case 2: values.append(My.divide(a, My.add(My.exp(b), 1)))
    default: values.append(My.negate(a))
    }
  }
  return values.dropFirst().reduce(x) { My.add($0, $1) }
}

/// Runs `body` on a thread with a stack of its own.
private func onStack(bytes: Int, _ body: @escaping @Sendable () -> Int) -> Int {
  final class Answer: Sendable {
    let value = Mutex(0)
  }
  let (answer, done) = (Answer(), DispatchSemaphore(value: 0))
  let thread = Thread {
    let result = body()
    answer.value.withLock { $0 = result }
    done.signal()
  }
  thread.stackSize = bytes
  thread.start()
  done.wait()
  return answer.value.withLock { $0 }
}

private let checksOfOrder: [Check] = [
  Check("every node comes once, behind its inputs") { c in
    c.forRandomCases(20) { generator in
      let y = tangle(leaf([0.3, -0.2]), using: generator)
      let order = My.topologicalOrder(to: y.graphNode!)
      c.expect(Set(order).count, equals: order.count, "different nodes in the order")
      c.expect(order.last, equals: y.graphNode, "the last is the one that was asked for")
      var places: [GraphNode: Int] = [:]
      for (place, node) in order.enumerated() where places[node] == nil { places[node] = place }
      let late = order.first { node in
        node.inputs.contains { input in
          input.map { places[$0] == nil || places[$0]! > places[node]! } ?? false
        }
      }
      c.expect(
        late == nil, "all inputs stand before their node (not so for \(late?.name ?? "none"))")
    }
  },
  Check("constants are not in the graph") { c in
    let x = leaf([2])
    let y = My.multiply(My.add(x, 1), Tensor([3] as [Double]))
    c.expect(
      My.topologicalOrder(to: y.graphNode!).map(\.name), equals: ["leaf", "my.add", "my.multiply"],
      "the order of (x + 1) · 3")
  },
  Check("a deep graph does not overflow the stack") { c in
    let end = (0..<10_000).reduce(leaf([3])) { y, _ in My.negate(y) }.graphNode!
    c.expect(
      onStack(bytes: 512 * 1024) { My.topologicalOrder(to: end).count }, equals: 10_001,
      "nodes of 10 000 negations and their leaf, ordered on a stack of 512 KB")
  },
]

private let checksOfGradients: [Check] = [
  Check("a product: two leaves") { c in
    let (a, b) = (leaf([2, 3]), leaf([5, -1]))
    let found = My.gradients(of: My.sum(My.multiply(a, b)), withRespectTo: [a, b])
    c.expect(found[0], near: b.detached(), "∂(Σ a b)/∂a = b")
    c.expect(found[1], near: a.detached(), "∂(Σ a b)/∂b = a")
  },
  Check("what comes back on several ways is added up before it goes on") { c in
    let x = leaf([0.5])
    let e = My.exp(x)
    let square = My.multiply(e, e)
    let y = My.add(My.multiply(square, e), e)
    let found = My.gradients(of: y, withRespectTo: [y, square, e, x])
    for (i, (name, value)) in [("y", y), ("e²", square), ("e", e), ("x", x)].enumerated().reversed()
    {
      c.step(name, value, gradient: found[i])
    }
    c.expect(found[1], near: e.detached(), "∂y/∂(e²) for y = e² · e + e, e = exp x, at x = ½")
    c.expect(found[2].item(), near: 9.1548455, "∂y/∂e = 3 e² + 1")
    c.expect(found[3].item(), near: 15.0937885, "∂y/∂x = (3 e² + 1) e")
  },
  Check("it agrees with the framework's own pass") { c in
    c.forRandomCases(20) { generator in
      let x = leaf([0.3, -0.2, 0.7])
      let y = tangle(x, using: generator)
      let expected = gradients(
        of: y, withRespectTo: [x], outputGradient: Tensor.ones(like: y), retainGraph: true)[0]
      c.expect(My.gradients(of: y, withRespectTo: [x])[0], near: expected, "∂(Σ y)/∂x")
    }
  },
  Check("what y does not depend on gets zeros of its shape") { c in
    let (x, other) = (leaf([1, 2]), leaf([1, 2, 3]))
    let found = My.gradients(of: My.sum(My.exp(x)), withRespectTo: [other, x])
    c.expect(found[0], near: Tensor([0, 0, 0] as [Double]), "the gradient of an unused leaf")
    c.expect(found[0].dtype, equals: .float64, "its dtype: that of the leaf")
  },
  Check("a tensor in no graph gets zeros, too") { c in
    let (x, constant) = (leaf([1, 2]), Tensor([4, 5, 6] as [Double]))
    c.expect(
      My.gradients(of: My.sum(My.exp(x)), withRespectTo: [constant, x])[0],
      near: Tensor([0, 0, 0] as [Double]), "the gradient of a constant")
  },
  Check("y itself is a tensor of its graph") { c in
    let x = leaf([1, 2])
    c.expect(
      My.gradients(of: x, withRespectTo: [x])[0], near: Tensor([1, 1] as [Double]),
      "∂(Σ x)/∂x, ones")
    let y = My.exp(x)
    c.expect(
      My.gradients(of: y, withRespectTo: [y])[0], near: Tensor([1, 1] as [Double]),
      "∂(Σ y)/∂y, ones")
  },
  Check("every rule is called once, however many ways lead to a node") { c in
    let x = leaf([1])
    // Twelve doublings: 4096 ways from the end to x.
    let y = (0..<12).reduce(x) { y, _ in My.add(y, y) }
    let (found, names) = operationNames { My.gradients(of: y, withRespectTo: [x])[0] }
    c.expect(found.item(), near: 4096, "∂y/∂x")
    c.expect(names.count { $0 == "my.add" }, equals: 12, "additions in the pass, one a node")
    c.expect(
      names.filter { !$0.hasPrefix("my.") }, equals: [], "operations in the pass that are not yours"
    )
  },
  Check("it goes through the framework's own layers as well") { c in
    let generator = Generator(seed: 6)
    let x = Tensor.normal([4, 3], using: generator)
    let w = Tensor.normal([3, 5], using: generator).requiringGradients()
    let loss = crossEntropyLosses(x.matmul(w).tanh(), Tensor([0, 4, 2, 2] as [Int])).mean()
    let expected = gradients(of: loss, withRespectTo: [w], retainGraph: true)[0]
    c.expect(
      My.gradients(of: loss, withRespectTo: [w])[0], near: expected,
      "the gradient of cross-entropy(tanh(x w))")
  },
]

private let checksOfSecondOrder: [Check] = [
  Check("without createGraph nothing is recorded") { c in
    let x = leaf([2])
    let y = My.multiply(My.multiply(x, x), My.exp(x))
    let before = GraphNode.liveCount
    var recorded: [String] = []
    let first = observingOperations({ operation in
      if operation.outputs.contains(where: { $0.graphNode != nil }) {
        recorded.append(operation.name)
      }
    }) { My.gradients(of: y, withRespectTo: [x])[0] }
    c.expect(first.graphNode == nil, "the gradient is a constant")
    c.expect(GraphNode.liveCount - before, equals: 0, "nodes that the pass left behind")
    c.expect(recorded, equals: [], "operations of the pass that were recorded")
  },
  Check("with createGraph a gradient has gradients: x³") { c in
    let x = leaf([2, -1])
    let y = My.multiply(My.multiply(x, x), x)
    let first = My.gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    c.expect(first, near: Tensor([12, 3] as [Double]), "3 x² at 2 and −1")
    let second = My.gradients(of: first, withRespectTo: [x], createGraph: true)[0]
    c.expect(second, near: Tensor([12, -6] as [Double]), "6 x")
    let third = My.gradients(of: second, withRespectTo: [x])[0]
    c.expect(third, near: Tensor([6, 6] as [Double]), "6")
  },
  Check("also where a scope around it forbids recording") { c in
    let x = leaf([3])
    let y = My.multiply(x, x)
    let first = withoutGradients { My.gradients(of: y, withRespectTo: [x], createGraph: true)[0] }
    c.expect(
      My.gradients(of: first, withRespectTo: [x])[0], near: Tensor([2] as [Double]), "(x²)″")
  },
  Check("mixed second derivatives: a² b") { c in
    let (a, b) = (leaf([3]), leaf([5]))
    let y = My.multiply(My.multiply(a, a), b)
    let first = My.gradients(of: y, withRespectTo: [a, b], createGraph: true)
    let ofA = My.gradients(of: first[0], withRespectTo: [a, b])
    let ofB = My.gradients(of: first[1], withRespectTo: [a, b])
    c.expect(ofA[0].item(), near: 10, "∂²y/∂a² = 2 b")
    c.expect(ofA[1].item(), near: 6, "∂²y/∂a∂b = 2 a")
    c.expect(ofB[0].item(), near: 6, "∂²y/∂b∂a, the same")
    c.expect(ofB[1].item(), near: 0, "∂²y/∂b²")
  },
  Check("a penalty on a gradient can be trained") { c in
    // ‖∂f/∂x‖² of a small network, as in WGAN-GP: differentiated by the weights.
    let x = Tensor([0.4, -0.7], shape: [1, 2]).requiringGradients()
    let w1 = Tensor([0.5, -0.3, 0.8, 0.2, 0.9, -0.4] as [Double], shape: [2, 3])
    let w2 = Tensor([0.7, -0.6, 0.5] as [Double], shape: [3, 1])
    c.expectGradients(
      of: { w in
        let slope = withGradients {
          let f = My.matmul(My.exp(My.matmul(x, w[0])), w[1])
          return My.gradients(of: f, withRespectTo: [x], createGraph: true)[0]
        }
        return My.sum(My.multiply(slope, slope))
      }, at: [w1, w2], "‖∂f/∂x‖², f = exp(x w₁) w₂")
  },
]

let checks4_4 = checksOfOrder + checksOfGradients + checksOfSecondOrder
