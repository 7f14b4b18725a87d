import FledgeCourse

extension Exercise {
  static let compactAndSet = Exercise(
    "2.4", file: "Ex2_4_CompactAndSet", title: "Compact and set",
    goal: """
      Views cost nothing until somebody needs the elements side by side: a BLAS call, a file, a \
      reshape. Copy when you must and only then; and write through a view into the tensor under \
      it.
      """,
    needs: ["2.1", "2.2", "2.3"], source: "needle homework 3, parts 2 and 3",
    hints: [
      """
      Which strides would a new tensor of this shape have? When do other strides come to the same \
      places all the same?
      """,
      """
      Everything is there already: `elements` reads a view in row-major order, `positions` says \
      where to write. Compare strides axis by axis, and leave out those whose stride is only ever \
      multiplied by 0.
      """,
      """
      compact: self, or a new array of the elements with this shape. set: broadcast the values to \
      this shape, read all of them into an array first (they may lie in the buffer that you are \
      about to overwrite), then write one at each position.
      """,
    ],
    mutants: [
      Mutant(
        "copies-the-buffer-as-it-lies",
        hint: """
          The copy holds the buffer's elements in the buffer's order. Walk in the order of the \
          view.
          """,
        replace: "StridedArray(elements, shape: shape)",
        with: "StridedArray(Array(buffer.elements.prefix(layout.count)), shape: shape)"),
      Mutant(
        "always-copies",
        hint: """
          What lies side by side already was copied. A reshape of a whole tensor should cost \
          nothing.
          """,
        replace: "layout.isContiguous ? self : StridedArray(elements, shape: shape)",
        with: "StridedArray(elements, shape: shape)"),
      Mutant(
        "asks-axes-of-one",
        hint: """
          An axis of size 1 has one index, 0: its stride is never multiplied by anything else.
          """,
        replace: "shape[axis] == 1 || strides[axis] == rowMajor[axis]",
        with: "strides[axis] == rowMajor[axis]"),
      Mutant(
        "descending-strides-will-do",
        hint: """
          Strides that fall from axis to axis are in order, but between the elements there may be \
          places of others: columns cut from a wider matrix.
          """,
        replace: "shape[axis] == 1 || strides[axis] == rowMajor[axis]",
        with: "strides[axis] >= (axis + 1 < rowMajor.count ? strides[axis + 1] : 1)"),
      Mutant(
        "writes-from-the-start",
        hint: "The values went to the first places of the buffer, not to those of the view.",
        replace: "zip(layout.positions, written)", with: "zip(buffer.elements.indices, written)"),
      Mutant(
        "reads-while-writing",
        hint: """
          The values are a view of the buffer that is being written: some were overwritten before \
          they were read.
          """,
        edits: [
          (
            "let written = try values.broadcast(to: shape).elements",
            "let source = try values.broadcast(to: shape)"
          ),
          ("zip(layout.positions, written)", "zip(layout.positions, source.layout.positions)"),
          (
            "buffer.elements[place] = element",
            "buffer.elements[place] = source.buffer.elements[element]"
          ),
        ]),
      Mutant(
        "begins-at-0-only",
        hint: """
          A row of a larger tensor lies side by side, too: where the elements begin has nothing \
          to do with it.
          """,
        replace: "if count == 0 { return true }",
        with: """
          if count == 0 { return true }
              if offset != 0 { return false }
          """),
      Mutant(
        "as-many-will-do",
        hint: """
          As many values are not enough: they must broadcast to this tensor's shape, a row to \
          all rows as well.
          """,
        replace: "let written = try values.broadcast(to: shape).elements",
        with: """
          let written = values.elements
              guard written.count == layout.count else { throw BroadcastError(a: values.shape, b: shape) }
          """),
    ])
}
