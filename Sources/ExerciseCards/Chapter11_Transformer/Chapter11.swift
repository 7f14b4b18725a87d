import FledgeCourse

extension Chapter {
  static let transformer = Chapter(
    11, "Transformer", folder: "Chapter11_Transformer", text: "11-transformer.md",
    exercises: [
      .scaledAttention, .manyHeads, .positions, .transformerBlock, .gptModel, .sampling,
      .backwards, .belowTheBigram,
    ], milestone: .storiesOfYourOwn)
}
