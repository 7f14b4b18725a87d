import FledgeCourse

extension Exercise {
  static let pairwiseSum = Exercise(
    "3.3", file: "Ex3_3_PairwiseSum", title: "Pairwise sums",
    goal: """
      A mean over a million losses is a sum of a million floats. Write a sum that keeps its \
      digits, and the bound that says how many.
      """,
    needs: ["2.1", "3.1"],
    source: "Higham, The accuracy of floating point summation (1993); Kahan (1965)",
    hints: [
      """
      Add ones to 2²⁴ in floats, by hand: what happens to the first one? What if you add two ones \
      to each other before?
      """,
      """
      A pairwise sum is a function that calls itself on both halves, until a range is a block. Its \
      depth is one addition for each halving, and a block's own. Look for the longest way in both \
      halves.
      """,
      """
      Take the middle at the lower bound plus half the count, rounded down: the second half has \
      the rest, one more where the count is odd. Kahan's four lines stand in the comment; order \
      and brackets matter, since in exact numbers c would be 0.
      """,
    ],
    mutants: [
      Mutant(
        "peels-off-a-block",
        hint: """
          A block and the rest, again and again: the first elements go through few additions, the \
          last ones through as many as there are blocks. Cut in the middle.
          """,
        replace: "positions.lowerBound + positions.count / 2",
        with: "positions.lowerBound + block"),
      Mutant(
        "loses-the-odd-one",
        hint: "Two halves of n / 2, rounded down, are not all of n when n is odd.",
        replace: "middle..<positions.upperBound", with: "middle..<middle + positions.count / 2"),
      Mutant(
        "adds-in-double",
        hint: """
          The sum is more exact than floats can make it. Doubles are an answer where there are \
          doubles; here the floats are to be added in a better order.
          """,
        replace: "if positions.count <= block { return naive(x, positions) }",
        with:
          "if positions.count >= 0 { return Float(positions.reduce(0.0) { $0 + Double(x[$1]) }) }"),
      Mutant(
        "depth-of-the-larger-half",
        hint: """
          Larger is not always deeper: eight elements in one block of 8 go through seven \
          additions, nine in two blocks through five.
          """,
        replace: "return 1 + halves.map { pairwiseDepth($0, block: block) }.max()!",
        with: "return 1 + pairwiseDepth(halves[1], block: block)"),
      Mutant(
        "carries-nothing",
        hint: """
          What was lost was computed and not used: the compensated sum is no better than the naive \
          one.
          """,
        replace: "let element = x[position] - lost", with: "let element = x[position] - 0 * lost"),
      Mutant(
        "compensates-the-wrong-way",
        hint: """
          What was lost was taken away a second time. Mind the sign: (t − s) − y is minus the \
          loss.
          """,
        replace: "let element = x[position] - lost", with: "let element = x[position] + lost"),
      Mutant(
        "compensates-in-double",
        hint: """
          The compensated sum was exact to the end, as one in doubles is. Here all is to be done in \
          floats: what is lost is kept in a second float, as far as that reaches.
          """,
        replace: "return sum", with: "return Float(positions.reduce(0.0) { $0 + Double(x[$1]) })"),
      Mutant(
        "takes-the-last-loss-off",
        hint: """
          The loss of the last addition was taken off the result. At best that changes nothing, since \
          s is rounded already; after an element larger than the sum before it, c is not the loss.
          """,
        replace: "return sum", with: "return sum - lost"),
      Mutant(
        "odd-one-in-front",
        hint: """
          Of an odd number of elements the first half got one more; here it gets one less.
          """,
        replace: "positions.lowerBound + positions.count / 2",
        with: "positions.lowerBound + (positions.count + 1) / 2"),
      Mutant(
        "forgets-to-pass-the-block",
        hint: """
          One of the halves was cut down to blocks of 64, whatever block was asked for: the call \
          within did not pass it on.
          """,
        replace: "middle..<positions.upperBound, block: block)",
        with: "middle..<positions.upperBound)"),
    ])
}
