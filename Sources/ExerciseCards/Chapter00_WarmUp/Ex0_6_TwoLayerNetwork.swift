import FledgeCourse

extension Exercise {
  static let twoLayerNetwork = Exercise(
    "0.6", file: "Ex0_6_TwoLayerNetwork", title: "Two layers by hand",
    goal: """
      A network with a hidden layer, with gradients by the chain rule on paper, checked by small \
      steps. From chapter 1 on, a program will do this for you.
      """,
    needs: ["0.5"],
    source: "needle (CMU 10-414) homework 0, nn_epoch; Rumelhart, Hinton, Williams (1986)",
    hints: [
      """
      Write the shape under each letter of the doc comment. A product whose inner sizes differ is \
      wrong; most mistakes show up there.
      """,
      """
      Keep the hidden layer: both gradients need it, one as a factor, one to know where the relu \
      was open. From the loss down: by the logits, by W₂, by H, by X · W₁, by W₁.
      """,
      """
      The slopes by H are those by the logits times the transposed W₂. Set those to 0 whose hidden \
      value is 0. A weight's gradient is always: what went into the product, transposed, times what \
      came back from above. Compute both gradients before you change a weight.
      """,
    ],
    mutants: [
      Mutant(
        "forgets-the-relu-going-back",
        hint: "W₁ got slopes through units that had let nothing through.",
        replace: "where hidden.values[i] == 0 { below.values[i] = 0 }",
        with: "where hidden.values[i] < 0 { below.values[i] = 0 }"),
      Mutant(
        "relu-of-the-slope",
        hint: "It is the hidden value that decides what comes back, not the sign of the slope.",
        replace: "where hidden.values[i] == 0 {", with: "where below.values[i] < 0 {"),
      Mutant(
        "forgets-the-relu-going-forward",
        hint: "Without the relu two layers are one: negative sums must not get through.",
        replace: "result.values[i] = max(result.values[i], 0)",
        with: "result.values[i] = result.values[i]"),
      Mutant(
        "second-step-with-a-new-first",
        hint: "The gradient of W₂ was computed when W₁ had moved already.",
        replace: "second.add(slopes.second, times: -learningRate)",
        with: "second.add(gradients(images: images, labels: labels).second, times: -learningRate)"),
      Mutant(
        "divides-twice",
        hint: "The mean over the batch is in the slopes by the logits already.",
        replace: "return (images.transposed.times(below), hidden.transposed.times(above))",
        with: """
          for i in below.values.indices { below.values[i] /= Double(images.rows) }
              return (images.transposed.times(below), hidden.transposed.times(above))
          """),
      Mutant(
        "moves-one-layer-only", hint: "One of the two weights stayed where it was.",
        replace: "first.add(slopes.first, times: -learningRate)", with: ""),
      Mutant(
        "moves-the-second-first",
        hint: """
          W₂ had moved already when the slopes by W₁ went back through it. Both gradients are \
          those of before the step.
          """,
        replace: """
          let slopes = gradients(images: images, labels: labels)
          first.add(slopes.first, times: -learningRate)
          second.add(slopes.second, times: -learningRate)
          """,
        with: """
          second.add(gradients(images: images, labels: labels).second, times: -learningRate)
          first.add(gradients(images: images, labels: labels).first, times: -learningRate)
          """),
      Mutant(
        "leaks",
        hint: """
          The hidden layer lets a little of negative sums through. That is another function, \
          leaky relu.
          """,
        replace: "max(result.values[i], 0)", with: "max(result.values[i], 0.01 * result.values[i])"),
    ])
}
