import FledgeCourse

extension Exercise {
  static let digitFiles = Exercise(
    "0.4", file: "Ex0_4_DigitFiles", title: "A reader of digit files",
    goal: """
      Read MNIST's binary files, and reject each kind of invalid file with an error that says what \
      is wrong.
      """,
    source: "needle (CMU 10-414) homework 0, parse_mnist; yann.lecun.com/exdb/mnist",
    hints: [
      "Write the layout of a file of 2 × 3 bytes on paper, byte by byte. Where do the data start?",
      """
      Go through the rules in the order of the doc comment, with one guard each. Four bytes make a \
      number: start with 0 and, for each byte, shift what is there eight bits up and put the byte \
      below.
      """,
      """
      The data start after the magic number and four bytes for each dimension; check that the file \
      is that long before you take a slice. Multiply with `multipliedReportingOverflow(by:)`, \
      which returns the product and whether it overflowed. Compare the number of bytes after the \
      header with the product.
      """,
    ],
    mutants: [
      Mutant(
        "little-endian", hint: "The highest byte of a size comes first, not last.",
        replace: "for byte in bytes[offset..<offset + 4] {",
        with: "for byte in bytes[offset..<offset + 4].reversed() {"),
      Mutant(
        "accepts-too-many", hint: "A file with bytes after its data is invalid, too.",
        replace: "bytes.count - start == announced", with: "bytes.count - start >= announced"),
      Mutant(
        "multiplies-blindly",
        hint: "Somebody wrote three large sizes into the header, and the program stopped.",
        replace: "announced.multipliedReportingOverflow(by: size)",
        with: "(announced * size, false)"),
      Mutant(
        "trusts-the-header-size",
        hint: "The file ended before the dimensions that it announces, and the program stopped.",
        replace: "guard bytes.count >= start else { throw .headerCutOff(bytes: bytes.count) }",
        with: ""),
      Mutant(
        "divides-by-256", hint: "The brightest pixel, 255, must become 1.",
        replace: "Double($0) / 255", with: "Double($0) / 256"),
      Mutant(
        "scales-each-set-by-its-brightest",
        hint: "255 is the brightest there can be, not the brightest in this file.",
        edits: [
          (
            "images = Matrix(",
            "let brightest = imageFile.elements.max() ?? 1\n    images = Matrix("
          ),
          ("Double($0) / 255", "Double($0) / Double(brightest)"),
        ]),
      Mutant(
        "counts-before-dimensions",
        hint: """
          The counts were compared before the labels had been found to be a list at all. The \
          order of the rules is part of the promise.
          """,
        replace: """
          guard labelFile.dimensions.count == 1 else {
          throw .dimensionCount(expected: 1, found: labelFile.dimensions.count)
          }
          let count = imageFile.dimensions[0]
          guard count == labelFile.dimensions[0] else {
          throw .unequalCounts(images: count, labels: labelFile.dimensions[0])
          }
          """,
        with: """
          let count = imageFile.dimensions[0]
          guard count == labelFile.dimensions.first ?? 0 else {
          throw .unequalCounts(images: count, labels: labelFile.dimensions.first ?? 0)
          }
          guard labelFile.dimensions.count == 1 else {
          throw .dimensionCount(expected: 1, found: labelFile.dimensions.count)
          }
          """),
      Mutant(
        "names-the-last-wrong-label",
        hint: """
          Several labels are no digits, and the last of them was named: it is the first one that \
          is wanted.
          """,
        replace: "in labelFile.elements.enumerated() where label > 9",
        with: "in labelFile.elements.enumerated().reversed() where label > 9"),
    ])
}
