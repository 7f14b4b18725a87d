import FledgeCourse

extension Exercise {
  static let forwardOperations = Exercise(
    "4.1", file: "Ex4_1_ForwardOperations", title: "Forward operations",
    goal: """
      Write the operations that a network is made of: what happens to one element, which shape comes \
      out, and how views save copies. Fledge itself runs them.
      """,
    source: "needle homework 1, question 1",
    hints: [
      """
      `Multiply` and `Negate` are complete: look at them first. In a kernel you write what becomes of \
      single numbers; for shapes, look at the example in each doc comment.
      """,
      """
      A shape rule says in advance what the forward rule will make, and `apply` compares the two. For \
      `Sum` go over the sizes with their axes; for `SwapAxes` copy the shape and exchange two of its \
      sizes; for `MatMul` join the batch and the two sizes that remain.
      """,
      """
      The forward rules of `Sum`, `SwapAxes` and `BroadcastTo` are one call of a method of the input \
      each: the order that `permuted` takes is 0, 1, 2, … with two of them exchanged. In `MatMul` \
      bring both sides to the batch first: their own last two sizes stay behind it.
      """,
    ],
    mutants: [
      Mutant(
        "relu-swallows-nan",
        hint: """
          A NaN came in and a 0 came out. Every comparison with NaN is false; which branch should it \
          take then?
          """,
        replace: "x < 0 ? 0 : x", with: "x > 0 ? x : 0"),
      Mutant(
        "divides-the-wrong-way", hint: "The quotient is upside down: which operand comes first?",
        replace: "      a / b", with: "      b / a"),
      Mutant(
        "always-keeps-axes",
        hint:
          "An axis that was summed over is still there, with size 1, though nobody asked for it.",
        edits: [
          ("(keepsAxes ? 1 : nil)", "1"),
          ("keepDims: keepsAxes)", "keepDims: true)"),
        ]),
      Mutant(
        "copies-what-it-broadcasts",
        hint: """
          The values are right, but the elements were copied. A view with stride 0 repeats them for \
          nothing.
          """,
        replace: "[inputs[0].broadcast(to: shape)]",
        with: "[My.negate(My.negate(inputs[0].broadcast(to: shape)))]"),
      Mutant(
        "takes-the-left-batch",
        hint: "The right side's batch was forgotten: the batches of both sides broadcast.",
        replace:
          "    guard let batch = Shape.broadcast(Shape(a.dropLast(2)), Shape(b.dropLast(2)))",
        with: "    guard let batch = Optional(Shape(a.dropLast(2)))"),
      Mutant(
        "reverses-all-axes",
        hint: "Only two axes were to change places; here the whole order was turned around.",
        edits: [
          (
            "(shape[first], shape[second]) = (shape[second], shape[first])",
            "shape = Shape(Array(shape).reversed())"
          ),
          ("order.swapAt(first, second)", "order.reverse()"),
        ]),
      Mutant(
        "guards-the-quotient",
        hint: """
          1 / 0 came out as 0. An infinity shows where a computation went wrong; a 0 in its place hides \
          it.
          """,
        replace: "      a / b", with: "      b == 0 ? 0 : a / b"),
      Mutant(
        "always-float32",
        hint:
          "A shape rule promised float32, whatever came in: an output has the dtype of its inputs.",
        edits: [
          ("Shape(sizes), dtype: inputs[0].dtype", "Shape(sizes), dtype: .float32"),
          (
            """
            (shape[first], shape[second]) = (shape[second], shape[first])
            return [TensorType(shape: shape, dtype: inputs[0].dtype)]
            """,
            """
            (shape[first], shape[second]) = (shape[second], shape[first])
            return [TensorType(shape: shape, dtype: .float32)]
            """
          ),
          (
            """
            let shape = Shape(Self.batch(of: a, b) + [a[-2], b[-1]])
            return [TensorType(shape: shape, dtype: inputs[0].dtype)]
            """,
            """
            let shape = Shape(Self.batch(of: a, b) + [a[-2], b[-1]])
            return [TensorType(shape: shape, dtype: .float32)]
            """
          ),
        ]),
    ])
}
