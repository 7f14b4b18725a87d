import FledgeCourse

extension Chapter {
  static let scalarAutograd = Chapter(
    1, "Scalar autograd", folder: "Chapter01_ScalarAutograd", text: "01-scalar-autograd.md",
    exercises: [
      .centralDifference, .recordingScalars, .chainRule, .topologicalOrder, .backward, .graphToDOT,
      .scalarMLP,
    ], milestone: .scalarMoons)
}
