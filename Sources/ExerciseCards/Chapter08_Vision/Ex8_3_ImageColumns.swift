import FledgeCourse

extension Exercise {
  static let imageColumns = Exercise(
    "8.3", file: "Ex8_3_ImageColumns", title: "im2col and its adjoint",
    goal: """
      Turn a convolution into a product of matrices, and the way there into its own way back.
      """,
    needs: ["8.2"],
    source: "needle homework 4, part 3; TinyTorch module 17; Chellapilla et al. 2006",
    hints: [
      """
      Write down the four windows of 2 × 2 on the numbers 1 to 9, each as a column. Then read the rows: \
      what has a row of the matrix in common?
      """,
      """
      A row belongs to one channel and one pixel of the window, a column to one window. So: three loops \
      over the rows, in the order in which filters lie in memory, and within them two over the windows. \
      The way back has the same five loops.
      """,
      """
      Count the rows in a variable. The element is at row · (R · S) + r · S + s. Skip pixels outside with \
      guard and continue: they keep their 0. On the way back the assignment turns around and becomes +=. \
      For the product: rows are the filters, columns the windows, and the depth is the size of a filter. \
      With beta 1 the array may hold the biases before.
      """,
    ],
    mutants: [
      Mutant(
        "windows-as-rows",
        hint: "The matrix came out transposed: a window is a column, and its pixels go downwards.",
        replace: "columns[row * width + r * places.columns + s] = x[n, c, pixelRow, pixelColumn]",
        with: """
          columns[(r * places.columns + s) * (columns.count / width) + row] =
                          x[n, c, pixelRow, pixelColumn]
          """),
      Mutant(
        "channels-innermost",
        hint: """
          The rows are in another order than the weights of a filter: channel first, then the window's \
          rows, then its columns.
          """,
        replace: "columns[row * width + r * places.columns + s] = x[n, c, pixelRow, pixelColumn]",
        with: """
          columns[((i * taps.columns + j) * x.channels + c) * width + r * places.columns + s] =
                          x[n, c, pixelRow, pixelColumn]
          """),
      Mutant(
        "overwrites",
        hint: """
          Where windows overlap, the last one won. A pixel gets a part from each window that it is under.
          """,
        replace: "x[n, c, pixelRow, pixelColumn] += columns[row * width + r * places.columns + s]",
        with: "x[n, c, pixelRow, pixelColumn] = columns[row * width + r * places.columns + s]"),
      Mutant(
        "always-the-first-image",
        hint: "All images came out like the first: the number of the image was not used.",
        replace: "= x[n, c, pixelRow, pixelColumn]", with: "= x[0, c, pixelRow, pixelColumn]"),
      Mutant(
        "no-bias",
        hint: "The bias is missing: the product alone overwrites what was in the array.",
        replace: "into: &product, leadingDimension: width, beta: 1)",
        with: "into: &product, leadingDimension: width)"),
      Mutant(
        "bias-of-the-window",
        hint: "Each filter has one bias, for all of its windows: for a whole row of the product.",
        replace: "bias.flatMap { [Float](repeating: $0, count: width) }",
        with: "(0..<width * bias.count).map { bias[$0 % bias.count] }"),
    ])
}
