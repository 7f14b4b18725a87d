import FledgeCourse

extension Chapter {
  static let recurrent = Chapter(
    9, "Recurrent networks", folder: "Chapter09_Recurrent", text: "09-recurrent.md",
    exercises: [
      .stackAndSplit, .embeddingTable, .recurrentNetwork, .lstmNetwork, .languageModel,
      .textClassifier,
    ], milestone: .theAddingProblem)
}
