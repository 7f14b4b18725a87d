import FledgeCore
import FledgeCourse
import FledgeNN

let checks9_3: [Check] = checksOfCells + checksOfSequences

private let checksOfCells: [Check] = [
  Check("a cell has its shapes from its sizes") { c in
    let cell = MyRNNCell(5, 3)
    c.expect(
      [cell.inputWeight, cell.recurrentWeight, cell.bias].map { $0.shape.description },
      equals: ["[3, 5]", "[3, 3]", "[3]"], "the weights for inputs and state, and the bias")
    c.expect(cell.parameterCount, equals: 27, "parameters of 5 → 3")
  },
  Check("all start from uniform numbers as wide as the state says") { c in
    for (inputs, hidden, bound) in [(400, 100, 0.1), (100, 400, 0.05)] {
      let cell = withGenerator(Generator(seed: 1)) { MyRNNCell(inputs, hidden) }
      for (name, value) in [
        ("inputWeight", cell.inputWeight), ("recurrentWeight", cell.recurrentWeight),
        ("bias", cell.bias),
      ] {
        let largest = value.abs().max().item()
        c.trying("\(inputs) → \(hidden), so b = \(bound)") {
          c.expect(largest <= bound * 1.0001, "no \(name) is beyond b: \(largest)")
          c.expect(largest > bound * 0.9, "\(name) reaches nearly that far: \(largest)")
          let mean = value.mean().item()
          c.expect(abs(mean) < bound * 0.2, "\(name) goes to both sides of 0, its mean is \(mean)")
        }
      }
    }
  },
  Check("a step reads x and the state before") { c in
    let cell = byHand()
    c.expect(
      cell.step(Tensor([[1, 2]]), from: Tensor([[0.5]])).detached(), near: Tensor([[0.7]]).tanh(),
      "tanh(1 · 1 − 0.5 · 2 + 0.2 + 1 · 0.5)")
    c.expect(
      cell.step(Tensor([[1, 2], [0, -1]]), from: Tensor([[0.5], [-1]])).detached(),
      near: Tensor([[0.7], [-0.3]]).tanh(), "two sequences, each with its own state")
  },
  Check("at the beginning the state is zero") { c in
    let cell = byHand()
    c.expect(
      cell.step(Tensor([[1, 0]]), from: nil).detached(), near: Tensor([[1.2]]).tanh(),
      "tanh(1 · 1 + 0.2)")
  },
  Check("the function may be ReLU") { c in
    let cell = byHand(.relu)
    c.expect(
      cell.step(Tensor([[2, 0], [-3, 0]]), from: nil).detached(), near: Tensor([[2.2], [0]]),
      "max(0, 2 + 0.2), and max(0, −3 + 0.2)")
  },
]

