import FledgeCore
import FledgeCourse
import FledgeNN

/// What a recurrent network does at each step of a sequence: from what it reads and the state that it was
/// in, the state that it comes into.
protocol StepCell: Module {
  associatedtype State

  /// The state after reading x [B, inputs]. At the beginning of a sequence there is no state before, nil,
  /// which counts as zeros.
  func step(_ x: Tensor, from state: State?) -> State

  /// What the cell tells others, [B, hidden].
  func output(of state: State) -> Tensor
}

/// The plain cell (Elman 1990): h ← f(x Wᵢᵀ + b + h W_hᵀ), f being tanh or ReLU.
final class MyRNNCell: Module, StepCell {
  /// [hidden, inputs]
  @Parameter var inputWeight: Tensor
  /// [hidden, hidden]
  @Parameter var recurrentWeight: Tensor
  /// [hidden]
  @Parameter var bias: Tensor
  let function: RNNFunction

  /// All start from uniform numbers in (−b, b) with b = 1 / √hidden, whatever the number of inputs
  /// (`Tensor.uniform(shape, in: -b...b)`).
  init(_ inputs: Int, _ hidden: Int, function: RNNFunction = .tanh) {
    self.function = function
    // solution
    let bound = 1 / Double(hidden).squareRoot()
    inputWeight = Tensor.uniform([hidden, inputs], in: -bound...bound)
    recurrentWeight = Tensor.uniform([hidden, hidden], in: -bound...bound)
    bias = Tensor.uniform([hidden], in: -bound...bound)
    // end solution
  }

  /// `z.tanh()` and `relu(z)` are the two functions, `.tanh` and `.relu` their names.
  func step(_ x: Tensor, from state: Tensor?) -> Tensor {
    // solution
    var z = x.matmul(inputWeight.transposed()) + bias
    if let state { z = z + state.matmul(recurrentWeight.transposed()) }
    return function == .tanh ? z.tanh() : relu(z)
    // end solution
  }

  /// The state itself.
  func output(of state: Tensor) -> Tensor { state }
}

/// Cells one above the other, over a whole sequence: the first reads the sequence, each of the others what
/// the one below it puts out at the same step.
///
///     y₀        y₁        y₂
///     ↑         ↑         ↑
///     cell 1 →  cell 1 →  cell 1 →  its last state
///     ↑         ↑         ↑
///     cell 0 →  cell 0 →  cell 0 →  its last state
///     ↑         ↑         ↑
///     x₀        x₁        x₂
final class MyRecurrent<Cell: StepCell>: Module, Layer {
  let cells: [Cell]

  init(_ cells: [Cell]) { self.cells = cells }

  /// Reads x [T, B, inputs], step by step, from the states that the cells were in (nil at the beginning of
  /// a sequence).
  ///
  /// `mySplit(x)` is the steps, `myStack(outputs)` puts them together again.
  ///
  /// - Returns: the outputs of the uppermost cell, [T, B, hidden], and the states of all cells after the
  ///   last step.
  func callAsFunction(_ x: Tensor, from states: [Cell.State]?) -> (y: Tensor, states: [Cell.State])
  {
    // solution
    var now: [Cell.State?] = states ?? cells.map { _ in nil }
    var outputs: [Tensor] = []
    for step in mySplit(x) {
      var signal = step
      for (layer, cell) in cells.enumerated() {
        let state = cell.step(signal, from: now[layer])
        now[layer] = state
        signal = cell.output(of: state)
      }
      outputs.append(signal)
    }
    return (myStack(outputs), now.compactMap { $0 })
    // end solution
  }

  /// The outputs alone, from the beginning.
  func callAsFunction(_ x: Tensor) -> Tensor { self(x, from: nil).y }
}

/// A plain recurrent network: `layers` cells, of which the first has `inputs` inputs, and each of the
/// others as many as the one below has outputs.
func myRNN(
  _ inputs: Int, _ hidden: Int, layers: Int = 1, function: RNNFunction = .tanh
) -> MyRecurrent<MyRNNCell> {
  // solution
  MyRecurrent(
    (0..<layers).map { layer in
      MyRNNCell(layer == 0 ? inputs : hidden, hidden, function: function)
    })
  // end solution
}
