import FledgeCore
import FledgeCourse

/// A line fitted to points: the loss of w and b.
private struct Line {
  let x = Tensor([[-1], [0], [1], [2]])
  let y = Tensor([[-1], [1], [3], [5]])

  func loss(_ parameters: [Tensor]) -> Tensor {
    (x.matmul(parameters[0]) + parameters[1] - y).square().mean()
  }

  var start: [Tensor] { [Tensor([[0]]).requiringGradients(), Tensor([0]).requiringGradients()] }
}

/// Live nodes from step to step, each row one step.
private func chart(_ counts: [Int]) -> String {
  let most = max(counts.max() ?? 1, 1)
  return counts.enumerated().map { step, count in
    "  step \(step < 9 ? " " : "")\(step + 1) "
      + String(repeating: "█", count: max(1, 40 * count / most)) + " \(count)"
  }.joined(separator: "\n")
}

/// The nodes alive after each of twelve steps of `step`.
private func liveNodes(_ step: () -> Void) -> [Int] {
  let before = GraphNode.liveCount
  return (0..<12).map { _ in
    step()
    return GraphNode.liveCount - before
  }
}

extension Recorder {
  fileprivate func expectFlat(_ counts: [Int], _ what: String) {
    picture { chart(counts) }
    expect(counts, equals: counts.map { _ in counts[0] }, what)
  }
}

let checks4_5: [Check] = [
  Check("an evaluation records nothing") { c in
    let w = Tensor([[2]]).requiringGradients()
    var recorded = false
    let value = evaluate(
      { x in
        let y = x.matmul(w).square().mean()
        recorded = recorded || y.graphNode != nil
        return y
      }, over: [Tensor([[1], [2]]), Tensor([[3], [4]])])
    c.expect(value, near: 30, "the mean of mean((2 x)²) over [1, 2] and [3, 4]")
    c.expect(!recorded, "the loss has no place in a graph")
  },
  Check("a step goes downhill") { c in
    let p = [Tensor([1, -2]).requiringGradients(), Tensor([[3]]).requiringGradients()]
    let stepped = descended(p, along: [Tensor([10, 10]), Tensor([[-5]])], learningRate: 0.1)
    c.expect(stepped[0].detached(), near: Tensor([0, -3]), "[1, −2] − 0.1 · [10, 10]")
    c.expect(stepped[1].detached(), near: Tensor([[3.5]]), "3 − 0.1 · (−5)")
  },
  Check("a stepped parameter is a new leaf") { c in
    let p = [Tensor([1, -2]).requiringGradients()]
    let stepped = descended(p, along: [Tensor([10, 10])], learningRate: 0.1)
    guard let node = stepped[0].graphNode else {
      c.expect(false, "the next step can differentiate by it: it has a place in a graph")
      return
    }
    c.expect(node.isLeaf, "it is a leaf and not the result of `\(node.name)`")
    c.expect(p[0].graphNode != node, "and not the leaf of the step before")
  },
  Check("steps leave nothing behind, even along gradients that have a graph") { c in
    let line = Line()
    var parameters = line.start
    let counts = liveNodes {
      let slopes = gradients(
        of: line.loss(parameters), withRespectTo: parameters, createGraph: true)
      parameters = descended(parameters, along: slopes, learningRate: 0.1)
    }
    c.expect(parameters[0].item(), near: 1.9736319, "the slope after twelve steps (it goes to 2)")
    c.expectFlat(counts, "live nodes after each step")
  },
  Check("a running loss is a number, not a history") { c in
    let line = Line()
    var running = RunningLoss()
    let counts = liveNodes { running.add(line.loss(line.start)) }
    c.expectFlat(counts, "live nodes after each loss that was added")
    running.add(line.loss(line.start) + 13)
    c.expect(running.mean, near: 10, "the mean of twelve losses of 9 and one of 22")
  },
  Check("a running loss does not wait for the number") { c in
    let loss = Tensor(4).requiringGradients() * 2
    var (running, added) = (RunningLoss(), false)
    observingOperations({ operation in
      added = added || operation.inputs.contains { $0.storage === loss.storage }
    }) { running.add(loss) }
    c.expect(running.mean, near: 8, "the mean of one loss of 8")
    c.expect(added, "the loss itself went into an operation, and not a number read from it")
  },
  Check("an average follows the parameters from outside") { c in
    let p = [Tensor([10, 20]).requiringGradients()]
    var average = [Tensor([0, 0])]
    average = averaged(average, with: p, decay: 0.9)
    c.expect(average[0].detached(), near: Tensor([1, 2]), "0.9 · 0 + 0.1 · [10, 20]")
    average = averaged(average, with: p, decay: 0.9)
    c.expect(average[0].detached(), near: Tensor([1.9, 3.8]), "once more")
    c.expect(average[0].graphNode == nil, "it has no place in a graph")
    let counts = liveNodes { average = averaged(average, with: p, decay: 0.9) }
    c.expectFlat(counts, "live nodes after each update of the average")
    let first = averaged(p, with: p, decay: 0.9)
    c.expect(
      first[0].detached(), near: Tensor([10, 20]), "an average that begins as the parameters")
    c.expect(first[0].graphNode == nil, "it has no place in their graph")
  },
  Check("straight through: the value of f, the gradient of x") { c in
    let x = Tensor([0.2, 0.7, -1.6]).requiringGradients()
    let y = straightThrough(x) { $0.rounded() }
    c.expect(y.detached(), near: Tensor([0, 1, -2]), "x = 0.2, 0.7, −1.6 rounded")
    guard y.graphNode != nil else {
      c.expect(false, "y depends on x: it has a place in a graph")
      return
    }
    let dx = gradients(of: y, withRespectTo: [x], outputGradient: Tensor([1, 10, 100]))[0]
    c.expect(dx, near: Tensor([1, 10, 100]), "dy came through unchanged")
  },
  Check("straight through hides also a slope that f has") { c in
    let x = Tensor([3]).requiringGradients()
    let y = straightThrough(x) { $0 * $0 }
    c.expect(y.item(), near: 9, "the value of x² at 3")
    let dx = gradients(of: y, withRespectTo: [x], outputGradient: Tensor([1]))[0]
    c.expect(dx, near: Tensor([1]), "the gradient of x, not the 6 of x² and not their sum")
  },
]
