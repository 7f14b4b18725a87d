import FledgeCourse

extension Exercise {
  static let convolution1D = Exercise(
    "8.1", file: "Ex8_1_Convolution1D", title: "Convolution along one axis",
    goal: """
      Slide a filter along a row of numbers, forward and backward, with loops and nothing else.
      """,
    source: "minitorch task 4.1; LeCun et al. 1989",
    hints: [
      """
      Lay the filter [2, 3] under [1, 10, 100] on paper, at each place where it fits. With padding 1 it \
      may stick out by one on either side.
      """,
      """
      Four loops, one for each letter in the formula: o, t, c, k. The place of x is t + k − padding; \
      where x has no such place, nothing is added. The gradients have the same four loops and the same \
      condition: only what is added to what changes.
      """,
      """
      `for k in … where x[c].indices.contains(…)` leaves out the places outside. In each of the three \
      functions there is one `+=` in the innermost loop, and on its right the product of two: w and x \
      for y, w and dy for dx, dy and x for dw.
      """,
    ],
    mutants: [
      Mutant(
        "turned-around",
        hint: "The filter was turned around: its first tap belongs under the first place.",
        replace: "y[o][t] += w[o][c][k] * x[c][t + k - padding]",
        with: "y[o][t] += w[o][c][w[o][c].count - 1 - k] * x[c][t + k - padding]"),
      Mutant(
        "one-place-too-few",
        hint: "The last position of the filter is missing: there are count − taps + 1 of them.",
        replace: "max(count + 2 * padding - taps + 1, 0)",
        with: "max(count + 2 * padding - taps, 0)"),
      Mutant(
        "pads-on-one-side",
        hint: "There are zeros on one side only: padding counts twice.",
        replace: "max(count + 2 * padding - taps + 1, 0)",
        with: "max(count + padding - taps + 1, 0)"),
      Mutant(
        "last-channel-only",
        hint: "Of the channels only one came through: they add up.",
        replace:
          "for c in x.indices {\nfor k in w[o][c].indices where x[c].indices.contains(t + k - padding) {",
        with: """
          for c in x.indices {
                y[o][t] = 0
                for k in w[o][c].indices where x[c].indices.contains(t + k - padding) {
          """),
      Mutant(
        "multiplies-zeros",
        hint: """
          The result is right, but places outside of x were multiplied, too: with a wide padding that is \
          much work for nothing.
          """,
        replace:
          "for k in w[o][c].indices where x[c].indices.contains(t + k - padding) {\ny[o][t] += w[o][c][k] * x[c][t + k - padding]",
        with: """
          for k in w[o][c].indices {
                    let isInside = x[c].indices.contains(t + k - padding)
                    y[o][t] += w[o][c][k] * (isInside ? x[c][t + k - padding] : 0)
          """),
      Mutant(
        "gradient-at-the-other-end",
        hint: "The gradient of x is shifted: it goes back to where x was read, t + k − padding.",
        replace:
          "for k in w[o][c].indices where dx[c].indices.contains(t + k - padding) {\ndx[c][t + k - padding] += w[o][c][k] * dy[o][t]",
        with: """
          for k in w[o][c].indices where dx[c].indices.contains(t - k + padding) {
                    dx[c][t - k + padding] += w[o][c][k] * dy[o][t]
          """),
      Mutant(
        "last-place-only",
        hint:
          "A weight is at work at every place; its gradient is a sum over them, and not the last.",
        replace: "dw[o][c][k] += dy[o][t] * x[c][t + k - padding]",
        with: "dw[o][c][k] = dy[o][t] * x[c][t + k - padding]"),
    ])
}
