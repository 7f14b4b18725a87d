import FledgeCourse

extension Exercise {
  static let transformerBlock = Exercise(
    "11.4", file: "Ex11_4_TransformerBlock", title: "The block",
    goal: """
      Put attention and a feed-forward part together around a stream that goes through unhindered: the \
      block of GPT-2, and that of Llama.
      """,
    needs: ["11.2", "11.3"],
    source:
      "needle homework 4 extra, part 3; CS336 assignment 1; llmsys assignment 3; Shazeer 2020",
    hints: [
      """
      The two lines in the comment of MyBlock are its code. For the width, try 24, 25 and 72 channels on \
      paper: 64, 66.7 and 192 before rounding.
      """,
      """
      What the second line reads is the result of the first. Dropout stands around what a part makes, and \
      never around the stream. style.norm makes a norm; each of the two is one of its own.
      """,
      """
      8 C / 3 in steps of 64 is 8 C in steps of 192: add 191, divide by 192, and multiply by 64. In init, \
      both norms, the attention with biases for .gpt2 only, the feed-forward part; and for .llama set \
      attention.turn to a closure that calls turnedByPosition.
      """,
    ],
    mutants: [
      Mutant(
        "rounds-down",
        hint: "The width was rounded down: 25 channels need 66.7, which is 128 in steps of 64.",
        replace: "(8 * channels + 191) / 192 * 64", with: "8 * channels / 192 * 64"),
      Mutant(
        "gates-the-gate",
        hint: """
          silu was put around the wrong factor: it belongs to the gate, and `up` goes through as it is.
          """,
        replace: "down(silu(gate(x)) * up(x))", with: "down(gate(x) * silu(up(x)))"),
      Mutant(
        "norm-last",
        hint: """
          The norm came after the sum: then nothing goes through unhindered, and a deep model does not \
          train from the start.
          """,
        edits: [
          (
            "let attended = x + dropout(attention(norm1(x)))",
            "let attended = norm1(x + dropout(attention(x)))"
          ),
          (
            "return attended + dropout(feedForward(norm2(attended)))",
            "return norm2(attended + dropout(feedForward(attended)))"
          ),
        ]),
      Mutant(
        "stream-is-cut",
        hint: """
          What a part makes replaced the stream: each of the two is added to it.
          """,
        replace: "return attended + dropout(feedForward(norm2(attended)))",
        with: "return dropout(feedForward(norm2(attended)))"),
      Mutant(
        "side-by-side",
        hint: """
          Both parts read x: the feed-forward part works on what attention has brought.
          """,
        replace: "dropout(feedForward(norm2(attended)))", with: "dropout(feedForward(norm2(x)))"),
      Mutant(
        "drops-the-stream",
        hint: """
          Dropout hit the stream itself: even where both parts make nothing, x did not come through.
          """,
        replace: "return attended + dropout(feedForward(norm2(attended)))",
        with: "return dropout(attended + feedForward(norm2(attended)))"),
      Mutant(
        "one-norm-for-both",
        hint: "Both parts read through the same norm: a block has two, each with its own weights.",
        replace: "feedForward(norm2(attended))", with: "feedForward(norm1(attended))"),
      Mutant(
        "llama-without-positions",
        hint: """
          Llama's block does not know in which order its tokens stand: nothing tells it but the turning of \
          queries and keys.
          """,
        replace: "if style == .llama { attention.turn = { turnedByPosition($0) } }", with: ""),
    ])
}