private let checksOfSequences: [Check] = [
  Check("a sequence is read step by step") { c in
    let cell = byHand(.relu)
    cell.recurrentWeight = Tensor([[10]])
    // h: 1 + 0.2, then 2 + 0.2 + 12, then 0.2 + 142.
    let x = Tensor([[[1, 0]], [[2, 0]], [[0, 0]]])
    let result = MyRecurrent([cell])(x, from: nil)
    c.expect(
      result.y.detached(), near: Tensor([[[1.2]], [[14.2]], [[142.2]]]),
      "1, 2, 0 with a recurrent weight of 10 and a bias of 0.2")
    guard c.expect(result.states.count, equals: 1, "states, one for each cell") else { return }
    c.expect(result.states[0].detached(), near: Tensor([[142.2]]), "the state after the last step")
  },
  Check("several layers: each cell reads the one below, and has its own state") { c in
    let (lower, upper) = (MyRNNCell(1, 1, function: .relu), MyRNNCell(1, 1, function: .relu))
    for (cell, w, u) in [(lower, 1.0, 10.0), (upper, 2.0, 100.0)] {
      cell.inputWeight = Tensor([Float(w)], shape: [1, 1])
      cell.recurrentWeight = Tensor([Float(u)], shape: [1, 1])
      cell.bias = Tensor([0])
    }
    let result = MyRecurrent([lower, upper])(Tensor([[[1]], [[1]]]), from: nil)
    c.expect(
      result.y.detached(), near: Tensor([[[2]], [[222]]]),
      "below 1, 11; above 2 · 1, then 2 · 11 + 100 · 2")
    c.expect(
      result.states.map { $0.item() }, near: [11, 222], "the last states, from below upwards")
  },
  Check("a layer of cells goes on from given states, cell by cell") { c in
    let network = withGenerator(Generator(seed: 3)) { myRNN(2, 3, layers: 2) }
    let x = Tensor.normal([5, 2, 2], using: Generator(seed: 4))
    let whole = network(x, from: nil)
    let first = network(x[0..<2], from: nil)
    let second = network(x[2..<5], from: first.states)
    c.expect(
      second.y.detached(), near: whole.y.detached()[2..<5], "steps 2 to 4, from the states after 1")
    c.expect(first.y.detached(), near: whole.y.detached()[0..<2], "steps 0 and 1")
    for layer in 0..<2 {
      c.expect(
        second.states[layer].detached(), near: whole.states[layer].detached(),
        "the last state of cell \(layer)")
    }
  },
  Check("the sizes of a network") { c in
    let network = myRNN(5, 3, layers: 3)
    c.expect(
      network.cells.map { $0.inputWeight.shape.description },
      equals: ["[3, 5]", "[3, 3]", "[3, 3]"],
      "the input weights of three cells, 5 → 3")
    c.expect(
      network.parameterCount, equals: 27 + 21 + 21, "parameters, as the framework finds them")
    c.expect(
      myRNN(2, 3, layers: 2, function: .relu).cells.map(\.function), equals: [.relu, .relu],
      "the functions of the cells of a network with ReLU")
  },
  Check("it is the framework's RNN, forward and backward") { c in
    for (layers, function) in [(1, RNNFunction.tanh), (2, .tanh), (2, .relu)] {
      let mine = withGenerator(Generator(seed: 5)) {
        myRNN(3, 4, layers: layers, function: function)
      }
      let theirs = RNN(3, 4, function: function, layers: layers)
      for (cell, weights) in zip(mine.cells, theirs.forward) {
        weights.inputWeight = cell.inputWeight
        weights.recurrentWeight = cell.recurrentWeight
        weights.inputBias = cell.bias
        weights.recurrentBias = Tensor.zeros([4])
      }
      let x = Tensor.normal([6, 2, 3], using: Generator(seed: 6)).requiringGradients()
      c.trying("\(layers) layers, \(function)") {
        let (y, expected) = (mine(x), theirs(x))
        c.expect(y.detached(), near: expected.detached(), "the outputs")
        c.expect(
          gradients(of: y.square().sum(), withRespectTo: [x])[0],
          near: gradients(of: expected.square().sum(), withRespectTo: [x])[0], tolerance: 1e-4,
          "the gradient of x")
        mine(x).square().sum().backward()
        theirs(x).square().sum().backward()
        for (layer, (cell, weights)) in zip(mine.cells, theirs.forward).enumerated() {
          c.expect(
            cell.$recurrentWeight.grad ?? Tensor.zeros([0]), near: weights.$recurrentWeight.grad!,
            tolerance: 1e-4, "the gradient of the recurrent weight of cell \(layer)")
        }
      }
    }
  },
]

/// A cell of two inputs and one number of state.
private func byHand(_ function: RNNFunction = .tanh) -> MyRNNCell {
  let cell = MyRNNCell(2, 1, function: function)
  cell.inputWeight = Tensor([[1, -0.5]])
  cell.recurrentWeight = Tensor([[1]])
  cell.bias = Tensor([0.2])
  return cell
}
