import FledgeCourse

extension Exercise {
  static let sampling = Exercise(
    "11.6", file: "Ex11_6_Sampling", title: "Sampling and beams",
    goal: """
      Choose the next token: the likeliest, a drawn one, one of the k likeliest, one of the nucleus; and \
      search for the likeliest text instead.
      """,
    source: "CS336 assignment 1; Holtzman et al. 2019; Sutskever et al. 2014",
    hints: [
      """
      Four tokens of 0.2, 0.4, 0.1, 0.3, on paper: sort them, and cross out what topK 2 does not want, \
      then what topP 0.65 does not. For the beams, draw the tree of two tokens, two levels deep, and keep \
      two nodes of each level.
      """,
      """
      Sort the token numbers by their logits once, and everything else happens in this order: weights, a \
      shorter list, a still shorter one, and at the end each back to the place of its token. In the \
      search, one round collects candidates of all beams, sorts them, and takes the first few.
      """,
      """
      Weights are exp of (logit − largest) / temperature: never infinite. The nucleus: add up weights \
      from the first on, and stop as soon as the sum is topP times that of all. ln p of a token is its \
      logit minus ln Σ exp, with the largest taken out of the sum, too. A beam whose last token is the \
      end goes to the candidates unchanged.
      """,
    ],
    mutants: [
      Mutant(
        "multiplies-by-the-temperature",
        hint: "A low temperature made the choice wider: logits are divided by it.",
        replace: "exp((logits[$0] - largest) / temperature)",
        with: "exp((logits[$0] - largest) * temperature)"),
      Mutant(
        "overflows",
        hint: "Large logits became infinite, and then NaN: take the largest away before exp.",
        replace: "exp((logits[$0] - largest) / temperature)",
        with: "exp(logits[$0] / temperature)"),
      Mutant(
        "nucleus-too-small",
        hint: """
          The token that makes the nucleus large enough was left out: together the rest has less than \
          topP.
          """,
        replace: "while kept < weights.count && sum < enough {",
        with: "while kept < weights.count && sum + weights[kept] < enough {"),
      Mutant(
        "nucleus-of-all",
        hint: """
          topP was taken of all tokens: it is a part of what topK has left.
          """,
        edits: [
          (
            "var weights = order.map { exp((logits[$0] - largest) / temperature) }",
            "var weights = order.map { exp((logits[$0] - largest) / temperature) }\n    let all = weights.reduce(0, +)"
          ), ("topP * weights.reduce(0, +)", "topP * all"),
        ]),
      Mutant(
        "draws-the-impossible",
        hint: """
          Where rounding left a gap, the last token of all was drawn, though its probability is 0.
          """,
        replace: "return probabilities.lastIndex { $0 > 0 } ?? 0",
        with: "return probabilities.count - 1"),
      Mutant(
        "draws-what-is-reached",
        hint: """
          The sum must be above u, and it was enough to reach it: then a token of probability 0 is drawn \
          where u is 0.
          """,
        replace: "if sum > u", with: "if sum >= u"),
      Mutant(
        "forgets-the-prompt",
        hint: "The model was asked about the new tokens alone: it needs the prompt as well.",
        replace: "Self.draw(probabilities(logits(prompt + new)), using: generator)",
        with: "Self.draw(probabilities(logits(new.isEmpty ? prompt : new)), using: generator)"),
      Mutant(
        "writes-past-the-end",
        hint: "A beam that had ended went on: it stays as it is, and competes with the others.",
        replace: "if let end, beam.tokens.last == end {", with: "if end == -1 {"),
      Mutant(
        "adds-logits",
        hint: """
          Logits were added up, and not the logarithms of probabilities: then a beam is likelier the larger \
          its logits are, whatever the others were.
          """,
        replace: "beam.logProbability + logit - total",
        with: "beam.logProbability + logit - total * 0"),
    ])
}
