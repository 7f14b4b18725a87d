import FledgeCourse

extension Exercise {
  static let lstmNetwork = Exercise(
    "9.4", file: "Ex9_4_LSTMNetwork", title: "LSTM",
    goal: """
      Write the cell that keeps what it remembers until it decides otherwise, gate by gate.
      """,
    needs: ["9.3"], source: "needle homework 4, part 5; Hochreiter and Schmidhuber 1997",
    hints: [
      """
      One product for all four gates, then four parts of its columns. Compute the example of the text by \
      hand first: each gate does one thing.
      """,
      """
      Begin as in the plain cell, with h as the state. The parts come in the order i, f, g, o: numbers 0 \
      to 3. Three of them go through σ, the candidate through tanh. At the beginning there is no memory, \
      and what is kept of it is left out.
      """,
      """
      The new c is a sum of two products of gate and content; h is a product of the output gate and the \
      tanh of the *new* c. The state that is returned has both. The bias is four vectors one after the \
      other, of which the second has ones.
      """,
    ],
    mutants: [
      Mutant(
        "from-zero-up",
        hint: """
          The numbers go from 0 up, so that their mean is b / 2: they go from −b to b, to both sides of 0.
          """,
        edits: [
          ("hidden, inputs], in: -bound...bound", "hidden, inputs], in: 0...bound"),
          ("hidden, hidden], in: -bound...bound", "hidden, hidden], in: 0...bound"),
        ]),
      Mutant(
        "no-input-gate",
        hint: "The candidate was added whole: the input gate decides how much of it.",
        replace: "sigmoid(gates[0]) * gates[2].tanh()", with: "gates[2].tanh() + 0 * gates[0]"),
      Mutant(
        "no-forget-gate",
        hint: "Nothing is ever forgotten: the forget gate decides how much of the memory stays.",
        replace: "c = c + sigmoid(gates[1]) * state.c", with: "c = c + state.c + 0 * gates[1]"),
      Mutant(
        "no-output-gate",
        hint: "The whole memory is shown: the output gate decides how much of it.",
        replace: "h: sigmoid(gates[3]) * c.tanh()", with: "h: c.tanh() + 0 * gates[3]"),
      Mutant(
        "candidate-by-sigmoid",
        hint:
          "The candidate went through σ like the gates, so that nothing negative can be remembered.",
        replace: "gates[2].tanh()", with: "sigmoid(gates[2])"),
      Mutant(
        "input-and-forget-exchanged",
        hint: "Input and forget gate changed places: the rows come in the order i, f, g, o.",
        edits: [
          ("sigmoid(gates[0])", "sigmoid(gates[1])"),
          ("sigmoid(gates[1]) * state.c", "sigmoid(gates[0]) * state.c"),
        ]),
      Mutant(
        "candidate-and-output-exchanged",
        hint: """
          Candidate and output gate changed places: the rows come in the order i, f, g, o, and not \
          i, f, o, g.
          """,
        edits: [
          ("gates[2].tanh()", "gates[3].tanh()"), ("sigmoid(gates[3])", "sigmoid(gates[2])"),
        ]),
      Mutant(
        "shows-the-bare-memory",
        hint: "What is shown is not between −1 and 1: the memory goes through tanh before.",
        replace: "sigmoid(gates[3]) * c.tanh()", with: "sigmoid(gates[3]) * c"),
      Mutant(
        "keeps-what-it-showed",
        hint: "It went on from h, and what it had not shown was lost: c goes on from c.",
        replace: "sigmoid(gates[1]) * state.c", with: "sigmoid(gates[1]) * state.h"),
      Mutant(
        "forgets-at-first",
        hint:
          "A new cell forgets half of its memory at each step: the forget gate's bias starts from 1.",
        replace: "[zeros, Tensor.ones([hidden]), zeros, zeros]",
        with: "[zeros, zeros, zeros, zeros]"),
    ])
}
