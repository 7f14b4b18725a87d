import FledgeCourse

extension Exercise {
  static let broadcasting = Exercise(
    "2.2", file: "Ex2_2_Broadcasting", title: "Broadcasting",
    goal: """
      Decide which shapes can be combined in one operation, what shape comes out, and which \
      elements are paired. Every bias that is added to a batch depends on it.
      """,
    needs: ["2.1"], source: "minitorch task 2.2; NumPy, Broadcasting",
    hints: [
      "Write the two shapes under each other, aligned at the right. Look at one column at a time.",
      """
      Give the shorter shape ones at its front until both are as long. Then each axis is decided \
      by itself. For an element: cut its index to the axes the tensor has, from the right.
      """,
      """
      If one size is 1, the other one is the result, whatever it is, 0 too. If neither is 1, they \
      must be equal, or the error holds both shapes as they came. An axis of size 1 has one index \
      only.
      """,
    ],
    mutants: [
      Mutant(
        "aligns-at-the-front",
        hint: "Shapes are aligned at their last axes: the missing axes are the first ones.",
        replace: "[Int](repeating: 1, count: rank - $0.count) + $0",
        with: "$0 + [Int](repeating: 1, count: rank - $0.count)"),
      Mutant(
        "takes-the-larger",
        hint: "[3] and [4] have no common shape: two sizes that differ agree only if one is 1.",
        replace: "guard m == n || m == 1 || n == 1 else { throw BroadcastError(a: a, b: b) }",
        with: "guard m > 0 || n > 0 || m == n else { throw BroadcastError(a: a, b: b) }"),
      Mutant(
        "larger-than-nothing",
        hint: """
          An axis of 1 and an axis of 0 give 0 elements: 1 yields, it does not win for being \
          larger.
          """,
        replace: "return m == 1 ? n : m", with: "return max(m, n)"),
      Mutant(
        "accepts-multiples",
        hint: "[6] and [3] do not broadcast: repeating a tensor twice is not one of the rules.",
        replace: "m == n || m == 1 || n == 1",
        with: "m == n || (m > 0 && n > 0 && max(m, n) % min(m, n) == 0) || m == 1 || n == 1"),
      Mutant(
        "keeps-the-first-indices",
        hint: """
          A tensor with fewer axes lacks the first ones, so its indices are the last of the \
          result's.
          """,
        replace: "index.suffix(shape.count)", with: "index.prefix(shape.count)"),
      Mutant(
        "walks-along-axes-of-one",
        hint: "An axis of size 1 has the index 0 only; all indices of the result lead there.",
        replace: "size == 1 ? 0 : i", with: "min(i, size)"),
      Mutant(
        "nothing-agrees-with-all",
        hint: """
          [3] and [0] do not broadcast: a size of 0 is one like others, and agrees with itself \
          and with 1.
          """,
        replace: "m == n || m == 1 || n == 1 else",
        with: "m == n || m == 1 || n == 1 || m == 0 || n == 0 else"),
      Mutant(
        "only-the-second-stretches",
        hint: """
          Either of the two may have the axis of size 1, and only the second one's was allowed \
          to grow.
          """,
        replace: "m == n || m == 1 || n == 1 else", with: "m == n || n == 1 else"),
    ])
}
