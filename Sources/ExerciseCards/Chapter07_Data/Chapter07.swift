import FledgeCourse

extension Chapter {
  static let data = Chapter(
    7, "Data", folder: "Chapter07_Data", text: "07-data.md",
    exercises: [.batchLoader, .flipAndCrop, .corpora, .prefetchThread],
    milestone: .digitsThatWereMoved)
}
