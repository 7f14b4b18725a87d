import FledgeCourse

extension Exercise {
  static let blasAndSIMD = Exercise(
    "3.5", file: "Ex3_5_BLASAndSIMD", title: "SIMD and BLAS",
    goal: """
      Take eight numbers at a time, then hand whole products to a library that has done so for \
      decades: all it wants to know is where the matrices lie.
      """,
    needs: ["2.1", "3.1", "3.2", "3.3", "3.4"],
    source: "TinyTorch module 17; BLAS level 3 (Dongarra et al. 1990)",
    hints: [
      """
      A register of eight floats is eight columns of a table that you sum downward. For BLAS, draw \
      a matrix in memory, then its transpose: which of the two strides is 1, and what is the other \
      one?
      """,
      """
      Cut the count into whole eights and a rest. Load, multiply and add, store; then the rest one \
      by one. An operand: columns side by side make it plain, rows side by side make it \
      transposed, and neither makes it nil. Sizes of 1 and overlapping rows need care.
      """,
      """
      Plain: the column stride is 1 (or there is one column) and rows do not overlap (or there is \
      one row); the leading dimension is the row stride, or the number of columns where there is a \
      single row. Transposed is the same with rows and columns exchanged. The product: both \
      operands first, copied where they must be, then one call of sgemm for each matrix of the \
      batch, with the starts of 3.4.
      """,
    ],
    mutants: [
      Mutant(
        "forgets-the-rest",
        hint: "The elements after the last whole eight were not counted.",
        replace: "return (whole..<count).reduce(sums.sum()) { $0 + a[$1] * b[$1] }",
        with: "return sums.sum()"),
      Mutant(
        "reads-on",
        hint: "The last eight reached past the end: that memory is not yours.",
        replace: "for i in whole..<count { y[i] += factor * x[i] }",
        with: """
          if whole < count {
            store(load(y + whole) + factors * load(x + whole), y + whole)
          }
          """),
      Mutant(
        "one-at-a-time",
        hint: """
          The result is right, but there is a single sum: each addition waits for the one before.
          """,
        replace: "sums += load(a + i) * load(b + i)",
        with: "for j in i..<i + 8 { sums[0] += a[j] * b[j] }"),
      Mutant(
        "leading-dimension-is-the-width",
        hint: """
          A part of a wider matrix: its next row begins a row stride later, not a width later.
          """,
        replace: "max(rows == 1 ? columns : rowStride, 1)", with: "max(columns, 1)"),
      Mutant(
        "accepts-a-stride-of-zero",
        hint: """
          Rows that overlap, or one that is seen several times: BLAS does not take such a leading \
          dimension.
          """,
        replace: "(rowStride >= columns || rows == 1)", with: "(rowStride >= 0 || rows == 1)"),
      Mutant(
        "copies-transposes",
        hint: "A transpose was copied into order. BLAS reads it as it is, if you tell it.",
        replace: "if let operand = BLASOperand(x) { return (x, operand) }",
        with: "if let operand = BLASOperand(x), !operand.isTransposed { return (x, operand) }"),
      Mutant(
        "overwrites",
        hint: "The row was multiplied and stored, and what y held is lost: it is added to.",
        replace: "store(load(y + i) + factors * load(x + i), y + i)",
        with: "store(factors * load(x + i), y + i)"),
      Mutant(
        "stride-of-a-single-row",
        hint: """
          A single row was described by its row stride, which is never used and may be 0. Its \
          leading dimension is the number of its columns.
          """,
        replace: "max(rows == 1 ? columns : rowStride, 1)", with: "max(rowStride, 1)"),
    ])
}
