import FledgeCourse

extension Exercise {
  static let gptModel = Exercise(
    "11.5", file: "Ex11_5_GPTModel", title: "GPT",
    goal: """
      Build a language model of your blocks, start it so that it knows nothing and claims nothing, and \
      count what it is made of.
      """,
    needs: ["11.4"],
    source: "needle homework 4 extra, part 4; llmsys assignment 3; CS336 assignment 1; nanoGPT",
    hints: [
      """
      Count first: what has a block of C channels? Attention 4 C² and its biases, the feed-forward part \
      8 C², two norms. Then the two tables and the last norm. There is no head to count: the table of tokens \
      is it.
      """,
      """
      The four lines of the comment are the model; `position` is an optional. The starting weights are a \
      loop over blocks, and a little function for one Linear saves writing it five times. Watch out for \
      biases that are nil.
      """,
      """
      A GPT-2 block has 12 C² + 13 C, a Llama block 4 C² + 3 C · width + 2 C. The narrow deviation is 0.02 \
      divided by the root of 2 · layers. nextLogits: the suffix of the tokens as a tensor of shape \
      [1, count], the model within evaluating { … }, then row 0 and its last place, [0, -1], as an array \
      of Double.
      """,
    ],
    mutants: [
      Mutant(
        "head-counted-twice",
        hint: "The table of tokens was counted twice: it is the head, too.",
        replace: "return (vocabulary + context + 2) * c",
        with: "return (2 * vocabulary + context + 2) * c"),
      Mutant(
        "biases-not-counted",
        hint:
          "Too few parameters were counted for a block of GPT-2: biases, and the norms' weights.",
        replace: "layers * (12 * c * c + 13 * c)", with: "layers * 12 * c * c"),
      Mutant(
        "tokens-start-too-wide",
        hint: """
          The table of tokens starts as the framework makes it, from N(0, 1): the first logits are large, \
          and the first loss is far from ln V.
          """,
        replace:
          "token.weight = .normal(token.weight.shape, mean: 0, standardDeviation: deviation)",
        with: ""),
      Mutant(
        "stream-grows",
        hint: """
          The layers that write to the stream start as wide as the others; with each block the stream \
          grows.
          """,
        replace: "0.02 / Double(2 * sizes.layers).squareRoot()", with: "0.02"),
      Mutant(
        "no-positions",
        hint: "The positions were not added: to GPT-2 every text is a bag of tokens then.",
        replace: "if let position { x = position(x) }", with: ""),
      Mutant(
        "no-last-norm",
        hint: "The norm before the logits is missing.",
        replace: "return norm(x).matmul(", with: "return x.matmul("),
      Mutant(
        "sees-the-beginning",
        hint: "Of a text that is too long the model saw the beginning: it needs the end.",
        replace: "tokens.suffix(sizes.context)", with: "tokens.prefix(sizes.context)"),
      Mutant(
        "answers-while-it-trains",
        hint: """
          A model was asked while dropout was on, or with a graph: `evaluating` is for that.
          """,
        replace: "return evaluating {", with: "return withoutGradients {"),
    ])
}
