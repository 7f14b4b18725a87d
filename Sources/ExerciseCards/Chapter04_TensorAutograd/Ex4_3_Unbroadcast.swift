import FledgeCourse

extension Exercise {
  static let unbroadcast = Exercise(
    "4.3", file: "Ex4_3_Unbroadcast", title: "Un-broadcast, and the gradients of products",
    goal: """
      Bring gradients back to the shapes that were broadcast, and find the two products that are the \
      gradients of a product.
      """,
    needs: ["4.1", "4.2"], source: "needle homework 1, question 2; minitorch task 2.4",
    hints: [
      """
      Write both shapes below each other, lined up at the end. A bias [3] that was added to rows \
      [2, 3] moved two outputs with each of its elements: which gradients does it get?
      """,
      """
      Collect the axes to be summed: those in front that the smaller shape has not, and those where it \
      has size 1 and dy has not. Sum over all of them at once and reshape. For a product write dy's, \
      a's and b's shapes down: only one product of dy with b has the shape of a.
      """,
      """
      da is dy times b with its last two axes exchanged, db is a with its last two axes exchanged \
      times dy. A batch that only one side has must be summed out of the other side's gradient, which \
      is what `unbroadcast` does. Ask `g.needs` before you multiply.
      """,
    ],
    mutants: [
      Mutant(
        "only-new-axes",
        hint: "Axes of size 1 were repeated, too: their gradients are still waiting to be summed.",
        replace: "axis < missing || shape[axis - missing] != dy.shape[axis]",
        with: "axis < missing"),
      Mutant(
        "only-axes-of-size-1",
        hint: "Axes that the smaller shape does not even have were summed too little.",
        edits: [
          (
            "axis < missing || shape[axis - missing] != dy.shape[axis]",
            "axis >= missing && shape[axis - missing] != dy.shape[axis]"
          ),
          (
            "axes.isEmpty ? dy : reshape(sum(dy, axes: axes), shape)",
            "sum(dy, axes: axes, keepsAxes: true)"
          ),
        ]),
      Mutant(
        "takes-the-mean",
        hint: """
          The gradients of the copies were averaged. Each copy moves the loss for itself: together \
          they move it by the sum.
          """,
        replace: "reshape(sum(dy, axes: axes), shape)", with: "reshape(mean(dy, axes: axes), shape)"
      ),
      Mutant(
        "factors-in-the-wrong-order",
        hint: """
          A product of matrices is not commutative. With square matrices the shapes do not tell; try \
          [2, 3] × [3, 4] on paper.
          """,
        replace: "My.matmul(g.dy, My.swapAxes(b, -2, -1))",
        with: "My.matmul(My.swapAxes(b, -2, -1), g.dy)"),
      Mutant(
        "transposes-the-batch",
        hint: "The batch axes were turned around as well: only the last two axes change places.",
        replace: "My.swapAxes(a, -2, -1)", with: "My.swapAxes(a, 0, -1)"),
      Mutant(
        "multiplies-for-nobody",
        hint: """
          The gradient of the data was computed and thrown away: a third of the work of a training \
          step in the first layer.
          """,
        replace: "      g.needs(0)", with: "      true"),
      Mutant(
        "sums-what-was-not-repeated",
        hint: """
          An axis of size 1 on both sides was not repeated. A sum over it gives the same numbers, and is \
          an operation too many in every backward pass.
          """,
        replace: "shape[axis - missing] != dy.shape[axis]", with: "shape[axis - missing] == 1"),
      Mutant(
        "asks-for-the-first-only",
        hint:
          "The gradient of b was computed where b is data: each of the two has to be asked for.",
        replace: "      g.needs(1)", with: "      true"),
    ])
}
