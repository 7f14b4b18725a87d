import FledgeCourse

extension Exercise {
  static let initializers = Exercise(
    "5.2", file: "Ex5_2_Initializers", title: "Initializers",
    goal: """
      Draw weights so that a signal through twenty layers neither dies out nor explodes, and check \
      it by statistics.
      """,
    source: "needle homework 2, question 1; Glorot and Bengio 2010; He et al. 2015",
    hints: [
      """
      An output is a sum of fan-in products. If the terms are independent, their variances add up: \
      which variance of the weights gives the output the variance of the input?
      """,
      """
      All four draw with a deviation that the doc comment names; a normal distribution takes it as it \
      is, a uniform one needs its bound, which is √3 times as large.
      """,
      """
      fan-in belongs to the second axis of [outputs, inputs, …], fan-out to the first, and both are \
      multiplied with the product of all further sizes. √3 · √(2 / n) is √(6 / n).
      """,
    ],
    mutants: [
      Mutant(
        "fans-exchanged",
        hint: "A weight is [outputs, inputs]: of [10, 784] an output sums 784 products, not 10.",
        replace: "(shape[1] * places, shape[0] * places)",
        with: "(shape[0] * places, shape[1] * places)"),
      Mutant(
        "filters-of-one-pixel",
        hint: "An output of a 3 × 3 filter sums nine products for each channel.",
        replace: "shape.dropFirst(2).reduce(1, *)", with: "1"),
      Mutant(
        "bound-for-deviation",
        hint: """
          The deviation of numbers uniform in (−a, a) is a / √3: here it came out too small by that.
          """,
        replace: "let bound = gain * (6 /", with: "let bound = gain * (2 /"),
      Mutant(
        "variance-for-deviation",
        hint: "2 over the fans is the variance; the draw asks for the deviation.",
        replace: "let deviation = gain * (2 / Double(fans.input + fans.output)).squareRoot()",
        with: "let deviation = gain * (2 / Double(fans.input + fans.output))"),
      Mutant(
        "forgets-what-relu-takes",
        hint: """
          Relu sets half of its inputs to zero, so what is left has half the mean square: layer by \
          layer the signal gets smaller by √2.
          """,
        replace: "let deviation = (2 / Double(fans(of: shape).input)).squareRoot()",
        with: "let deviation = (1 / Double(fans(of: shape).input)).squareRoot()"),
      Mutant(
        "he-by-the-outputs",
        hint: "What goes forward keeps its size by fan-in; fan-out would be for what comes back.",
        replace: "let bound = (6 / Double(fans(of: shape).input)).squareRoot()",
        with: "let bound = (6 / Double(fans(of: shape).output)).squareRoot()"),
      Mutant(
        "gain-under-the-root",
        hint: "The gain is a factor of the deviation; under the root only its root is left.",
        replace: "let bound = gain * (6 / Double(fans.input + fans.output)).squareRoot()",
        with: "let bound = (gain * 6 / Double(fans.input + fans.output)).squareRoot()"),
      Mutant(
        "uniform-for-normal",
        hint: "The deviation is right, but the numbers have an end: these are uniform.",
        replace: """
          let deviation = (2 / Double(fans(of: shape).input)).squareRoot()
          return Tensor.normal(shape, standardDeviation: deviation, using: generator)
          """,
        with: """
            let bound = (6 / Double(fans(of: shape).input)).squareRoot()
            return Tensor.uniform(shape, in: -bound...bound, using: generator)
          """),
    ])
}
