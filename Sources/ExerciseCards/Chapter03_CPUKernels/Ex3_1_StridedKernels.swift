import FledgeCourse

extension Exercise {
  static let stridedKernels = Exercise(
    "3.1", file: "Ex3_1_StridedKernels", title: "Map, zip, reduce",
    goal: """
      Three loops carry a whole tensor library. Write them over tensors with any strides, and run \
      the real framework on them.
      """,
    needs: ["2.1"], source: "minitorch task 2.3; needle homework 3",
    hints: [
      """
      You have both halves already: 2.1 says where element number n of any layout lies, and the \
      result lies in row-major order, so its element n is simply number n.
      """,
      """
      Walk over the positions of the input and count along. For two inputs walk over two lists of \
      positions at once. A reduction walks twice: outside over the axes that stay, inside over \
      those that go.
      """,
      """
      Reduce: copy the layout twice. In one copy the folded axes get size 1; in the other one all \
      the others do, and its offset is 0, since the first copy has it already. The element is at \
      the sum of both positions. Keep an optional total: nil means that the next element is taken \
      as it is.
      """,
    ],
    mutants: [
      Mutant(
        "ignores-the-strides",
        hint: """
          The buffer was read from front to back. A view's elements lie elsewhere: ask its layout.
          """,
        replace: "y[n] = f(buffer[place])",
        with: "y[n] = f(buffer[x.layout.offset + n + 0 * place])"),
      Mutant(
        "walks-both-by-the-first",
        hint: """
          Both were read at the places of the first. Each tensor has strides of its own; a bias \
          has a 0.
          """,
        replace: "f(left[i], right[j])", with: "f(left[i], right[i + 0 * j])", varies: true),
      Mutant(
        "arguments-exchanged",
        hint: "a − b came out as b − a.",
        replace: "f(left[i], right[j])", with: "f(right[j], left[i])"),
      Mutant(
        "folds-from-zero",
        hint: """
          The fold began with 0, whatever it should begin with: a maximum of negative numbers \
          shows it, and a product.
          """,
        replace: "var total = start", with: "var total = Optional<Float>(0)"),
      Mutant(
        "offset-twice",
        hint: """
          Two positions were added, and each of them begins at the offset: it must count once.
          """,
        replace: "folded.offset = 0", with: "", varies: true),
      Mutant(
        "folds-the-others",
        hint: "The axes that were to stay were folded, and those to fold stayed.",
        replace: "if axes.contains(axis) {", with: "if !axes.contains(axis) {"),
      Mutant(
        "copies-first",
        hint: """
          The tensor was copied into an array first, and the array was read. The strides say where \
          each element lies: read it there, and no copy is needed.
          """,
        replace:
          "for (n, place) in StridedLayout(x).positions.enumerated() { y[n] = f(buffer[place]) }",
        with: "_ = buffer\n      for (n, value) in x.array().enumerated() { y[n] = f(value) }"),
      Mutant(
        "element-first",
        hint: """
          The function got the element first and the total second. A sum does not show it; a \
          difference does.
          """,
        replace: "total = total.map { f($0, element) } ?? element",
        with: "total = total.map { f(element, $0) } ?? element"),
      Mutant(
        "drops-the-folded-axes",
        hint: """
          The folded axes are gone from the shape. They stay, with a size of 1, so that the \
          result broadcasts against x.
          """,
        replace: "return Tensor(shape: Shape(kept.shape), writing: Float.self) { y in",
        with: """
          let left = kept.shape.indices.filter { !axes.contains($0) }.map { kept.shape[$0] }
              return Tensor(shape: Shape(left), writing: Float.self) { y in
          """),
    ])
}
