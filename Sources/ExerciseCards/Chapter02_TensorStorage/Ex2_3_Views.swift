import FledgeCourse

extension Exercise {
  static let views = Exercise(
    "2.3", file: "Ex2_3_Views", title: "Views",
    goal: """
      Transpose, crop, reverse and repeat a tensor without touching one of its elements: a view is \
      a new layout over the same buffer.
      """,
    needs: ["2.1", "2.2"], source: "needle homework 3, part 1; minitorch task 2.1",
    hints: [
      """
      Draw a [2, 3] tensor with its six places. Walk through its transpose in order and write the \
      places down; which strides walk that way?
      """,
      """
      Each view changes little: a permutation moves size and stride together; a slice changes one \
      size, one stride and the offset; a broadcast puts the stride 0 where all indices lead to one \
      place. The buffer is passed on.
      """,
      """
      Slice: the first element kept lies `start` strides beyond the old first one, and from one \
      kept element to the next it is `step` strides. Broadcast: ask 2.2 first; then new axes at \
      the front get 0, an axis whose size changes gets 0, all others keep their stride.
      """,
    ],
    mutants: [
      Mutant(
        "permutes-the-shape-only",
        hint: "The sizes moved but the strides stayed: the elements are now read in the old order.",
        replace: "let steps = order.map { strides[$0] }", with: "let steps = strides"),
      Mutant(
        "inverse-permutation",
        hint: """
          Axis order[i] of the result became the old axis i. It is the other way round; an \
          exchange of two axes does not show the difference, a rotation of three does.
          """,
        edits: [
          ("order.map { shape[$0] }", "order.indices.map { shape[order.firstIndex(of: $0)!] }"),
          ("order.map { strides[$0] }", "order.indices.map { strides[order.firstIndex(of: $0)!] }"),
        ]),
      Mutant(
        "forgets-the-start",
        hint: "The slice begins where the whole begins, whatever its start is.",
        replace: "result.offset = offset + start * strides[axis]", with: "result.offset = offset"),
      Mutant(
        "start-counted-in-places",
        hint: """
          One step along an axis is a stride's worth of places; on the last axis one cannot tell.
          """,
        replace: "offset + start * strides[axis]", with: "offset + start"),
      Mutant(
        "stride-of-one-kept",
        hint: "An axis of size 1 that grows must lead to the same place for every index.",
        replace: "shape[$0] == target[missing + $0] ? strides[$0] : 0", with: "strides[$0]"),
      Mutant(
        "view-of-a-copy",
        hint: "The elements were copied. A view costs the same for ten numbers as for ten million.",
        replace: "StridedArray(buffer: buffer, layout: layout)",
        with: "StridedArray(buffer: ElementBuffer(buffer.elements), layout: layout)"),
      Mutant(
        "names-the-target-first",
        hint: """
          The error names the two shapes in the wrong order: first this one, then the target.
          """,
        edits: [
          (
            "guard try BroadcastRules.shape(shape, target) == target else {",
            "guard (try? BroadcastRules.shape(shape, target)) == target else {"
          ),
          (
            "throw BroadcastError(a: shape, b: target)", "throw BroadcastError(a: target, b: shape)"
          ),
        ]),
      Mutant(
        "step-replaces-the-stride",
        hint: """
          The step became the stride. It counts elements along the axis, each of which is a \
          stride's worth of places.
          """,
        replace: "strides[axis] * step", with: "step"),
    ])
}
