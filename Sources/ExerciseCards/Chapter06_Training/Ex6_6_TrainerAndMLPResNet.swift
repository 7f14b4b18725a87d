import FledgeCourse

extension Exercise {
  static let trainerAndMLPResNet = Exercise(
    "6.6", file: "Ex6_6_TrainerAndMLPResNet", title: "A trainer and an MLP-ResNet",
    goal: """
      Put the parts together: a network with residual blocks, and the loop that trains it with your \
      optimizer, schedule and clipping.
      """,
    needs: ["6.2", "6.4"], source: "needle homework 2, question 4",
    hints: [
      """
      The drawings in the comments are the code, nearly: each box is a layer. Check the numbers of \
      parameters first; they tell whether a layer is missing.
      """,
      """
      A block is a Sequential of a Residual with six layers, and a ReLU. The trainer's step follows \
      its numbered list line by line; for evaluate, mode first, then everything else within \
      withoutGradients.
      """,
      """
      The last lines of takeStep: clipNorm(of:to:) with the optimizer's parameters, the factor from \
      the schedule at the present step, the optimizer's step(), and one more step counted. For the \
      accuracy, zip the arrays of guesses and labels and count equal pairs.
      """,
    ],
    mutants: [
      Mutant(
        "no-way-past",
        hint: """
          The block is a chain of layers, with no way past them: with all weights at 0 nothing comes \
          through. Residual adds what went in.
          """,
        replace: "Residual {\nLinear(features, hidden)",
        with: "Sequential {\n      Linear(features, hidden)"),
      Mutant(
        "wide-blocks",
        hint: "The number of parameters is too large: the blocks have width / 2 hidden features.",
        replace: "hidden: width / 2", with: "hidden: width"),
      Mutant(
        "gradients-pile-up",
        hint: "From the second step on, the gradients of earlier batches are still in there.",
        replace: "optimizer.zeroGrad()", with: ""),
      Mutant(
        "evaluates-in-training-mode",
        hint: """
          Evaluation drops units out and normalizes by the batch, and changes the running moments \
          while it is at it: the model was in training mode.
          """,
        replace: "model.eval()", with: ""),
      Mutant(
        "stays-in-evaluation",
        hint: """
          After the first evaluation the model never trained again as it should: nothing put it back \
          into training mode.
          """,
        replace: "model.train()", with: ""),
      Mutant(
        "clips-too-late",
        hint: "The gradients were clipped after the step that they were to limit.",
        edits: [
          (
            "let norm = clipNorm(of: optimizer.parameters, to: maximumNorm)\noptimizer.learningRateFactor = schedule.factor(at: step)\noptimizer.step()",
            """
            optimizer.learningRateFactor = schedule.factor(at: step)
            optimizer.step()
            let norm = clipNorm(of: optimizer.parameters, to: maximumNorm)
            """
          )
        ]),
      Mutant(
        "records-while-it-evaluates",
        hint: """
          Evaluation recorded a graph that nobody asks for: on a large test set that is all the \
          memory. The model must be called within withoutGradients.
          """,
        edits: [
          ("return withoutGradients {", "let logits = model(x)\n    return withoutGradients {"),
          (
            "let logits = model(x)\nlet guesses = logits.argmax(axis: 1).array(of: Int.self)",
            "let guesses = logits.argmax(axis: 1).array(of: Int.self)"
          ),
        ]),
      Mutant(
        "forgets-afterwards",
        hint: """
          Gradients that somebody had left went into the step: old ones are forgotten before the pass and \
          not after it.
          """,
        edits: [
          ("model.train()\noptimizer.zeroGrad()", "model.train()"),
          (
            "optimizer.step()\nstep += 1",
            "optimizer.step()\n    optimizer.zeroGrad()\n    step += 1"
          ),
        ]),
    ])
}
