import FledgeCourse

extension Exercise {
  static let scalarMLP = Exercise(
    "1.7", file: "Ex1_7_ScalarMLP", title: "A network of scalars",
    goal: """
      Build neurons, layers and a loss out of your scalars, and train them: the whole of deep \
      learning, number by number.
      """,
    needs: ["1.2", "1.3", "1.4", "1.5"], source: "minitorch task 1.5; micrograd's demo notebook",
    hints: [
      """
      Four parts, each a line of a formula in its comment. Do the neuron first and test: its two \
      checks tell you whether it is right.
      """,
      """
      A sum over scalars is a reduce that starts at the bias, or at a constant 0. A layer's outputs \
      are its neurons, each called with the same inputs; the next layer is called with those. A \
      training step: loss, gradients to 0, backward, then move every parameter.
      """,
      """
      zip(weights, x) pairs weight and input. layers.reduce(x) goes through the layers, and \
      layer.map calls the neurons. For the loss, zip the points and the labels, make each pair a \
      hinge with relu(), sum, and divide by their number; then add the penalty times the sum of the \
      squares. In the step, change parameter.value by −learningRate · parameter.gradient.
      """,
    ],
    mutants: [
      Mutant(
        "all-rectified",
        hint: """
          Every neuron is rectified, even the last one, whose output is the score and may be \
          negative. A neuron knows whether it is rectified.
          """,
        replace: "isRectified ? sum.relu() : sum", with: "sum.relu()"),
      Mutant(
        "linear", hint: "Rectified neurons are not rectified: the whole network is one line.",
        replace: "isRectified ? sum.relu() : sum", with: "sum"),
      Mutant(
        "gradients-pile-up",
        hint: """
          The first step is right and the later ones go too far: the gradients of earlier steps are \
          still in there.
          """,
        replace: "parameters.zeroGradients()", with: ""),
      Mutant(
        "uphill",
        hint: "The loss grows: the parameters move along the gradient, and not against it.",
        replace: "parameter.value -= ", with: "parameter.value += "),
      Mutant(
        "sum-for-mean",
        hint: """
          The loss is the sum over the points and not their mean, so the right learning rate would \
          depend on how many points there are.
          """,
        replace: "+) / Double(hinges.count)", with: "+)"),
      Mutant(
        "labels-0-and-1",
        hint: """
          y is 1 for class 1 and −1 for class 0. With y = 0 the points of class 0 cost 1 each, \
          whatever the network outputs.
          """,
        replace: "(label == 1 ? 1.0 : -1.0)", with: "Double(label)"),
      Mutant(
        "zeroes-after-the-step",
        hint: """
          The gradients are set to 0 when the step is done. What was left in them before the \
          first step was added to its own.
          """,
        edits: [
          (
            """
            parameters.zeroGradients()
            loss.backward()
            """, "loss.backward()"
          ),
          (
            "return loss.value",
            """
            parameters.zeroGradients()
                return loss.value
            """
          ),
        ]),
      Mutant(
        "penalty-without-biases",
        hint: """
          The penalty is a little too small: its sum goes over all parameters, and the biases \
          are some of them.
          """,
        replace: "parameters.map { $0 * $0 }",
        with: "layers.flatMap { $0.flatMap(\\.weights) }.map { $0 * $0 }"),
    ], isOptimized: true)
}
