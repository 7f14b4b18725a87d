import FledgeCourse

extension Exercise {
  static let operators = Exercise(
    "0.1", file: "Ex0_1_Operators", title: "Scalar operators",
    goal: """
      Write the functions of numbers that all tensor operations are made of, and the backward \
      forms of three of them. One has a trap: the sigmoid must work for every number.
      """,
    source: "minitorch task 0.1",
    hints: [
      """
      Each is one expression, except the sigmoid. For its trap, work out by hand what each of its \
      two formulas gives for x = 1000 and for x = −1000.
      """,
      """
      eˣ overflows for large x, and e⁻ˣ for large −x. So look at the sign of x first. For a \
      backward form, recall the derivative: of ln x, of x⁻¹, of a line with a corner.
      """,
      """
      For x ≥ 0 use the formula with e⁻ˣ, otherwise the one with eˣ. The derivative of x⁻¹ is \
      minus x⁻². A comparison returns 1 or 0: the conditional operator `condition ? 1 : 0`.
      """,
    ],
    mutants: [
      Mutant(
        "sigmoid-by-one-formula",
        hint: "∞ / ∞ is not a number: e¹⁰⁰⁰ is infinite in numerator and denominator.",
        replace: "if x >= 0 { return 1 / (1 + Foundation.exp(-x)) }",
        with: ""),
      Mutant(
        "sigmoid-by-the-other-formula",
        hint: "For x below −710 the formula divides by infinity and gives 0.",
        replace: "if x >= 0 { return 1 / (1 + Foundation.exp(-x)) }",
        with: "if true { return 1 / (1 + Foundation.exp(-x)) }"),
      Mutant(
        "close-without-distance",
        hint: "x − y is negative when x is the smaller one, however far apart they are.",
        replace: "abs(x - y) < 1e-2", with: "x - y < 1e-2"),
      Mutant(
        "forgets-what-came-from-above",
        hint: "A backward form returned the slope alone; multiply it by d.",
        replace: "-d / (x * x)", with: "-1 / (x * x)"),
      Mutant(
        "inverse-slope-sign", hint: "1/x falls where x is positive: its slope is negative.",
        replace: "-d / (x * x)", with: "d / (x * x)"),
      Mutant(
        "relu-corner", hint: "At exactly 0 the slope of relu counts as 0 here.",
        replace: "x > 0 ? d : 0", with: "x >= 0 ? d : 0"),
      Mutant(
        "close-by-ratio",
        hint:
          "1000 and 1000.5 are not close: the bound is on the distance, however large they are.",
        replace: "abs(x - y) < 1e-2", with: "abs(x - y) < 1e-2 * Swift.max(1, abs(x))"),
      Mutant(
        "equal-when-near",
        hint: "Two numbers that are only near each other counted as equal: that is isClose.",
        replace: "x == y ? 1 : 0", with: "abs(x - y) < 1e-9 ? 1 : 0"),
      Mutant(
        "zero-has-a-logarithm",
        hint: """
          0 has no logarithm: near 0 it falls without end. The system's says −∞; a number in its \
          place would look right, and be wrong.
          """,
        replace: "Foundation.log(x)", with: "x <= 0 ? 0 : Foundation.log(x)"),
      Mutant(
        "clips-the-exponent",
        hint: """
          The exponent was cut off at a bound. Infinity is the right answer for a number that is \
          too large.
          """,
        replace: """
          static func exp(_ x: Double) -> Double {
          Foundation.exp(x)
          """,
        with: """
          static func exp(_ x: Double) -> Double {
              Foundation.exp(Swift.min(x, 700))
          """),
    ])
}
