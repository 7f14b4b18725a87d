import FledgeCourse

extension Exercise {
  static let tiledProduct = Exercise(
    "3.4", file: "Ex3_4_TiledProduct", title: "Tiled products",
    goal: """
      Nearly all the time of deep learning goes into products of matrices. Cut them into tiles \
      that stay in the cache, for batches of matrices with any strides and sizes that no tile \
      divides.
      """,
    needs: ["2.1", "3.1"], source: "minitorch task 3.2; needle homework 3, part 4",
    hints: [
      """
      Think of all multiplications as a box: a row, a column and a depth each. Tiles are a box cut \
      along three axes, and only the last part of an axis can be smaller.
      """,
      """
      Three loops over parts, and three loops in a tile. For the innermost loop choose the index \
      along which both B and C lie side by side. A batch is two lists of places at which matrices \
      begin.
      """,
      """
      A part begins at a multiple of the tile and ends a tile later, or at the end. Within a tile: \
      row of C, then depth (one factor from A), then columns. For the batch, the layout of the \
      first axes alone lists the beginnings, for A and for B; matrix i of C begins i · m · n \
      elements on. Clear C first.
      """,
    ],
    mutants: [
      Mutant(
        "only-whole-tiles",
        hint: "What is left over at the ends, less than a tile, was never multiplied.",
        replace: "stride(from: 0, to: size, by: tile).map",
        with: "stride(from: 0, to: size / tile * tile, by: tile).map"),
      Mutant(
        "over-the-edge",
        hint: "The last tile reached past the end of the matrix, into other memory.",
        replace: "$0..<min($0 + tile, size)", with: "$0..<$0 + tile", varies: true),
      Mutant(
        "forgets-to-clear",
        hint: "The products were added to what the memory happened to hold before.",
        replace: "c.update(repeating: 0)", with: "", varies: true),
      Mutant(
        "overwrites",
        hint: "Each part of the depth replaced the sum of the parts before it.",
        replace: "target[j] += factor * row[j]",
        with: "target[j] = (p == 0 ? 0 : target[j]) + factor * row[j]"),
      Mutant(
        "rows-as-wide-as-the-tile",
        hint: "A tile of C lies within a larger matrix: its next row is not right behind this one.",
        replace: "let target = c + i * rowStride", with: "let target = c + i * columns"),
      Mutant(
        "matrices-side-by-side",
        hint: """
          Matrix i was looked for i matrices behind the first. In a view it lies where the strides \
          say; a broadcast batch has one matrix only.
          """,
        edits: [
          (
            "MatrixView(a, at: startA)",
            "MatrixView(a, at: startA * 0 + layoutA.offset + i * m * a.shape[-1])"
          ),
          (
            "MatrixView(b, at: startB)",
            "MatrixView(b, at: startB * 0 + layoutB.offset + i * n * b.shape[-2])"
          ),
        ], varies: true),
      Mutant(
        "depth-descends",
        hint: """
          The parts of the depth came from the last to the first, so that a sum has other bits \
          with each size of the tiles.
          """,
        replace: "for depth in ranges(k) {", with: "for depth in ranges(k).reversed() {"),
      Mutant(
        "reads-a-by-columns",
        hint: """
          The tile of A was read column by column. It is packed row by row, [rows, depth].
          """,
        replace: "a[i * depth + p]", with: "a[p * rows + i]"),
    ])
}
