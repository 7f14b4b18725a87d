import FledgeCourse

extension Exercise {
  static let convolution2D = Exercise(
    "8.2", file: "Ex8_2_Convolution2D", title: "Convolution of images",
    goal: """
      Slide a window over an image, with stride, padding and dilation; and compute how many windows \
      there are before you do.
      """,
    source: "minitorch task 4.2; needle homework 4, part 3",
    hints: [
      """
      One axis first: draw the windows of 3 pixels on 7, with stride 2. Where does the last one begin? \
      Then the same with padding 1, then with dilation 2.
      """,
      """
      The last window begins at size + 2 · padding − span, counted from the left end of the padding, and \
      windows begin at multiples of the stride. A pixel: the window's beginning, plus its own distance, \
      minus the padding. For the image, seven loops; the innermost three walk over one window.
      """,
      """
      room is what is left when one window lies at the very left; if it is negative there is none, else \
      room / stride, and one. In the loops: begin a sum with the bias of o, skip rows and columns that \
      are not in the image with guard and continue, and write the sum when the window is done.
      """,
    ],
    mutants: [
      Mutant(
        "a-window-that-does-not-fit",
        hint: """
          A window was counted where none fits: a division rounds towards 0, so −1 / 2 is 0, and 1 more \
          is 1.
          """,
        replace: "return room < 0 ? 0 : room / stride + 1", with: "return max(room / stride + 1, 0)"
      ),
      Mutant(
        "forgets-the-dilation",
        hint: "With dilation a window spans more pixels than it has, and fewer of them fit.",
        replace: "dilation * (taps - 1) - 1", with: "(taps - 1) - 1"),
      Mutant(
        "rounds-up",
        hint:
          "The last window sticks out: what is left after the last whole step is not looked at.",
        replace: "room / stride + 1", with: "(room + stride - 1) / stride + 1"),
      Mutant(
        "dilates-the-stride",
        hint:
          "Stride and dilation changed places: the one is between windows, the other within one.",
        replace: "place * stride + tap * dilation - padding",
        with: "place * dilation + tap * stride - padding"),
      Mutant(
        "turned-around-in-the-plane",
        hint: "The filter lies upside down and mirrored on the image; it lies as it is.",
        replace: "sum += w[o, c, i, j] * x[n, c, row, column]",
        with: "sum += w[o, c, w.rows - 1 - i, w.columns - 1 - j] * x[n, c, row, column]"),
      Mutant(
        "bias-for-each-channel",
        hint: "The bias was added once for each channel; it is added once.",
        replace: "for c in 0..<x.channels {\nfor i in 0..<w.rows {",
        with:
          "for c in 0..<x.channels {\n              if c > 0 { sum += bias[o] }\n              for i in 0..<w.rows {"
      ),
      Mutant(
        "one-filter-for-all",
        hint: "All outputs are alike: each has a filter of its own.",
        replace: "sum += w[o, c, i, j] * x[n, c, row, column]",
        with: "sum += w[0, c, i, j] * x[n, c, row, column]"),
    ])
}
