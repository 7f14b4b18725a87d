import FledgeCourse

extension Exercise {
  static let chainRule = Exercise(
    "1.3", file: "Ex1_3_ChainRule", title: "The chain rule",
    goal: """
      Know the slope of each operation, and pass a gradient one step back: from a result to what it \
      was made from.
      """,
    needs: ["1.1", "1.2"], source: "minitorch task 1.3",
    hints: [
      """
      Two parts. The slopes are the table in the comment, one line for each operation; for the \
      product, ask how much x₀ · x₁ grows when x₀ grows by 1.
      """,
      """
      For chainRule: a number without an operation passes nothing on. Otherwise get the slopes at \
      the values of the inputs, put each input beside its slope, leave out the constants, and \
      multiply each slope by the gradient that came in.
      """,
      """
      zip(inputs, slopes) makes the pairs, filter drops those whose input is constant, map makes a \
      pair (input, gradient · slope) of each. Drop after pairing: a constant in front must not move \
      the slopes.
      """,
    ],
    mutants: [
      Mutant(
        "own-factor",
        hint: """
          Each factor of a product got itself as its slope. When x₀ grows by 1, x₀ · x₁ grows by \
          the other one.
          """,
        replace: "[x[1], x[0]]", with: "[x[0], x[1]]"),
      Mutant(
        "forgets-the-outer-gradient",
        hint: """
          The inputs got the slope of this operation alone. The gradient that came in says how much \
          the end grows with this result; the chain rule multiplies the two.
          """,
        replace: "($0, gradient * $1)", with: "($0, $1)"),
      Mutant(
        "adds-the-slope",
        hint: "Along a chain slopes are multiplied, not added.",
        replace: "gradient * $1", with: "gradient + $1"),
      Mutant(
        "keeps-constants",
        hint: "A constant is among the inputs that get a gradient. It should be left out.",
        replace: ".filter { !$0.0.isConstant }", with: ""),
      Mutant(
        "loses-the-exponent",
        hint: "The slope of xⁿ is n · xⁿ⁻¹; the factor n in front is missing.",
        replace: "exponent * pow(x[0], exponent - 1)", with: "pow(x[0], exponent - 1)"),
      Mutant(
        "slope-at-the-argument",
        hint: """
          The slope of tanh is 1 − y², with y the result and not the argument: 1 − tanh² x.
          """,
        replace: "1 - result * result", with: "1 - x[0] * x[0]"),
      Mutant(
        "divides-by-the-argument",
        hint: """
          n · xⁿ / x is n · xⁿ⁻¹ on paper, and 0 / 0 where x is 0: not a number. Training meets that \
          sooner or later.
          """,
        replace: "exponent * pow(x[0], exponent - 1)", with: "exponent * result / x[0]"),
      Mutant(
        "divides-out-its-own-factor",
        hint: """
          x₀ · x₁ / x₀ is x₁ on paper, and 0 / 0 where x₀ is 0. The other factor is at hand as \
          it is.
          """,
        replace: "[x[1], x[0]]", with: "[result / x[0], result / x[1]]"),
      Mutant(
        "drops-constants-too-early",
        hint: """
          The constants were left out before inputs and slopes were paired, so that in 2 · x the \
          x got the slope of the 2.
          """,
        replace: "zip(inputs, slopes).filter { !$0.0.isConstant }",
        with: "zip(inputs.filter { !$0.isConstant }, slopes)"),
    ])
}
