import FledgeCourse

extension Exercise {
  static let embeddingTable = Exercise(
    "9.2", file: "Ex9_2_EmbeddingTable", title: "Embedding",
    goal: """
      Give each word a vector that the network learns, send gradients back to the rows that were read, \
      and ask which words came to lie near each other.
      """,
    source: "needle homework 4, part 7; Mikolov et al. 2013",
    hints: [
      """
      Write down a table of three rows of two, and the result for words 2, 0, 2. Then give each number of \
      the result a gradient, and ask for each number of the table what it gets.
      """,
      """
      A row is a slice of the table. The gradient begins as zeros for the whole table, and every \
      gradient of the result is added to the row that its word names.
      """,
      """
      Row n lies from n · width to (n + 1) · width; flatMap puts slices one after the other. For the \
      gradient, two loops: the words with their numbers (enumerated), and the width. For the nearest, \
      make pairs of word and cosine, and sort them, largest cosine first.
      """,
    ],
    mutants: [
      Mutant(
        "last-one-wins",
        hint: "A word that comes twice got the gradient of its last place; it gets the sum.",
        replace: "gradient[index * width + i] += dy[n * width + i]",
        with: "gradient[index * width + i] = dy[n * width + i]"),
      Mutant(
        "gradient-in-order-of-the-text",
        hint:
          "The gradients went to the first rows of the table, and not to the rows of their words.",
        replace: "gradient[index * width + i] += dy[n * width + i]",
        with: "gradient[n % count * width + 0 * index + i] += dy[n * width + i]"),
      Mutant(
        "columns-for-rows",
        hint: "It read a column where it should read a row: a word's numbers lie side by side.",
        replace: "indices.flatMap { table[$0 * width..<($0 + 1) * width] }",
        with:
          "indices.flatMap { n in (0..<width).map { table[$0 * (table.count / width) + n] } }"),
      Mutant(
        "starts-like-a-linear-layer",
        hint: """
          The vectors start too short: an embedding is no sum over all words, so nothing has to be divided \
          by their number.
          """,
        replace: "weight = Tensor.normal([words, channels])",
        with: "weight = Tensor.normal([words, channels]) * (1 / Double(words).squareRoot())"),
      Mutant(
        "starts-uniform",
        hint: "The table starts from uniform numbers, which have an end; normal ones have none.",
        replace: "weight = Tensor.normal([words, channels])",
        with: "weight = Tensor.uniform([words, channels], in: -1.7320508...1.7320508)"),
      Mutant(
        "long-vectors-are-near",
        hint: """
          A long vector seemed near to everything: the cosine divides by both lengths.
          """,
        replace: " / (dot(row(n), row(n)) * dot(row(word), row(word))).squareRoot()", with: ""),
      Mutant(
        "near-to-itself",
        hint: "Each word is nearest to itself; nobody needs to be told.",
        replace: "(0..<weight.shape[0]).filter { $0 != word }",
        with: "(0..<weight.shape[0]).filter { $0 >= 0 }"),
      Mutant(
        "farthest-first",
        hint: "The farthest came first: the nearest has the largest cosine.",
        replace: ": $0.1 > $1.1 }", with: ": $0.1 < $1.1 }"),
    ])
}
