import FledgeCore
import FledgeCourse
import FledgeNN
import Foundation

let checks9_4: [Check] = [
  Check("a cell has four gates' worth of weights") { c in
    let cell = MyLSTMCell(5, 3)
    c.expect(
      [cell.inputWeight, cell.recurrentWeight, cell.bias].map { $0.shape.description },
      equals: ["[12, 5]", "[12, 3]", "[12]"], "the weights for inputs and state, and the bias")
    c.expect(cell.parameterCount, equals: 12 * 9, "parameters of 5 → 3")
  },
  Check("the weights start as wide as the state says; the bias lets the cell keep") { c in
    for (inputs, hidden, bound) in [(400, 100, 0.1), (50, 400, 0.05)] {
      let cell = withGenerator(Generator(seed: 1)) { MyLSTMCell(inputs, hidden) }
      for (name, value) in [
        ("inputWeight", cell.inputWeight), ("recurrentWeight", cell.recurrentWeight),
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
    c.expect(
      MyLSTMCell(1, 2).bias.detached(), near: Tensor([0, 0, 1, 1, 0, 0, 0, 0]),
      "the bias of two hidden numbers: i, f, g, o")
  },
  Check("the input gate decides what is added") { c in
    for gate in [-3.0, 0, 3] {
      let state = stepped(i: gate, f: 0, g: 1, o: 0, h: 0, c: 0)
      c.expect(
        state.c, near: σ(gate) * tanh(1), "c from nothing: σ(i) tanh(g) for i = \(gate), g = 1")
    }
  },
  Check("the forget gate decides what is kept") { c in
    for gate in [-3.0, 0, 3] {
      let state = stepped(i: 0, f: gate, g: 0, o: 0, h: 0, c: 2)
      c.expect(
        state.c, near: σ(gate) * 2, "c from 2, nothing added: σ(f) · 2 for f = \(gate)")
    }
  },
  Check("the candidate is a tanh: it may be negative") { c in
    for candidate in [-2.0, 0.5, 2] {
      let state = stepped(i: 1, f: 2, g: candidate, o: 0, h: 0, c: 1)
      c.expect(
        state.c, near: σ(2) + σ(1) * tanh(candidate), "σ(2) · 1 + σ(1) tanh(g) for g = \(candidate)"
      )
    }
  },
  Check("the output gate decides what is shown, and changes nothing that is kept") { c in
    for gate in [-3.0, 0, 3] {
      let state = stepped(i: 0, f: 2, g: 0, o: gate, h: 0, c: 3)
      c.expect(
        state.h, near: σ(gate) * tanh(3 * σ(2)), "h for o = \(gate): σ(o) tanh(c), c = 3 σ(2)")
      c.expect(state.c, near: 3 * σ(2), "c, whatever o is")
    }
  },
  Check("each gate reads x and h, through its own rows") { c in
    let cell = MyLSTMCell(1, 1)
    cell.inputWeight = Tensor([[0.1], [0.2], [0.3], [0.4]])
    cell.recurrentWeight = Tensor([[1], [-2], [3], [-4]])
    cell.bias = Tensor([0.5, 0.6, 0.7, 0.8])
    let before = MyLSTMState(h: Tensor([[0.25]]), c: Tensor([[-1]]))
    let after = cell.step(Tensor([[2]]), from: before)
    // z = 0.1 · 2 + 0.5 + 1 · 0.25 and so on.
    let memory = σ(0.5) * -1 + σ(0.95) * tanh(2.05)
    c.expect(after.c.item(), near: memory, tolerance: 1e-5, "c for x = 2, h = 0.25, c = −1")
    c.expect(after.h.item(), near: σ(0.6) * tanh(memory), tolerance: 1e-5, "h")
    let first = cell.step(Tensor([[2]]), from: nil)
    c.expect(
      first.c.item(), near: σ(0.7) * tanh(1.3), tolerance: 1e-5, "c at the beginning, x = 2")
  },
  Check("a memory is kept for a hundred steps when the gates say so") { c in
    let cell = MyLSTMCell(1, 1)
    cell.inputWeight = Tensor([[20], [0], [20], [0]])
    cell.recurrentWeight = Tensor.zeros([4, 1])
    cell.bias = Tensor([-10, 10, 0, 0])
    var numbers = [Float](repeating: 0, count: 101)
    numbers[0] = 1
    let x = Tensor(numbers, shape: [101, 1, 1]).requiringGradients()
    let result = MyRecurrent([cell])(x, from: nil)
    c.expect(
      result.states[0].c.item() > 0.99, "c after a hundred zeros: \(result.states[0].c.item())")
    let slope = gradients(of: result.y.sum(), withRespectTo: [x])[0][0].item()
    c.expect(slope != 0, "the first step has a gradient: \(slope)")
  },
  Check("it is the framework's LSTM, forward and backward, in layers") { c in
    for layers in 1...2 {
      let mine = withGenerator(Generator(seed: 5)) { myLSTM(3, 4, layers: layers) }
      let theirs = LSTM(3, 4, layers: layers)
      guard c.expect(mine.cells.count, equals: layers, "cells of \(layers) layers") else { return }
      for (cell, weights) in zip(mine.cells, theirs.forward) {
        weights.inputWeight = cell.inputWeight
        weights.recurrentWeight = cell.recurrentWeight
        weights.inputBias = cell.bias
        weights.recurrentBias = Tensor.zeros([16])
      }
      let x = Tensor.normal([6, 2, 3], using: Generator(seed: 6)).requiringGradients()
      c.trying("\(layers) layers, 3 → 4") {
        let (y, states) = mine(x, from: nil)
        let expected = theirs(x, state: nil)
        c.expect(y.detached(), near: expected.y.detached(), "the outputs")
        c.expect(
          states.last!.c.detached(), near: expected.state.c.detached()[layers - 1],
          "the uppermost memory")
        c.expect(
          gradients(of: y.square().sum(), withRespectTo: [x])[0],
          near: gradients(of: expected.y.square().sum(), withRespectTo: [x])[0], tolerance: 1e-4,
          "the gradient of x")
      }
    }
  },
]

private func σ(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// h and c after a step of a cell of one number whose gates have these values before their functions.
private func stepped(
  i: Double, f: Double, g: Double, o: Double, h: Double, c: Double
) -> (h: Double, c: Double) {
  let cell = MyLSTMCell(1, 1)
  cell.inputWeight = Tensor.zeros([4, 1])
  cell.recurrentWeight = Tensor.zeros([4, 1])
  cell.bias = Tensor([i, f, g, o], dtype: .float32)
  let before = MyLSTMState(
    h: Tensor([Float(h)], shape: [1, 1]), c: Tensor([Float(c)], shape: [1, 1]))
  let after = cell.step(Tensor([[1]]), from: before)
  return (after.h.item(), after.c.item())
}
