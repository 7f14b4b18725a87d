import FledgeCourse

extension Exercise {
  static let gradientRules = Exercise(
    "4.2", file: "Ex4_2_GradientRules", title: "Gradient rules",
    goal: """
      Give each operation its gradient rule. Every element of every input is then checked against \
      a finite difference.
      """,
    needs: ["4.1"], source: "needle homework 1, question 2; minitorch task 2.4",
    hints: [
      """
      Take one element of the output and ask which elements of the inputs it depends on, and how \
      fast. `Multiply` and `Negate` show how an answer is written down.
      """,
      """
      Element by element the rule is dy times the slope from a table of derivatives. An operation \
      that only moves elements moves the gradients back the same way. A sum has slope 1 for all it \
      added: its gradient is repeated over them.
      """,
      """
      d(a/b)/db is −a/b², which is −y/b: take the gradient of a that you have and multiply it with \
      −y. For `Sum`, give dy back the summed axes with size 1 first (by a reshape) and broadcast \
      only then. For `ReLU`, y > 0 exactly where x > 0.
      """,
    ],
    mutants: [
      Mutant(
        "quotient-without-sign",
        hint: "A larger divisor makes a smaller quotient: what does that say of the slope's sign?",
        replace: "My.negate(My.multiply(da, g.output))", with: "My.multiply(da, g.output)"),
      Mutant(
        "exp-forgets-the-chain",
        hint: """
          The rule gave the slope itself. What comes from above, dy, must be multiplied in: a loss \
          that does not depend on y does not depend on x either.
          """,
        replace: "[My.multiply(g.dy, g.output)]", with: "[g.output]"),
      Mutant(
        "relu-masks-by-the-gradient",
        hint: """
          A negative gradient was stopped, too. Whether relu lets something pass depends on x alone.
          """,
        replace: "[My.multiply(g.dy, My.step(g.output))]",
        with: "[My.multiply(My.relu(g.dy), My.step(g.output))]"),
      Mutant(
        "sum-spreads-along-the-wrong-axis",
        hint: """
          After the sum an axis is gone, and broadcasting lines axes up from the end. In a square \
          matrix the gradient then runs along rows where it should run along columns.
          """,
        replace: "My.broadcast(My.reshape(g.dy, kept), to: shape)",
        with: "My.broadcast(g.dy, to: shape)"),
      Mutant(
        "moves-nothing-back",
        hint: "The gradient came back in the order of the output, not in that of the input.",
        replace: "[My.swapAxes(g.dy, first, second)]",
        with: "[My.reshape(g.dy, g.inputShape(0)) ]"),
      Mutant(
        "add-saves-its-inputs",
        hint: """
          The gradients are right, but a sum keeps both its inputs alive until the backward pass, and \
          its rule never looks at them.
          """,
        replace: """
          .nothing
          }

          func gradients(_ g: GradientContext) -> Gradients {
          [g.dy, g.dy]
          """,
        with: """
          .inputs
          }

          func gradients(_ g: GradientContext) -> Gradients {
          [g.dy, g.dy]
          """),
      Mutant(
        "cuts-the-slope",
        hint: """
          The gradient is right and has no gradient of its own: something was taken out of the graph on \
          the way.
          """,
        replace: "[My.multiply(g.dy, g.output)]", with: "[My.multiply(g.dy, g.output.detached())]"),
      Mutant(
        "keeps-the-dividend",
        hint: """
          The gradients are right, but a is kept alive until the backward pass. The quotient is there \
          already, and with it a is not needed.
          """,
        edits: [
          (
            "var saves: SavedValues { [.input(1), .outputs] }", "var saves: SavedValues { .inputs }"
          ),
          (
            "My.negate(My.multiply(da, g.output))",
            "My.negate(My.divide(My.multiply(da, g.input(0)), g.input(1)))"
          ),
        ]),
    ])
}
