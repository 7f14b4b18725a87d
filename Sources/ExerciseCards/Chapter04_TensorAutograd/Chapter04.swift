import FledgeCourse

extension Chapter {
  static let tensorAutograd = Chapter(
    4, "Tensor autograd", folder: "Chapter04_TensorAutograd", text: "04-tensor-autograd.md",
    exercises: [
      .forwardOperations, .gradientRules, .unbroadcast, .reverseMode, .detach, .stableFunctions,
    ], milestone: .tensorSpiral)
}
