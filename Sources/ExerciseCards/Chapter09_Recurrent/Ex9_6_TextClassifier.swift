import FledgeCourse

extension Exercise {
  static let textClassifier = Exercise(
    "9.6", file: "Ex9_6_TextClassifier", title: "A text classifier",
    goal: """
      Read texts of different lengths side by side and say what they mean, so that what they are filled up \
      with means nothing.
      """,
    needs: ["9.2", "9.4"], source: "minitorch task 4.5; llmsys assignment 2",
    hints: [
      """
      Draw the rows for texts of 2, 1 and 3 words, and below each number whether it counts. That is the \
      mask; it depends on the lengths, and not on the words.
      """,
      """
      Row t has word t of each text, or the padding. The outputs of the LSTM times the mask are zero after \
      a text's end, so their sum over the steps is that of its own words. The mean divides by a text's own \
      length.
      """,
      """
      Two nested maps make the rows, steps outside, texts inside; the mask has the same two. It has a last \
      axis of 1, to go with all hidden numbers; the lengths as a tensor need one as well. Axis 0 is summed \
      away.
      """,
    ],
    mutants: [
      Mutant(
        "reads-the-padding",
        hint: """
          A text got other logits beside a longer one: what it is filled up with went into its mean.
          """,
        replace: "(h * texts.mask).sum(axis: 0)", with: "h.sum(axis: 0)"),
      Mutant(
        "divides-by-the-longest",
        hint: "Short texts got small numbers: each mean divides by the length of its own text.",
        replace: "Tensor(texts.lengths.map(Float.init), shape: [count, 1])", with: "Float(steps)"),
      Mutant(
        "mean-over-all-steps",
        hint: """
          The mean went over all steps of the longest text: what a short one is filled up with was added, \
          and counted. Add up its own steps alone, and divide by their number.
          """,
        replace:
          "let sum = (h * texts.mask).sum(axis: 0)\nreturn head(sum / Tensor(texts.lengths.map(Float.init), shape: [count, 1]))",
        with: "return head(h.mean(axis: 0) + Float(0 * (steps + count)))"),
      Mutant(
        "sum-for-the-mean",
        hint: "A long text got large numbers: it is the mean over its words, and not their sum.",
        replace: "head(sum / Tensor(texts.lengths.map(Float.init), shape: [count, 1]))",
        with: "head(sum)"),
      Mutant(
        "last-step-only",
        hint:
          "Only the last step of the longest text was looked at; the head sees a mean over all steps.",
        replace:
          "let sum = (h * texts.mask).sum(axis: 0)\nreturn head(sum / Tensor(texts.lengths.map(Float.init), shape: [count, 1]))",
        with: "return head(h[steps - 1] + Float(0 * count))"),
      Mutant(
        "mask-by-the-word",
        hint:
          "A word was taken for padding because it has the same number: the lengths say what counts.",
        replace: "lengths.map { Float(step < $0 ? 1 : 0) }",
        with: "rows[step].map { Float($0 != 0 ? 1 : 0) }"),
      Mutant(
        "cut-to-the-shortest",
        hint: "The texts were cut to the shortest: they are filled up to the longest.",
        replace: "let longest = lengths.max() ?? 0", with: "let longest = lengths.min() ?? 0"),
      Mutant(
        "always-zeros",
        hint: "The texts were filled up with zeros, whatever was asked for.",
        replace: "step < $0.count ? $0[step] : padding",
        with: "step < $0.count ? $0[step] : padding * 0"),
      Mutant(
        "records-answers",
        hint: "Asking for classes recorded a graph that nobody will use.",
        replace: "withoutGradients { self(texts)", with: "withGradients { self(texts)"),
    ])
}
