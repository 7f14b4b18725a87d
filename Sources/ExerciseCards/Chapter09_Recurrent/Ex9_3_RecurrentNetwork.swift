import FledgeCourse

extension Exercise {
  static let recurrentNetwork = Exercise(
    "9.3", file: "Ex9_3_RecurrentNetwork", title: "A recurrent network",
    goal: """
      Write a cell that reads one step and remembers one vector, and run it along a sequence, several \
      above each other.
      """,
    needs: ["9.1"], source: "needle homework 4, part 4; Elman 1990",
    hints: [
      """
      The cell first: it is a linear layer with a second input. Then one cell over a sequence, on paper: \
      what must be remembered from one step to the next?
      """,
      """
      In a sequence, steps outside, cells inside. A signal goes upwards through the cells: each takes it \
      with its own state, leaves its new state in the place of the old one, and passes its output on. What \
      comes out at the top is kept.
      """,
      """
      An array holds the state of each cell, optional at first: the given ones, or nil for each. With nil \
      the term of the recurrent weight is left out. The weights are stored [outputs, inputs], so both are \
      transposed in the products.
      """,
    ],
    mutants: [
      Mutant(
        "from-zero-up",
        hint: """
          The numbers go from 0 up, so that their mean is b / 2: they go from −b to b, to both sides of 0.
          """,
        edits: [
          ("[hidden, inputs], in: -bound...bound", "[hidden, inputs], in: 0...bound"),
          ("[hidden, hidden], in: -bound...bound", "[hidden, hidden], in: 0...bound"),
          ("uniform([hidden], in: -bound...bound", "uniform([hidden], in: 0...bound"),
        ]),
      Mutant(
        "forgets-the-state",
        hint: "Each step was read as if it were the first: a cell's state goes into its next step.",
        replace: "now[layer] = state", with: "now[layer] = cells.count < 0 ? state : nil"),
      Mutant(
        "weights-not-transposed",
        hint:
          "The state went through its weight the wrong way round: W lies [to, from], as in 5.3.",
        replace: "state.matmul(recurrentWeight.transposed())",
        with: "state.matmul(recurrentWeight)"),
      Mutant(
        "state-past-its-weight",
        hint: "The state was added as it is; it goes through a weight of its own.",
        replace: "z = z + state.matmul(recurrentWeight.transposed())",
        with: "z = z + state + 0 * recurrentWeight.sum()"),
      Mutant(
        "begins-anew",
        hint: "The states that were given were not used: a sequence may go on where another ended.",
        replace: "= states ?? cells.map { _ in nil }", with: "= cells.map { _ in nil }"),
      Mutant(
        "all-read-the-input",
        hint: "The upper cells read the sequence, too; they read what the cell below puts out.",
        replace: "signal = cell.output(of: state)\n}\noutputs.append(signal)",
        with: """
          signal = layer == cells.count - 1 ? cell.output(of: state) : step
                }
                outputs.append(signal)
          """),
      Mutant(
        "one-state-for-all",
        hint: "The cells took each other's states: each has its own.",
        edits: [
          ("from: now[layer])", "from: now[0])"), ("now[layer] = state", "now[0] = state"),
          ("now.compactMap { $0 })", "cells.map { _ in now[0]! })"),
        ]),
      Mutant(
        "as-wide-as-the-inputs-say",
        hint:
          "The bound of the first numbers is 1 / √hidden: the state is what comes back every step.",
        replace: "1 / Double(hidden).squareRoot()", with: "1 / Double(inputs).squareRoot()"),
      Mutant(
        "always-tanh",
        hint: "The cell's function was not asked for: it is tanh or ReLU.",
        replace: "return function == .tanh ? z.tanh() : relu(z)", with: "return z.tanh()"),
    ])
}
