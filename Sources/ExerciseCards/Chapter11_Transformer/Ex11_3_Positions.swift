import FledgeCourse

extension Exercise {
  static let positions = Exercise(
    "11.3", file: "Ex11_3_Positions", title: "Three kinds of positions",
    goal: """
      Tell the model where each token stands: by a table that it learns, by waves of many lengths, and by \
      turning queries and keys.
      """,
    source: "CS336 assignment 1; Vaswani et al. 2017; Su et al. 2021",
    hints: [
      """
      For the waves write the row of position 1 with 4 channels: two angles, each with its sine and its \
      cosine. For turning, begin with D = 2: a point of the plane, turned by t.
      """,
      """
      Both tables are two loops, over positions and over pairs, that append to an array. The exponent of \
      the channels 2 i and 2 i + 1 is the same: c / 2 * 2 is the even one of the two. The turned halves \
      each need both halves of x.
      """,
      """
      The learned table is read by a slice, weight[0..<n], and broadcasting does the rest. For turning: \
      a float64 table [T, h] of the angles, from start on; its cos() and sin(), cast to the type of x; \
      the halves a and b of x; then a cos − b sin beside b cos + a sin.
      """,
    ],
    mutants: [
      Mutant(
        "starts-too-wide",
        hint: """
          The learned positions start as wide as N(0, 1): they would drown the tokens, that start at 0.02.
          """,
        replace: "mean: 0, standardDeviation: 0.02", with: "mean: 0, standardDeviation: 1"),
      Mutant(
        "the-last-rows",
        hint: "The last rows of the table were added: the first token stands at position 0.",
        replace: "x + weight[0..<x.shape[1]]",
        with: "x + weight[(weight.shape[0] - x.shape[1])...]"),
      Mutant(
        "sines-then-cosines",
        hint: """
          All sines came first, and all cosines after them: they alternate, channel by channel.
          """,
        replace:
          "let angle = Double(t) / pow(base, Double(c / 2 * 2) / Double(channels))\nvalues.append(Float(c % 2 == 0 ? sin(angle) : cos(angle)))",
        with: """
          let half = channels / 2
                let angle = Double(t) / pow(base, Double(c % half * 2) / Double(channels))
                values.append(Float(c < half ? sin(angle) : cos(angle)))
          """),
      Mutant(
        "a-wave-for-each-channel",
        hint: "Sine and cosine of a pair have the same angle: that of the even channel.",
        replace: "Double(c / 2 * 2) / Double(channels)", with: "Double(c) / Double(channels)"),
      Mutant(
        "turns-back",
        hint: "Everything turned the other way: look at the two signs.",
        replace: "[parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine]",
        with: "[parts[0] * cosine + parts[1] * sine, parts[1] * cosine - parts[0] * sine]"),
      Mutant(
        "mirrors",
        hint: """
          Points were mirrored, not turned: lengths stay, but products no longer depend on the distance.
          """,
        replace: "parts[1] * cosine + parts[0] * sine]",
        with: "parts[0] * sine - parts[1] * cosine]"),
      Mutant(
        "turns-neighbours",
        hint: """
          Each number was turned with its neighbour, as in the paper: here x[i] goes with x[i + h], the one \
          half a row on.
          """,
        replace:
          "let parts = x.chunked(2, axis: -1)\nreturn Tensor.concatenate(\n[parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine], axis: -1)",
        with: """
          let pairs = x.reshaped([-1, count, half, 2]).chunked(2, axis: -1).map { $0.squeezed(axis: -1) }
            let turned = [pairs[0] * cosine - pairs[1] * sine, pairs[1] * cosine + pairs[0] * sine]
            return Tensor.stack(turned, axis: -1).reshaped(x.shape)
          """),
      Mutant(
        "always-from-zero",
        hint: "The rows were turned as if they began at position 0: `start` was not used.",
        replace: "for t in start..<start + count {", with: "for t in 0..<count {"),
      Mutant(
        "slow-by-the-depth",
        hint: """
          From the second pair on the angles are too large: the exponent is i / h, and runs nearly to 1.
          """,
        replace: "Double(i) / Double(half)", with: "Double(i) / Double(2 * half)"),
    ])
}
