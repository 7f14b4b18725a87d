import FledgeCourse

extension Exercise {
  static let stableFunctions = Exercise(
    "4.6", file: "Ex4_6_StableFunctions", title: "Stable log-sum-exp, tanh, powers, GELU",
    goal: """
      Write functions whose formulas overflow, divide by zero or become NaN when they are computed \
      as written.
      """,
    needs: ["4.1", "4.2", "4.3"],
    source: "needle homework 2; llmsys assignment 3; Blanchard, Higham and Higham 2021",
    hints: [
      """
      The formula with m in the doc comment holds for every m. What does the largest exponential \
      become if m is the largest x? And should all rows share one m?
      """,
      """
      Give the sum and the maximum an axis of size 1, so that they broadcast against x. The softmax is \
      eˣⁱ⁻ʸ: no sum and no quotient. For tanh look its derivative up in terms of y.
      """,
      """
      `masked(where:with:)` puts a number where a condition holds, and `isFinite()` and `not()` make \
      the condition. In the gradient rule reshape y and dy to the kept axis. A power's slope is the \
      exponent times the power of one less; leave by an early exit where the exponent is 0.
      """,
    ],
    mutants: [
      Mutant(
        "takes-the-formula-at-its-word",
        hint: "e¹⁰⁰⁰ is ∞ and e⁻¹⁰⁰⁰ is 0, so the logarithm gave ∞ and −∞.",
        replace: "let shift = largest.masked(where: largest.isFinite().not(), with: 0)",
        with: "let shift = largest * 0"),
      Mutant(
        "one-maximum-for-all",
        hint: """
          One number was taken out of all rows. A row far below the largest element of all then \
          underflows.
          """,
        replace: "let largest = x.max(axis: axis, keepDims: true)",
        with: "let largest = x.max(axis: axis, keepDims: true) * 0 + x.max()"),
      Mutant(
        "infinity-minus-infinity",
        hint:
          "A row that is masked from end to end gave NaN: which number did it subtract from −∞?",
        replace: "let shift = largest.masked(where: largest.isFinite().not(), with: 0)",
        with: "let shift = largest"),
      Mutant(
        "tanh-slope-without-square",
        hint: "At x = 1 the slope of tanh is 0.42, and y is 0.76: how are they related?",
        replace: "My.subtract(Tensor(1, dtype: y.dtype), My.multiply(y, y))",
        with: "My.subtract(Tensor(1, dtype: y.dtype), y)"),
      Mutant(
        "powers-through-logarithms",
        hint: "(−2)³ is −8, but −2 has no logarithm.",
        replace: "Foundation.pow($0, exponent)",
        with: "Foundation.exp(exponent * Foundation.log($0))"),
      Mutant(
        "zero-times-infinity",
        hint: "x⁰ is 1 everywhere and does not move, but at x = 0 the rule multiplied 0 with ∞.",
        replace: "if exponent == 0 { return [nil] }", with: ""),
      Mutant(
        "gelu-of-the-framework",
        hint:
          "The values are right, but they came from Fledge's operations: yours were never asked.",
        replace: """
          let inner = multiply(add(x, multiply(power(x, 3), 0.044715)), (2 / Double.pi).squareRoot())
          return multiply(multiply(x, 0.5), add(tanh(inner), 1))
          """,
        with: """
              let inner = (x + x * x * x * 0.044715) * (2 / Double.pi).squareRoot()
              return x * 0.5 * (inner.tanh() + 1)
          """),
      Mutant(
        "one-of-another-kind",
        hint:
          "A number beside a tensor has a dtype as well: here the 1 is float64 and y is float32.",
        replace: "Tensor(1, dtype: y.dtype)", with: "Tensor(1, dtype: .float64)"),
    ])
}
