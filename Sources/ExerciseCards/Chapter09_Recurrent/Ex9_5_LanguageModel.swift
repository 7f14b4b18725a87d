import FledgeCourse

extension Exercise {
  static let languageModel = Exercise(
    "9.5", file: "Ex9_5_LanguageModel", title: "A language model",
    goal: """
      Guess the next word of a text that is far too long to be read at once: carry the state from piece \
      to piece, and cut the gradient.
      """,
    needs: ["7.3", "9.2", "9.4"],
    source: "needle homework 4, parts 6 and 7; Mikolov et al. 2010; Williams and Peng 1990",
    hints: [
      """
      The model is three layers, one after the other. Then training, first for one piece: it is the loop \
      of 6.6 without a schedule. What has to be handed from one piece to the next?
      """,
      """
      A variable outside of the loop holds the states, nil at first. Each piece reads from them, cut, and \
      leaves its own. Perplexity has the same loop without gradients; its mean is over words, and pieces \
      may have different numbers of them.
      """,
      """
      Words are flattened row by row into a tensor of T rows and B columns. For the perplexity, each \
      piece's loss counts as often as it has rows; divide by all rows, and only then take the exponential.
      """,
    ],
    mutants: [
      Mutant(
        "forgets-the-state",
        hint:
          "Each piece was read as if the text began there: it goes on from the states before it.",
        replace: "states = result.states\nreturn loss.item()",
        with: "states = nil\n      return loss.item()"),
      Mutant(
        "never-cuts",
        hint: """
          The gradient went on into the pieces before: by the end of a text that is the whole text. The \
          states that a piece begins from are cut.
          """,
        replace: "from: states.map(cut))", with: "from: states)"),
      Mutant(
        "cuts-one-of-two",
        hint: "Half of the state is still in its graph: both h and c are cut.",
        replace: "c: $0.c.detached())", with: "c: $0.c)"),
      Mutant(
        "keeps-old-gradients",
        hint: "The gradients of all pieces piled up: the old ones are forgotten before each.",
        replace: "optimizer.zeroGrad()\nlet result = model(piece.inputs, from: states.map(cut))",
        with: "let result = model(piece.inputs, from: states.map(cut))"),
      Mutant(
        "never-clips",
        hint: "The gradients were not clipped: one step may be as long as it likes.",
        replace: "clipGradientNorm(optimizer.parameters, maximum: maximumNorm)", with: ""),
      Mutant(
        "mean-of-means",
        hint: "A short piece counted as much as a long one: the mean is over words.",
        replace: "let rows = Double(piece.targets.count)", with: "let rows = 1.0"),
      Mutant(
        "evaluates-without-memory",
        hint:
          "The perplexity came out differently in shorter pieces: there, too, the state goes on.",
        replace: "count += rows\nstates = result.states",
        with: "count += rows\n        states = nil"),
      Mutant(
        "records-evaluations",
        hint: "The evaluation recorded a graph that nobody will use.",
        replace: "withoutGradients {\nvar states: [MyLSTMState]?",
        with: "withGradients {\n      var states: [MyLSTMState]?"),
    ])
}
