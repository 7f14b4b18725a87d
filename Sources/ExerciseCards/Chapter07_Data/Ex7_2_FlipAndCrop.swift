import FledgeCourse

extension Exercise {
  static let flipAndCrop = Exercise(
    "7.2", file: "Ex7_2_FlipAndCrop", title: "Flips, crops and scales",
    goal: """
      Make a hundred images out of one, all of which show the same thing, and bring the channels to \
      one scale.
      """,
    source: "needle homework 2, question 4; Krizhevsky et al. 2012",
    hints: [
      """
      Three nested loops over the places of the result; for each of them ask which pixel of the \
      original belongs there. Draw it for an L in a grid of 4 × 3.
      """,
      """
      Flipped, place j gets the pixel of the column as far from the other end. Moved down by 1, row i \
      gets what was in row i − 1: and where there is no such row, the place keeps its 0. The draws \
      come first, all three of them; what is done with them comes after.
      """,
      """
      A range asks whether a row exists: (0..<rows).contains(…). A distance from −m to m is a number \
      below 2m + 1, minus m. For the scale, collect the pixels of a channel from all images in one \
      array; a channel's pixels are the slice from c · rows · columns on. Divide by the count.
      """,
    ],
    mutants: [
      Mutant(
        "upside-down",
        hint: "Top and bottom were exchanged; a mirror exchanges left and right.",
        replace: "self[c, i, columns - 1 - j]", with: "self[c, rows - 1 - i, j]"),
      Mutant(
        "moves-the-other-way",
        hint: """
          It moved up where it should move down: row i of the result comes from row i − down of the \
          original.
          """,
        edits: [
          (
            "for i in 0..<rows where (0..<rows).contains(i - down) {",
            "for i in 0..<rows where (0..<rows).contains(i + down) {"
          ),
          (
            "y[c, i, j] = self[c, i - down, j - right]", "y[c, i, j] = self[c, i + down, j - right]"
          ),
        ]),
      Mutant(
        "comes-back-on-the-other-side",
        hint: """
          What is moved out at one side came in at the other: a digit that leaves on the right begins \
          on the left. There should be zeros.
          """,
        replace:
          "for j in 0..<columns where (0..<columns).contains(j - right) {\ny[c, i, j] = self[c, i - down, j - right]",
        with:
          "for j in 0..<columns {\n          y[c, i, j] = self[c, i - down, ((j - right) % columns + columns) % columns]"
      ),
      Mutant(
        "never-to-the-other-side",
        hint: "The distances are not all there: from −most to most there are 2 · most + 1 of them.",
        replace: "let right = generator.integer(below: 2 * most + 1) - most",
        with: "let right = generator.integer(below: 2 * most) - most"),
      Mutant(
        "draws-only-when-flipped",
        hint: """
          How many numbers an image takes depended on the first of them. Then all images after it \
          change with it, and nothing can be repeated.
          """,
        edits: [
          (
            "let down = generator.integer(below: 2 * most + 1) - most",
            "let down = isFlipped ? generator.integer(below: 2 * most + 1) - most : 0"
          )
        ]),
      Mutant(
        "one-scale-for-all-channels",
        hint: "All channels were measured together; each has a mean and a deviation of its own.",
        replace: "return image.pixels[c * size..<(c + 1) * size]",
        with: "return size > 0 ? image.pixels[...] : image.pixels[c...]"),
      Mutant(
        "always-flips",
        hint:
          "Where flipping was not allowed it flipped all the same: digits have no mirror images.",
        replace: "generator.bernoulli(0.5) && flipping", with: "generator.bernoulli(0.5)"),
      Mutant(
        "moves-before-it-flips",
        hint: "Flipped images went the other way: first the flip, then the move.",
        replace: "(isFlipped ? flipped() : self).moved(down: down, right: right)",
        with: """
          isFlipped
                ? moved(down: down, right: right).flipped() : moved(down: down, right: right)
          """),
      Mutant(
        "keeps-the-old-pixels",
        hint: """
          Where nothing moved in, the old pixels are still there. What comes in is 0: begin with \
          an image of zeros.
          """,
        replace: """
          var y = ChannelImage(zeros: channels, rows, columns)
          for c in 0..<channels {
          for i in 0..<rows where (0..<rows).contains(i - down) {
          """,
        with: """
          var y = self
          for c in 0..<channels {
          for i in 0..<rows where (0..<rows).contains(i - down) {
          """),
    ])
}
