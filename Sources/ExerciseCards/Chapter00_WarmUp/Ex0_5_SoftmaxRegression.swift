import FledgeCourse

extension Exercise {
  static let softmaxRegression = Exercise(
    "0.5", file: "Ex0_5_SoftmaxRegression", title: "Softmax regression by hand",
    goal: """
      Train a classifier without any automatic differentiation: softmax, loss, the gradient \
      derived by hand, one epoch of stochastic gradient descent.
      """,
    needs: ["0.4"],
    source: "needle (CMU 10-414) homework 0, softmax_loss and softmax_regression_epoch",
    hints: [
      """
      Work one row by hand: logits [0, ln 3], label 0. What is its softmax, its loss, its slope \
      with respect to each logit?
      """,
      """
      Three passes over a row: find the largest, sum the powers, divide. The loss needs no softmax: \
      its formula has the logarithm of the sum. For the weights, look at the shapes: [inputs, B] \
      times [B, classes].
      """,
      """
      The slope with respect to the logits is the softmax minus 1 at each label, divided by the \
      number of rows. Take the rows and the labels of a batch with one range, up to the smaller of \
      its end and the number of images, and add the gradient times minus the rate.
      """,
    ],
    mutants: [
      Mutant(
        "sums-instead-of-mean",
        hint: "Twice as many images gave twice as large a slope: the loss is a mean.",
        replace: "result.values[i] /= Double(result.rows) }", with: "result.values[i] /= 1 }"),
      Mutant(
        "skips-the-last-batch",
        hint: "The last batch has fewer images than the others, but it counts.",
        replace: "while start < images.rows {", with: "while start + batchSize <= images.rows {"),
      Mutant(
        "overflows",
        hint: "e¹⁰⁰⁰ is infinite, and infinite over infinite is not a number.",
        replace: "result[i, j] = exp(logits[i, j] - largest)",
        with: "result[i, j] = exp(logits[i, j])"),
      Mutant(
        "forgets-the-label",
        hint: "The slopes of a row sum to 1 instead of 0: at the label something is missing.",
        replace: "for i in 0..<result.rows { result[i, labels[i]] -= 1 }", with: ""),
      Mutant(
        "climbs", hint: "The loss grew: the step went with the slope, not against it.",
        replace: "times: -learningRate)", with: "times: learningRate)"),
      Mutant(
        "softmax-of-the-whole-batch",
        hint: "Each row has a sum of its own; one sum ran on from row to row.",
        edits: [
          ("var result = logits", "var result = logits\n    var sum = 0.0"),
          (
            "var sum = 0.0\nfor j in 0..<logits.columns {\nresult[i, j] = exp(logits[i, j] - largest)",
            "for j in 0..<logits.columns {\nresult[i, j] = exp(logits[i, j] - largest)"
          ),
        ]),
      Mutant(
        "largest-from-0",
        hint: """
          The search for the largest logit began at 0. Where all of a row are negative, 0 is \
          none of them: begin below every number.
          """,
        replace: """
          var largest = -Double.infinity
          for j in 0..<logits.columns { largest = max(largest, logits[i, j]) }
          var sum = 0.0
          for j in 0..<logits.columns {
          """,
        with: """
          var largest = 0.0
          for j in 0..<logits.columns { largest = max(largest, logits[i, j]) }
          var sum = 0.0
          for j in 0..<logits.columns {
          """),
      Mutant(
        "slopes-from-before-the-epoch",
        hint: """
          Every batch was asked for its slopes at the weights from before the epoch. The second \
          batch begins where the first has moved them to.
          """,
        edits: [
          (
            "var start = 0",
            """
            var start = 0
                let before = self
            """
          ),
          ("let slopes = gradient(", "let slopes = before.gradient("),
        ]),
      Mutant(
        "skips-the-last-full-batch",
        hint: """
          A batch that ends exactly with the data was left out: with 8 images in one batch of 8 \
          nothing is learned.
          """,
        replace: "while start < images.rows {", with: "while start + batchSize < images.rows {"),
      Mutant(
        "adds-up-the-losses",
        hint: """
          The loss of two rows is twice that of one: it is the sum over the rows, and not their \
          mean.
          """,
        replace: "return total / Double(logits.rows)", with: "return total"),
    ])
}
