import FledgeCourse

extension Exercise {
  static let resNet9 = Exercise(
    "8.7", file: "Ex8_7_ResNet9", title: "ResNet9",
    goal: """
      Build needle's residual network from your convolution, down to the last of its 431,946 parameters, \
      and count what it costs.
      """,
    needs: ["8.6"], source: "needle homework 4, part 3; He et al. 2015",
    hints: [
      """
      The unit first: three layers. Then the table, a line for each line. If the number of parameters is \
      wrong, print that of each layer: net.layers.map(\\.parameterCount).
      """,
      """
      The norm has as many channels as come out of the convolution. In a residual both units keep \
      channels and size, or there would be nothing to add to.
      """,
      """
      A multiplication happens for each weight of all filters at each place of the output. The number of \
      weights is weight.shape.count; the places are those of rows times those of columns.
      """,
    ],
    mutants: [
      Mutant(
        "no-padding",
        hint: "An image became smaller though the stride is 1: the padding is kernel / 2.",
        replace: "stride: stride, padding: kernel / 2)", with: "stride: stride)"),
      Mutant(
        "norm-after-the-activation",
        hint: """
          Something negative came out of a unit: the norm came after the ReLU, and moved what was \
          positive back around 0.
          """,
        replace: "BatchNorm2d(outputs)\nReLU()", with: "    ReLU()\n    BatchNorm2d(outputs)"),
      Mutant(
        "no-norm",
        hint: "The units have too few parameters: the batch norm between them is missing.",
        replace: "BatchNorm2d(outputs)", with: ""),
      Mutant(
        "no-way-past-the-deep-part",
        hint: """
          The parameters are all there, and the answers are others: the last two units have no way past \
          them.
          """,
        replace: "Residual {\nconvolutionUnit(128, 128, kernel: 3, stride: 1)",
        with: "Sequential {\n      convolutionUnit(128, 128, kernel: 3, stride: 1)"),
      Mutant(
        "no-hidden-layer",
        hint:
          "There are too few parameters: between the image and the classes there are two linear layers.",
        replace: "Linear(128, 128)\nReLU()", with: ""),
      Mutant(
        "costs-of-the-input",
        hint: """
          The costs were counted for each pixel of the input; filters are at work at the places of the \
          output.
          """,
        replace:
          "layer.windows.places(on: rows, taps: shape[2])\n* layer.windows.places(on: columns, taps: shape[3])",
        with: "rows * columns"),
    ])
}
