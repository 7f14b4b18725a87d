import FledgeCourse

extension Chapter {
  static let vision = Chapter(
    8, "Vision", folder: "Chapter08_Vision", text: "08-vision.md",
    exercises: [
      .convolution1D, .convolution2D, .imageColumns, .convolutionGradients, .pooling, .leNet,
      .resNet9,
    ], milestone: .leNetReadsDigits)
}
