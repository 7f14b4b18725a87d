import FledgeCourse

extension Chapter {
  static let training = Chapter(
    6, "Training", folder: "Chapter06_Training", text: "06-training.md",
    exercises: [
      .momentumSGD, .adamOptimizer, .warmUpCosine, .normClipping, .trainingCheckpoint,
      .trainerAndMLPResNet,
    ], milestone: .digitsTwice)
}
