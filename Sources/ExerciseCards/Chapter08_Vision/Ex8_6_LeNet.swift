import FledgeCourse

extension Exercise {
  static let leNet = Exercise(
    "8.6", file: "Ex8_6_LeNet", title: "LeNet",
    goal: """
      Make layers of your convolution and your pooling, and build the network that read the cheques of \
      American banks in the nineties.
      """,
    needs: ["8.4", "8.5"], source: "minitorch task 4.5; LeCun et al. 1998",
    hints: [
      "The table in the comment is the network: a line for each layer. Count its parameters first.",
      """
      A layer's operation is applied to its input and its parameters. For the bounds: how many numbers \
      does one output add up? That is not the number of inputs alone.
      """,
      """
      Tensor.uniform(shape, in: -bound...bound) makes both parameters, the weight with four axes. In the \
      network every convolution and every Linear but the last is followed by a ReLU, every convolution \
      also by the maximum.
      """,
    ],
    mutants: [
      Mutant(
        "from-zero-up",
        hint: """
          The numbers go from 0 up, so that their mean is b / 2: they go from −b to b, to both sides of 0.
          """,
        edits: [
          (
            "kernel, kernel], in: -bound...bound", "kernel, kernel], in: 0...bound"
          ), ("uniform([outputs], in: -bound...bound", "uniform([outputs], in: 0...bound"),
        ]),
      Mutant(
        "bound-of-the-channels",
        hint: """
          The weights start too wide: an output is a sum over inputs · kernel · kernel numbers, and not \
          over the inputs alone.
          """,
        replace: "1 / Double(inputs * kernel * kernel).squareRoot()",
        with: "1 / Double(inputs).squareRoot()"),
      Mutant(
        "bound-without-the-root",
        hint: "The weights start too narrow: one over the root of the number of summands.",
        replace: "1 / Double(inputs * kernel * kernel).squareRoot()",
        with: "1 / Double(inputs * kernel * kernel)"),
      Mutant(
        "inputs-first",
        hint: "The weight has its axes in another order: outputs come first.",
        replace: "Tensor.uniform([outputs, inputs, kernel, kernel], in: -bound...bound)",
        with: "Tensor.uniform([inputs, outputs, kernel, kernel], in: -bound...bound)"),
      Mutant(
        "no-activation",
        hint: """
          Between the last two layers nothing happens: without a ReLU two linear layers are one.
          """,
        replace: "Linear(120, 84)\nReLU()", with: "    Linear(120, 84)"),
      Mutant(
        "plain-windows",
        hint: "Stride and padding did not reach the operation: it needs the layer's windows.",
        replace: "apply(MyConvolution(windows: windows), [x, weight, bias])[0]",
        with: "apply(MyConvolution(windows: Windowing()), [x, weight, bias])[0]"),
    ])
}
