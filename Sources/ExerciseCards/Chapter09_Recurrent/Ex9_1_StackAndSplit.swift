import FledgeCourse

extension Exercise {
  static let stackAndSplit = Exercise(
    "9.1", file: "Ex9_1_StackAndSplit", title: "Stack and split",
    goal: """
      Put tensors together along a new axis, and take them apart again: two operations, each of which is \
      the gradient of the other.
      """,
    source: "needle homework 4, part 1",
    hints: [
      """
      Write down two matrices of 2 × 3, and where each of their twelve numbers goes for axis 0, 1 and 2. \
      Axis 0 is one behind the other; axis 2 takes turns.
      """,
      """
      The layout is that of the stacked tensor; of a part, the place is that with a size of 1. Two \
      loops, over outer and inner, for each part. Split has the same loops, and reads where stack wrote.
      """,
      """
      Slices of the array of sizes, before and after the axis, each multiplied up with reduce. In a part \
      element (o, i) stands at o · inner + i. The gradient of a stack is nothing but the parts of dy; that \
      of a split is the stack of all its dy.
      """,
    ],
    mutants: [
      Mutant(
        "always-in-front",
        hint: "The parts were put one behind the other, whatever the axis.",
        replace: "values[layout.place(o, k, i)] = numbers[o * layout.inner + i]",
        with: "values[k * part.count + o * layout.inner + i] = numbers[o * layout.inner + i]"),
      Mutant(
        "outer-and-inner-exchanged",
        hint: "Outer is what comes before the axis, inner what comes after it.",
        edits: [
          ("outer = sizes[..<axis].reduce(1, *)", "inner = sizes[..<axis].reduce(1, *)"),
          (
            "inner = sizes[(axis + 1)...].reduce(1, *)", "outer = sizes[(axis + 1)...].reduce(1, *)"
          ),
        ]),
      Mutant(
        "the-first-part-only",
        hint: "All parts of a split are like the first.",
        replace: "numbers.append(values[layout.place(o, k, i)])",
        with: "numbers.append(values[layout.place(o, 0 * k, i)])"),
      Mutant(
        "backwards",
        hint: "The parts come out in the opposite order.",
        replace: "numbers.append(values[layout.place(o, k, i)])",
        with: "numbers.append(values[layout.place(o, layout.size - 1 - k, i)])"),
      Mutant(
        "gradient-along-the-first-axis",
        hint: "The gradient of a stack was split along the first axis, and not along its own.",
        replace: "apply(MySplit(axis: axis), [g.dy])", with: "apply(MySplit(axis: 0), [g.dy])"),
      Mutant(
        "one-gradient-for-all",
        hint: "A split's parts all sent back the gradient of the first; each has its own.",
        replace: ".map { g.dy($0) }", with: ".map { g.dy(0 * $0) }"),
      Mutant(
        "outside-of-the-graph",
        hint: """
          The gradient is right and has no gradient of its own: make it by the operation, and not from \
          its numbers.
          """,
        replace: "Gradients(apply(MySplit(axis: axis), [g.dy]).map { Optional($0) })",
        with: "Gradients(StackAndSplit.parts(of: g.dy, axis: axis).map { Optional($0) })"),
    ])
}
