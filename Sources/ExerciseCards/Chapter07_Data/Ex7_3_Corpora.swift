import FledgeCourse

extension Exercise {
  static let corpora = Exercise(
    "7.3", file: "Ex7_3_Corpora", title: "Images, words, windows",
    goal: """
      Read the photographs of CIFAR-10, number the words of the Penn Treebank, and cut a text for \
      recurrent models and for Transformers.
      """,
    needs: ["7.2"],
    source: "needle homework 4, parts 2 and 6; CS336 assignment 1; Mikolov et al. 2010",
    hints: [
      """
      Four small readers; none needs another. For each, write down what comes out of the example in \
      its comment, then ask which indices get you there.
      """,
      """
      A record is a label and a slice of 3072 bytes, which is already in the image's own order. Of \
      B streams of length n, stream b is the tokens from b · n on; row t has one token of each. A piece \
      ends after `length` rows, or where no row follows. A window of T tokens needs T + 1.
      """,
      """
      stride(from:to:by:) walks over records and over pieces. The number of a new word is the count \
      of the words before it is added. n is the count of tokens divided by B. The end of a piece is \
      the smaller of start + length and the last row; its targets are one further at both ends. The \
      places for a window: the count less the context, and never below 0.
      """,
    ],
    mutants: [
      Mutant(
        "pixels-interleaved",
        hint: """
          The colours got mixed up: all red pixels come first, then all green ones. They do not take \
          turns.
          """,
        replace: "pixels: bytes[start + 1..<start + size].map { Float($0) / 255 }",
        with: """
          pixels: (0..<3072).map { Float(bytes[start + 1 + $0 % 1024 * 3 + $0 / 1024]) / 255 }
          """),
      Mutant(
        "label-too-late",
        hint: "A label of 10 was let through: the classes are 0 to 9.",
        replace: "bytes[start] < 10", with: "bytes[start] <= 10"),
      Mutant(
        "no-end-of-sentence",
        hint: "Nothing marks where a sentence ends: after each line comes the word <eos>.",
        replace: "tokens.append(number(of: \"<eos>\"))", with: ""),
      Mutant(
        "blank-lines-are-sentences",
        hint: "A line of blanks gave an <eos> of its own. Without a word it is no sentence.",
        replace: "if words.isEmpty { continue }", with: ""),
      Mutant(
        "streams-across",
        hint: """
          The text goes on to the right and not downwards: the next token is in the next stream, whose \
          state knows nothing of the one before. Stream b is one piece of the text.
          """,
        replace: "tokens[$0 * length + step]", with: "tokens[step * count + $0]"),
      Mutant(
        "targets-are-inputs",
        hint:
          "A model that is asked for its own input learns to copy: targets are one row further.",
        replace: "Array(rows[start + 1..<end + 1])", with: "Array(rows[start..<end])"),
      Mutant(
        "loses-the-short-piece",
        hint: "The rows at the end that do not fill a piece never come.",
        replace: "stride(from: 0, to: rows.count - 1, by: length)",
        with: "stride(from: 0, through: rows.count - 1 - length, by: length)"),
      Mutant(
        "never-the-last-window",
        hint: "The last place at which a window fits is never drawn: there are count − context.",
        replace: "max(count - context, 0)", with: "max(count - context - 1, 0)"),
    ])
}
