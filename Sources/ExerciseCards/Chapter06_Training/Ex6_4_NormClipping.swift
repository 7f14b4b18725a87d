import FledgeCourse

extension Exercise {
  static let normClipping = Exercise(
    "6.4", file: "Ex6_4_NormClipping", title: "Clipping the gradient",
    goal: """
      Keep one bad batch from throwing the weights away: limit the length of the gradient and keep \
      its direction.
      """,
    source: "CS336 assignment 1; Pascanu et al. 2013",
    hints: [
      "All gradients are one vector. How long is the vector (3, 0, 4, 12)?",
      """
      Two walks over the parameters: one that adds up the squares of all elements of all gradients, \
      and one that scales each. Between them the root, and the question whether there is anything to \
      do.
      """,
      """
      compactMap over grad leaves out those that have none. A gradient's sum of squares is a tensor's \
      product with itself, its sum(), its item(). Scale by assigning to parameter.grad. Ask whether \
      the norm is above the maximum, not whether it is not: NaN is neither.
      """,
    ],
    mutants: [
      Mutant(
        "each-by-its-own-norm",
        hint: """
          Each gradient was scaled by its own norm. The short ones stayed and the long ones shrank, so \
          the direction of the whole changed.
          """,
        edits: [
          (
            "parameter.grad = parameter.grad.map { $0 * (maximum / norm) }",
            """
            parameter.grad = parameter.grad.map {
              $0 * min(1, maximum / ($0 * $0).sum().item().squareRoot())
            }
            """
          )
        ]),
      Mutant(
        "stretches",
        hint: "Short gradients were made longer: scale only where the norm is above the maximum.",
        replace: "guard norm > maximum else { return norm }",
        with: "guard !norm.isNaN else { return norm }"),
      Mutant(
        "forgets-the-root",
        hint: "The norm is the root of the sum of squares.",
        replace: "squares.reduce(0, +).squareRoot()", with: "squares.reduce(0, +)"),
      Mutant(
        "clips-elements",
        hint: """
          Each element was limited by itself. That changes the direction; and the norm can still be \
          above the maximum.
          """,
        replace: "$0 * (maximum / norm)", with: "$0.clamped(min: -maximum, max: maximum)"),
      Mutant(
        "returns-the-new-norm",
        hint: """
          What came back is the norm after scaling, which says nothing: it is always the maximum. \
          Return the norm before scaling.
          """,
        edits: [
          ("}\nreturn norm", "}\n  return min(norm, maximum)")
        ]),
      Mutant(
        "a-little-too-short",
        hint: """
          Something was added to the norm to keep the division away from 0. The norm is above the maximum \
          here, and small gradients come out too short.
          """,
        replace: "(maximum / norm)", with: "(maximum / (norm + 1e-6))"),
      Mutant(
        "adds-the-norms",
        hint: "The lengths of 3 and of (4, 12) were added. Parts of a vector add up as squares.",
        edits: [
          ("($0 * $0).sum().item() }", "($0 * $0).sum().item().squareRoot() }"),
          ("squares.reduce(0, +).squareRoot()", "squares.reduce(0, +)"),
        ]),
    ])
}
