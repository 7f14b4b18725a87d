import FledgeCourse

extension Exercise {
  static let recordingScalars = Exercise(
    "1.2", file: "Ex1_2_RecordingScalars", title: "Recording scalars",
    goal: """
      Make numbers that remember how they were computed. The history that they keep is the graph \
      along which gradients will flow back.
      """,
    source: "minitorch task 1.2; micrograd's Value",
    hints: [
      """
      Begin with the values: ScalarOperation.value(of:) is a table of seven formulas. Then read the \
      three initializers of Scalar: which one makes a result?
      """,
      """
      record(_:_:) has two things to do: compute the number from the values of the inputs, and put it \
      into a new Scalar together with the operation and the inputs. In between it asks whether all \
      inputs are constants. + and * only call it; −, − and / only call + and * and power.
      """,
      """
      The values of the inputs are inputs.map(\\.value). A rule for "all of them" is allSatisfy. For \
      the negative, multiply by −1; for a difference, add the negative; for a quotient, multiply by \
      the power with exponent −1.
      """,
    ],
    mutants: [
      Mutant(
        "forgets-the-history",
        hint: """
          The value is right, but the result was made with the initializer of a variable: it knows \
          neither operation nor inputs.
          """,
        replace: "return Scalar(value, madeBy: operation, from: inputs)",
        with: "return Scalar(value)"),
      Mutant(
        "keeps-the-history-of-constants",
        hint: """
          A result of constants only is a constant. Nobody asks how it was computed, so it keeps \
          neither operation nor inputs.
          """,
        replace: "if inputs.allSatisfy(\\.isConstant) { return Scalar(constant: value) }", with: ""),
      Mutant(
        "one-constant-makes-a-constant",
        hint: """
          One constant among the inputs does not make the result a constant: x · 2 still changes \
          with x. It takes all of them.
          """,
        replace: "inputs.allSatisfy(\\.isConstant)", with: "inputs.contains(where: \\.isConstant)"),
      Mutant(
        "subtracts-the-wrong-way", hint: "a − b came out as b − a.",
        replace: "a + -b", with: "b + -a"),
      Mutant(
        "leaves-the-graph",
        hint: """
          The value of a / b is right, but its history does not lead back to b: somewhere a plain \
          number took the place of a Scalar. Once .value has been taken, the history is gone.
          """,
        replace: "a * b.power(-1)", with: "a * (1 / b.value)"),
      Mutant(
        "rectifies-the-wrong-side",
        hint: "The rectifier passes positive numbers and stops negative ones, not the reverse.",
        replace: "max(x[0], 0)", with: "min(x[0], 0)"),
      Mutant(
        "brings-in-a-variable",
        hint: """
          In the history of a − b stands a variable that nobody asked for, the −1. A number that is \
          no input of the computation is a constant: Scalar(constant:), or a plain −1.
          """,
        replace: "a + -b", with: "a + b * Scalar(-1)"),
      Mutant(
        "power-by-logarithm",
        hint: """
          A negative number has no logarithm, but it has a square. Foundation's pow takes care of \
          that; exp(n · log x) does not.
          """,
        replace: "return pow(x[0], exponent)", with: "return exp(exponent * log(x[0]))"),
      Mutant(
        "keeps-an-input-once",
        hint: """
          In x · x the number goes in twice, and was kept once. The chain rule will want one \
          slope for each place.
          """,
        replace: "return Scalar(value, madeBy: operation, from: inputs)",
        with: """
          let isTwice = inputs.count == 2 && inputs[0] === inputs[1]
              return Scalar(value, madeBy: operation, from: isTwice ? [inputs[0]] : inputs)
          """),
      Mutant(
        "divides-by-logarithm",
        hint: """
          a / b came out as not a number where b is negative: it has no logarithm. 1 / b is a \
          power of b, and that one there is for all b but 0.
          """,
        replace: "a * b.power(-1)", with: "a * (b.log() * -1).exp()"),
    ])
}
