import FledgeCourse

extension Exercise {
  static let rawPointers = Exercise(
    "0.7", file: "Ex0_7_RawPointers", title: "Raw pointers, then BLAS",
    goal: """
      The same network in raw memory: index by hand, multiply by hand, then by OpenBLAS. All three \
      write the same table of losses; what differs is the time.
      """,
    needs: ["0.6"],
    source: "needle (CMU 10-414) homework 0, softmax_regression_epoch_cpp; BLAS level 3 (1990)",
    hints: [
      """
      Draw six boxes for the memory of a 2 × 3 matrix and write the indices into them, once stored \
      row by row, once column by column.
      """,
      """
      A transposed matrix needs no other loops: position knows the way. For BLAS, ask of each matrix \
      how long one stored row is. In the step, follow exercise 0.6 line by line: each product there \
      is a product here, with a place for its result.
      """,
      """
      Stored by columns, column j begins behind j columns of `rows` numbers each. The order of the \
      step: hidden, relu, logits, slopes in place, gradient of W₂, back through W₂, zeros where the \
      hidden value is 0, gradient of W₁, and only then the weights.
      """,
    ],
    mutants: [
      Mutant(
        "position-of-the-other-size",
        hint: "Stored by columns, one column has as many numbers as there are rows.",
        replace: "isTransposed ? j * rows + i", with: "isTransposed ? j * columns + i", varies: true
      ),
      Mutant(
        "adds-to-what-was-there",
        hint: "The memory of the result held something already, and it was added.",
        replace: "var sum: Float = 0\nfor k in 0..<a.columns { sum += a[i, k] * b[k, j] }",
        with:
          "var sum: Float = c.start[c.position(i, j)]\nfor k in 0..<a.columns { sum += a[i, k] * b[k, j] }",
        varies: true),
      Mutant(
        "leading-dimension-of-the-view",
        hint: "The leading dimension is about the memory; transposing leaves it as it is.",
        replace: "leadingDimension: b.isTransposed ? b.rows : b.columns",
        with: "leadingDimension: b.columns"),
      Mutant(
        "does-not-tell-of-the-transpose",
        hint: "BLAS read the memory of a transposed matrix as if it were not.",
        replace: "transposed: a.isTransposed,", with: "transposed: false,"),
      Mutant(
        "updates-too-early",
        hint: "What goes back through W₂ must go through the W₂ of before the step.",
        edits: [
          (
            "product(logits, second.transposed, below)",
            """
            for i in 0..<second.rows * second.columns {
                  second.start[i] -= learningRate * secondGradient.start[i]
                }
                product(logits, second.transposed, below)
            """
          ),
          ("[(first, firstGradient), (second, secondGradient)]", "[(first, firstGradient)]"),
        ]),
      Mutant(
        "forgets-the-batch",
        hint: "The slopes are those of the sum over the batch; the loss is the mean.",
        edits: [
          ("row[j] /= sum * Float(logits.rows)", "row[j] /= sum"),
          ("row[labels[i]] -= 1 / Float(logits.rows)", "row[labels[i]] -= 1"),
        ]),
      Mutant(
        "largest-from-0",
        hint: """
          The search for the largest logit began at 0. Where all of a row are far below 0, every \
          power is 0, and 0 / 0 is not a number.
          """,
        replace: """
          var largest = row[0]
          for j in 1..<logits.columns { largest = max(largest, row[j]) }
          """,
        with: """
          var largest: Float = 0
          for j in 0..<logits.columns { largest = max(largest, row[j]) }
          """),
      Mutant(
        "a-product-of-its-own",
        hint: """
          The step did its products by a function that it chose itself. Which one it uses is up \
          to the caller: it is handed in.
          """,
        replace: "let (hidden, logits, below) = scratch(rows: images.rows)",
        with: """
          let product: RawProduct = RawProducts.byHand
          let (hidden, logits, below) = scratch(rows: images.rows)
          """),
    ], isOptimized: true)
}
