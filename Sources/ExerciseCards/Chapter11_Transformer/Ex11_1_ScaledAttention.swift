import FledgeCourse

extension Exercise {
  static let scaledAttention = Exercise(
    "11.1", file: "Ex11_1_ScaledAttention", title: "Attention and its mask",
    goal: """
      Let each position look at the others, choose softly, and take what it chose; and hide from it what \
      comes later.
      """,
    source: "needle homework 4 extra, part 1; CS336 assignment 1; Vaswani et al. 2017",
    hints: [
      """
      Two queries, three keys, on paper: a table of 2 × 3 products. Which way does each row add up to 1? \
      And which of its cells may a query that stands at the last place see?
      """,
      """
      Products, divided, softmax: three steps without a mask. With one, what must stand in a hidden cell \
      before the softmax, so that nothing is left of it afterwards? For a query that sees nothing at all, \
      one step more comes behind the softmax.
      """,
      """
      The table is q times k transposed, times one over the root of q.shape[-1]. Before the softmax, \
      put −1e30 where the mask is not true: unlike −∞ it cannot become NaN. After it, put 0 in the same \
      places. For the causal mask compare a row 0 … keys − 1 with a column of the queries' positions; the \
      first of them stands at keys − queries.
      """,
    ],
    mutants: [
      Mutant(
        "no-scale",
        hint: """
          The products were not divided by √D: the longer the vectors, the harder the choice.
          """,
        replace: "q.matmul(k.transposed()) * (1 / Double(q.shape[-1]).squareRoot())",
        with: "q.matmul(k.transposed())"),
      Mutant(
        "divides-by-the-depth",
        hint: "The products were divided by D: it is the root of D that they grow with.",
        replace: "(1 / Double(q.shape[-1]).squareRoot())", with: "(1 / Double(q.shape[-1]))"),
      Mutant(
        "chooses-among-queries",
        hint: """
          The weights of a key add up to 1, over the queries: the choice runs along the wrong axis.
          """,
        edits: [
          (
            "guard let mask else { return softmax(scores) }",
            "guard let mask else { return softmax(scores, axis: -2) }"
          ),
          (
            "return softmax(scores.masked(where: hidden, with: -1e30)).masked(where: hidden, with: 0)",
            "return softmax(scores.masked(where: hidden, with: -1e30), axis: -2).masked(where: hidden, with: 0)"
          ),
        ]),
      Mutant(
        "hides-with-zero",
        hint: """
          A hidden product was set to 0, and 0 is a product like any other: its weight is not 0.
          """,
        replace: "scores.masked(where: hidden, with: -1e30)).masked(where: hidden, with: 0)",
        with: "scores.masked(where: hidden, with: 0))"),
      Mutant(
        "hides-with-a-hundred",
        hint: """
          A hidden product became a number that products can fall below: then the hidden key takes the \
          weight of all that are seen. It must be lower than any product, as −1e30 is.
          """,
        replace: "with: -1e30", with: "with: -100"),
      Mutant(
        "hides-too-late",
        hint: """
          The hidden weights were taken away after the softmax, and what is left of a query's weights adds \
          up to less than 1.
          """,
        replace:
          "softmax(scores.masked(where: hidden, with: -1e30)).masked(where: hidden, with: 0)",
        with: "softmax(scores).masked(where: hidden, with: 0)"),
      Mutant(
        "looks-at-everything-when-blind",
        hint: """
          A query that may look nowhere takes a little of everything: of equal numbers, however small, \
          softmax makes equal parts.
          """,
        replace: "-1e30)).masked(where: hidden, with: 0)", with: "-1e30))"),
      Mutant(
        "queries-stand-at-the-beginning",
        hint: """
          The queries are the last positions of the keys: with two queries and five keys, the first stands \
          at 3.
          """,
        replace: "Tensor.arange(queries) + (keys - queries)", with: "Tensor.arange(queries)"),
      Mutant(
        "does-not-see-itself",
        hint: "A position sees what comes before it, and itself, too.",
        replace: "Tensor.arange(keys) .<= positions", with: "Tensor.arange(keys) .< positions"),
    ])
}
