import FledgeCourse

extension Exercise {
  static let layers = Exercise(
    "5.3", file: "Ex5_3_Layers", title: "Linear, Sequential, Residual, Flatten",
    goal: """
      Write the layers that most models are made of, as real modules: the framework names, saves and \
      trains them.
      """,
    source: "needle homework 2, question 2; TinyTorch module 3",
    hints: [
      """
      A layer is a function with parameters. The doc comments give each function in one line; the \
      shapes say which way round a weight lies.
      """,
      """
      The weight is [outputs, inputs], so x has to be multiplied with its transpose. The bias [outputs] \
      broadcasts over all axes in front. A sequence passes what one layer gives to the next.
      """,
      """
      `matmul` takes any axes in front of the last already. For a sequence, `reduce` over the layers \
      begins with x. For `MyFlatten` multiply all sizes but the first.
      """,
    ],
    mutants: [
      Mutant(
        "weight-lies-the-other-way",
        hint: """
          The layer works, but its weight is [inputs, outputs]: no checkpoint of anyone else will fit, \
          and the fans are exchanged.
          """,
        edits: [
          ("weight = draw([outputs, inputs])", "weight = draw([inputs, outputs])"),
          ("x.matmul(weight.transposed())", "x.matmul(weight)"),
        ]),
      Mutant(
        "reads-past-the-graph",
        hint: """
          The numbers are right, but the weight gets no gradient: its bare value was read, which is no \
          leaf of the graph.
          """,
        replace: "x.matmul(weight.transposed())", with: "x.matmul($weight.value!.transposed())"),
      Mutant(
        "one-bias-for-all",
        hint: "Every output has a bias of its own.",
        replace: "self.bias = bias ? draw([outputs]) : nil",
        with: "self.bias = bias ? draw([1]) : nil"),
      Mutant(
        "runs-backward",
        hint: "The last layer ran first: (2 · 10) + 1 is not (2 + 1) · 10.",
        replace: "layers.reduce(x)", with: "layers.reversed().reduce(x)"),
      Mutant(
        "residual-without-x",
        hint: "A residual block gave f(x) alone. What is it for, if not to let x through?",
        replace: "    x + body(x)", with: "    body(x)"),
      Mutant(
        "flattens-the-batch",
        hint: "The examples of the batch ran together into one row.",
        replace: "x.reshaped([x.shape[0], x.shape.dropFirst().reduce(1, *)])",
        with: "x.reshaped([1, x.count])"),
      Mutant(
        "divides-by-the-batch",
        hint: """
          A batch of no examples has a shape like any other, but nothing can be divided by its size. The \
          other sizes say it, too.
          """,
        replace: "x.reshaped([x.shape[0], x.shape.dropFirst().reduce(1, *)])",
        with: "x.reshaped([x.shape[0], x.count / x.shape[0]])"),
      Mutant(
        "each-layer-gets-x",
        hint:
          "Every layer got x, so that only the last one counts: it gets what the one before gave.",
        replace: "layers.reduce(x) { x, layer in layer(x) }",
        with: "layers.reduce(x) { _, layer in layer(x) }"),
    ])
}
