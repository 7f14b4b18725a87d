import FledgeCourse

extension Exercise {
  static let convolutionGradients = Exercise(
    "8.4", file: "Ex8_4_ConvolutionGradients", title: "The gradients of a convolution",
    goal: """
      Send a gradient back through a convolution: to its biases, its filters and its input, by two \
      matrix products and the adjoint that you have.
      """,
    needs: ["8.3"], source: "needle homework 4, part 3; TinyTorch module 17",
    hints: [
      """
      For matrices, y = A B has dA = dy Bᵀ and dB = Aᵀ dy: exercise 4.3. Here A is w and B the columns of \
      one image. What remains is to see which of the sizes belongs where.
      """,
      """
      Per image: cut dy out, as an array. For the filters, rows are the outputs, columns the size of a \
      filter, and the depth is the number of windows; all images add into one result. For the input, rows \
      are the size of a filter, columns the windows, and the depth is the number of filters; each image \
      is put back for itself.
      """,
      """
      A leading dimension is always the length of a row as it lies: the number of windows for dy and for \
      the columns, the size of a filter for w and dw, whether or not they are read transposed. beta is 1 \
      for the filters and 0 for the columns' gradient.
      """,
    ],
    mutants: [
      Mutant(
        "last-image-only",
        hint: "Only the last image went into the filters' gradient: the images add up.",
        replace: "leadingDimension: dw.imageSize, beta: 1)",
        with: "leadingDimension: dw.imageSize, beta: 0)"),
      Mutant(
        "bias-of-one-image",
        hint: "A bias is added in every image, and gets a part from each.",
        replace: "for n in 0..<dy.count {\nfor i in 0..<dy.rows {",
        with: "for n in 0..<1 {\n        for i in 0..<dy.rows {"),
      Mutant(
        "mean-instead-of-sum",
        hint: "The gradient of the bias is a sum, and not a mean.",
        replace: "return sum", with: "return sum / Float(dy.count * dy.rows * dy.columns)"),
      Mutant(
        "always-the-first-gradient",
        hint: "Every image was sent back with the gradient of the first.",
        replace:
          "let gradient = Array(dy.values[n * dy.imageSize..<(n + 1) * dy.imageSize])\nsgemm(\nrows: w.imageSize, columns: width, depth: w.count, w.values, leadingDimension: w.imageSize,",
        with: """
          let gradient = Array(dy.values[..<dy.imageSize])
                sgemm(
                  rows: w.imageSize, columns: width, depth: w.count, w.values,
                  leadingDimension: w.imageSize,
          """),
      Mutant(
        "columns-pile-up",
        hint: """
          From the second image on, the columns' gradient has the first one in it: it begins anew for \
          each image.
          """,
        replace:
          "transposed: true, gradient, leadingDimension: width, into: &part, leadingDimension: width)",
        with: """
          transposed: true, gradient, leadingDimension: width, into: &part, leadingDimension: width,
                  beta: 1)
          """),
      Mutant(
        "back-to-the-first-image",
        hint: "All images were put back into the first one.",
        replace: "to: &dx, image: n, taps:", with: "to: &dx, image: 0, taps:"),
    ])
}
