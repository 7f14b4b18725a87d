import FledgeCourse

extension Exercise {
  static let centralDifference = Exercise(
    "1.1", file: "Ex1_1_CentralDifference", title: "Central difference",
    goal: """
      Measure a slope by moving the argument a little to both sides. Every gradient in this course \
      is checked against such a number.
      """,
    source: "minitorch task 1.1",
    hints: [
      "Draw the curve, and a line through two of its points, one on each side of x.",
      "The line's slope is the change of f between the points over the distance between them.",
      """
      The points are x + h and x − h, so the distance is not h. For several arguments, copy the \
      array, move one element of the copy, and use the function of one argument.
      """,
    ],
    mutants: [
      Mutant(
        "one-sided", hint: "One of the two points is x itself: the error falls with h only.",
        replace: "f(x - h)) / (2 * h)", with: "f(x)) / h"),
      Mutant(
        "divides-by-the-step", hint: "The two points are not h apart.",
        replace: "/ (2 * h)", with: "/ h"),
      Mutant(
        "wrong-sign", hint: "A rising line came out with a falling slope.",
        replace: "(f(x + h) - f(x - h))", with: "(f(x - h) - f(x + h))"),
      Mutant(
        "ignores-the-step", hint: "The step that was asked for is not the one that was taken.",
        replace: "(f(x + h) - f(x - h)) / (2 * h)",
        with: "(f(x + 1e-5) - f(x - 1e-5)) / 2e-5"),
      Mutant(
        "step-grows-with-x",
        hint: "Far from 0 the step was longer than the one that was asked for.",
        replace: "(f(x + h) - f(x - h)) / (2 * h)",
        with: "{ (s: Double) in (f(x + s) - f(x - s)) / (2 * s) }(h * max(1, abs(x)))"),
      Mutant(
        "moves-all-arguments",
        hint: "All arguments moved at once: that is the sum of the slopes, not one of them.",
        replace: """
            var x = x
            x[i] = moved
            return f(x)
          """,
        with: """
            let distance = moved - x[i]
            return f(x.map { $0 + distance })
          """),
      Mutant(
        "one-sided-for-several",
        hint: """
          With several arguments the slope was taken to one side only. Both sides, as above: \
          that function is there to be called.
          """,
        replace: """
          centralDifference(at: x[i], step: h) { moved in
          var x = x
          x[i] = moved
          return f(x)
          }
          """,
        with: """
          var moved = x
          moved[i] += h
          return (f(moved) - f(x)) / h
          """),
      Mutant(
        "forgets-to-pass-the-step",
        hint: """
          With several arguments the step that was asked for got lost on the way to the other \
          function.
          """,
        replace: "at: x[i], step: h)", with: "at: x[i])"),
    ])
}
