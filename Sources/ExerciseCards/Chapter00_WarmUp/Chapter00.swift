import FledgeCourse

extension Chapter {
  static let warmUp = Chapter(
    0, "Warm-up", folder: "Chapter00_WarmUp", text: "00-warm-up.md",
    exercises: [
      .firstLine, .operators, .propertyTests, .mapZipReduce, .digitFiles, .softmaxRegression,
      .twoLayerNetwork,
      .rawPointers,
    ],
    milestone: .warmUp)
}
