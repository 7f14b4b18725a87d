import FledgeCourse

extension Exercise {
  static let indexAndPosition = Exercise(
    "2.1", file: "Ex2_1_IndexAndPosition", title: "Index and position",
    goal: """
      A tensor is a long row of numbers and a rule that says where each element lies. Write the \
      rule, both ways: from indices to a place in memory, and from a number to indices.
      """,
    source: "minitorch task 2.1",
    hints: [
      """
      Write the buffer of a [2, 3, 4] tensor down as one row. How many places do you walk when the \
      last index grows by one? When the middle one does? The first?
      """,
      """
      A position is a sum over the axes, begun at the offset. For the way back, think of a \
      number's digits: the last digit is a remainder, the rest is a quotient; each axis is a digit \
      with a base of its own.
      """,
      """
      Strides: go from the last axis to the first and keep a product of the sizes passed. Indices: \
      also from the last axis to the first; the remainder by the size of the axis is its index, \
      and the quotient goes on to the next. No stride takes part in that.
      """,
    ],
    mutants: [
      Mutant(
        "column-major",
        hint: """
          The first axis runs fastest: that is Fortran's order. In row-major order the last axis \
          has the stride 1.
          """,
        edits: [
          (
            "for axis in shape.indices.dropLast().reversed() {",
            "for axis in shape.indices.dropFirst() {"
          ),
          (
            "strides[axis] = strides[axis + 1] * shape[axis + 1]",
            "strides[axis] = strides[axis - 1] * shape[axis - 1]"
          ),
        ]),
      Mutant(
        "size-of-the-next-axis",
        hint: """
          A stride counts all elements behind an index, those of every later axis, not of the next \
          one alone. With two axes one cannot tell.
          """,
        replace: "strides[axis + 1] * shape[axis + 1]", with: "shape[axis + 1]"),
      Mutant(
        "forgets-the-offset",
        hint: "A view need not begin where its buffer begins.",
        replace: ".reduce(offset)", with: ".reduce(0)"),
      Mutant(
        "divides-by-strides",
        hint: """
          Element number n is counted in the shape. Strides say where elements lie, and a stride \
          may be 0 or negative.
          """,
        edits: [
          ("for axis in shape.indices.reversed() {", "for axis in shape.indices {"),
          ("index[axis] = rest % shape[axis]", "index[axis] = rest / strides[axis]"),
          ("rest /= shape[axis]", "rest %= strides[axis]"),
        ]),
      Mutant(
        "first-index-fastest",
        hint: "The first index changes with each element; in row-major order the last one does.",
        replace: "for axis in shape.indices.reversed() {", with: "for axis in shape.indices {"),
      Mutant(
        "counts-its-own-axis",
        hint: """
          The stride of an axis counts the elements behind one of its indices: the sizes of the \
          later axes, and not its own.
          """,
        replace: "strides[axis + 1] * shape[axis + 1]", with: "strides[axis + 1] * shape[axis]"),
      Mutant(
        "places-by-the-shape",
        hint: """
          The place was computed from the shape, as if all lay in row-major order. A view has \
          strides of its own: use those.
          """,
        replace: "zip(index, strides).reduce(offset)",
        with: "zip(index, StridedLayout(rowMajor: shape).strides).reduce(offset)"),
    ])
}
