import FledgeCourse

extension Exercise {
  static let backward = Exercise(
    "1.5", file: "Ex1_5_Backward", title: "Backward",
    goal: """
      Find the gradients of everything that went into a number, in one pass from the end to the \
      beginning. This is backpropagation.
      """,
    needs: ["1.1", "1.2", "1.3", "1.4"], source: "minitorch task 1.4; micrograd's README",
    hints: [
      """
      topologicalOrder() gives the order, chainRule(_:) what a number passes to its inputs. What \
      is left: where it begins, and where the parts are collected.
      """,
      """
      Set the gradient of every result in the order to 0 (variables keep theirs). Give this number \
      the gradient 1 that it has with respect to itself. Then walk through the order, and let each \
      number hand its gradient to its inputs, where it is added to what is there.
      """,
      """
      Results are the numbers whose operation is not nil. Add 1 to self's own gradient: self may be \
      a variable, and keeps what it had. In the walk, the inner loop goes over what \
      number.chainRule of its gradient returns, and uses +=.
      """,
    ],
    mutants: [
      Mutant(
        "overwrites",
        hint: """
          A number that goes into two operations has the gradient of only one of them: the second \
          part overwrote the first. Parts add up.
          """,
        replace: "input.gradient += part", with: "input.gradient = part"),
      Mutant(
        "no-seed",
        hint: """
          All gradients are 0: the pass started with 0. How fast does a number grow with itself?
          """,
        replace: "gradient += 1", with: ""),
      Mutant(
        "wrong-way-round",
        hint: """
          Gradients were handed on from the variables to the end. A number must have all of its own \
          gradient before it hands it on.
          """,
        replace: "for number in order {", with: "for number in order.reversed() {"),
      Mutant(
        "leftovers",
        hint: """
          A second call came out too large: the results still had the gradients of the first, and \
          handed them on once more. Variables add up over calls; results begin at 0.
          """,
        replace: "for number in order where number.operation != nil { number.gradient = 0 }",
        with: ""),
      Mutant(
        "forgets-earlier-calls",
        hint: """
          The gradients of variables were set to 0 at the beginning. They add up over calls, so \
          that a batch can be done in parts; zeroGradients() resets them.
          """,
        replace: "where number.operation != nil {", with: "{"),
      Mutant(
        "starts-at-1",
        hint: """
          A variable of which backward() is called begins at 1 each time, whatever it had: it \
          adds up over calls like all variables.
          """,
        replace: "gradient += 1", with: "gradient = 1"),
      Mutant(
        "hands-on-the-end's-gradient",
        hint: """
          Each number handed on the gradient of the end and not its own: along a chain the \
          slopes are multiplied, step by step.
          """,
        replace: "number.chainRule(number.gradient)", with: "number.chainRule(gradient)"),
    ])
}
