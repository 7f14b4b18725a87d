import FledgeCourse

extension Exercise {
  static let oneLiners = Exercise(
    "2.5", file: "Ex2_5_OneLiners", title: "Tensor one-liners",
    goal: """
      Fourteen operations of a tensor library, each in one line, from a handful of others. After \
      this you think in broadcasts, and loops over elements look long.
      """,
    source: "Tensor Puzzles (Sasha Rush)",
    hints: [
      """
      `arange(n)` is the index of each element. As a column and as a row it gives two indices that \
      broadcast to a matrix of all pairs: ask each pair a question.
      """,
      """
      A sum is a product with ones; a running sum a product with a triangle; counting is the sum \
      of a table that asks of each element and each number whether they are equal. What moves \
      elements is an index: first write which element comes to place i.
      """,
      """
      Multiply a tensor by a comparison to keep some of its elements. An index that would leave \
      the axis can be made 0 by such a product too. A matrix is a vector again after \
      `flattened()`, and from one element of its diagonal to the next it is one place more than a \
      row.
      """,
    ],
    mutants: [
      Mutant(
        "calls-sum",
        hint: "`sum` is what is to be built here. What product adds all the elements of a vector?",
        replace: "ones(a.count).matmul(a)", with: "a.sum()"),
      Mutant(
        "matrix-from-outside",
        hint: """
          A finished identity matrix came in through another door. Only `arange` makes a tensor \
          from nothing.
          """,
        replace: "(Tensor.arange(n).expandedDims(axis: 1) .== Tensor.arange(n)) * 1",
        with: "Tensor((0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }, shape: [n, n]) * 1"),
      Mutant(
        "strict-triangle",
        hint: """
          The diagonal belongs to the triangle: the last of the running sums must hold its \
          element.
          """,
        replace: "(Tensor.arange(n).expandedDims(axis: 1) .<= Tensor.arange(n)) * 1",
        with: "(Tensor.arange(n).expandedDims(axis: 1) .< Tensor.arange(n)) * 1"),
      Mutant(
        "adds-from-the-end",
        hint: """
          These are sums of what comes after: the vector stands on the wrong side of the triangle.
          """,
        replace: "a.matmul(upperTriangle(a.count))", with: "upperTriangle(a.count).matmul(a)"),
      Mutant(
        "difference-around-the-end",
        hint: """
          Index −1 counts from the end, so the first element lost the last one. It should lose \
          nothing.
          """,
        replace: " * (Tensor.arange(a.count) .> 0)", with: ""),
      Mutant(
        "rolls-to-the-right",
        hint: """
          The elements moved to the right: place i got the element before it, not the one behind.
          """,
        replace:
          "a[(Tensor.arange(a.count) + 1) * (Tensor.arange(a.count) .< Double(a.count - 1))]",
        with: "a[Tensor.arange(a.count) - 1]"),
      Mutant(
        "leaves-true-and-false",
        hint: """
          The identity came out as true and false. They look like 1 and 0, but they are another type: \
          times 1 they become numbers.
          """,
        replace: "(Tensor.arange(n).expandedDims(axis: 1) .== Tensor.arange(n)) * 1",
        with: "Tensor.arange(n).expandedDims(axis: 1) .== Tensor.arange(n)"),
      Mutant(
        "mask-one-too-long",
        hint: """
          Of a sentence of length 2 the places 0 and 1 are kept, and place 2 was kept as well.
          """,
        replace: "(Tensor.arange(x.shape[1]) .< lengths",
        with: "(Tensor.arange(x.shape[1]) .<= lengths"),
      Mutant(
        "rows-exchanged",
        hint: "The second vector became the first row.",
        replace: ".== 0, a, b)", with: ".== 1, a, b)"),
    ])
}
