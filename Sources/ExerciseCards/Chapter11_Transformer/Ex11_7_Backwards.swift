import FledgeCourse

extension Exercise {
  static let backwards = Exercise(
    "11.7", file: "Ex11_7_Backwards", title: "Letters backwards",
    goal: """
      Teach a small GPT something that it can do by attention alone, and look where it looks.
      """,
    needs: ["11.5", "11.6"], source: "TinyTorch module 13 and milestone 05",
    hints: [
      """
      Write one example down with the places below: 2 0 1 | 3 | 1 0 2. Then its inputs, without the last, \
      and its targets, without the first. At which input is the first letter of the answer predicted?
      """,
      """
      The answer's predictions are the last `length` places: the one at the sign is the first. An answer \
      is a text after question and sign at temperature 0; your TokenChoice writes it, with nextLogits as \
      the model.
      """,
      """
      A step has the order of its comment: batch, zeroGrad, loss, backward, step. For the accuracy, draw an \
      example, take its first `length` letters as the question, and compare the whole answer with them, \
      reversed.
      """,
    ],
    mutants: [
      Mutant(
        "no-sign",
        hint: "The sign is missing between question and answer, or is one of the letters.",
        replace: "return question + [letters] + question.reversed()",
        with: "return question + [letters - 1] + question.reversed()"),
      Mutant(
        "not-backwards",
        hint: "The answer is the question as it was, and not backwards.",
        replace: "+ [letters] + question.reversed()", with: "+ [letters] + question"),
      Mutant(
        "predicts-what-it-sees",
        hint: "Inputs and targets are the same: the model is asked to repeat what it is given.",
        replace: "Tensor(examples.flatMap { $0.dropFirst() }",
        with: "Tensor(examples.flatMap { $0.dropLast() }"),
      Mutant(
        "learns-the-questions",
        hint: "The questions count as well: nobody can predict letters that were drawn.",
        replace: "crossEntropy(logits[.all, length...], targets[.all, length...])",
        with: "crossEntropy(logits, targets)", varies: true),
      Mutant(
        "one-place-too-late",
        hint: """
          The first letter of the answer does not count: it is predicted at the sign, at place `length`.
          """,
        replace: "crossEntropy(logits[.all, length...], targets[.all, length...])",
        with: "crossEntropy(logits[.all, (length + 1)...], targets[.all, (length + 1)...])"),
      Mutant(
        "gradients-pile-up",
        hint: "From the second step on the gradients of earlier steps are in there, too.",
        replace: "optimizer.zeroGrad()", with: "", varies: true),
      Mutant(
        "always-the-same-questions",
        hint: "Every step had the same batch: the model learns its answers by heart, and no rule.",
        edits: [
          (
            "(0..<steps).map { _ in",
            "let (inputs, targets) = batch(batchSize, using: generator)\n    return (0..<steps).map { _ in"
          ),
          (
            "let (inputs, targets) = batch(batchSize, using: generator)\noptimizer.zeroGrad()",
            "optimizer.zeroGrad()"
          ),
        ]),
      Mutant(
        "half-right-is-right",
        hint: "An answer counted though only its first letter was right.",
        replace: "return answer(to: question, by: model) == question.reversed()",
        with: "return answer(to: question, by: model).first == question.last"),
    ])
}
