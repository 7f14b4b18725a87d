import FledgeCourse

extension Exercise {
  static let firstLine = Exercise(
    "0.0", file: "Ex0_0_FirstLine", title: "A first line",
    goal: """
      Write one line, to see how this works: what a model with one weight and one bias says about a \
      number.
      """,
    source: "needle homework 0, question 1, which also lets one try the grader first",
    hints: [
      "Work out the example in the comment by hand: how do 2, 3 and 1 make 7?",
      "Three twos, and one more.",
      "A product and a sum. Swift writes them with * and +, and the last expression is the result.",
    ],
    mutants: [
      Mutant(
        "exchanged",
        hint:
          "Weight and bias changed places: x is multiplied by the weight, and the bias is added.",
        replace: "weight * x + bias", with: "bias * x + weight"),
      Mutant(
        "forgets-the-bias", hint: "At 0 it says 0 whatever the bias is: the bias is not in it.",
        replace: "weight * x + bias", with: "weight * x"),
      Mutant(
        "multiplies-the-sum", hint: "x and the bias were added first, and then multiplied.",
        replace: "weight * x + bias", with: "weight * (x + bias)"),
      Mutant(
        "adds-the-weight-once",
        hint: """
          At 1 it is right, at 2 it is not: every step to the right adds the weight once more.
          """,
        replace: "weight * x + bias", with: "x == 0 ? bias : weight + bias"),
      Mutant(
        "bends-at-0",
        hint: """
          To the left of 0 the line falls where it should go on as before: x may be negative.
          """,
        replace: "weight * x + bias", with: "weight * abs(x) + bias"),
    ])
}
