import FledgeCourse

extension Chapter {
  static let tensorStorage = Chapter(
    2, "Tensor storage", folder: "Chapter02_TensorStorage", text: "02-tensor-storage.md",
    exercises: [.indexAndPosition, .broadcasting, .views, .compactAndSet, .oneLiners],
    milestone: .movedDigits)
}
