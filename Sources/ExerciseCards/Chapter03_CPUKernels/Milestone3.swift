import FledgeCourse

extension MilestoneCard {
  static let ownBackend = MilestoneCard(
    title: "A network on your own backend",
    promise: """
      The network of `train-mlp`, Fledge's own modules, loss and optimizer, learns two moons on your \
      map, zip, reduce and matmul: 98 of 100 new points right, and the losses of Fledge's backend.
      """,
    metric: "accuracy", goal: .atLeast(0.98), needs: ["2.1", "3.1", "3.2", "3.3", "3.4", "3.5"],
    controls: [
      ("half-of-the-depth", "matmul ignores the second half of each sum"),
      ("sums-are-zero", "every reduction gives 0"),
      ("gradient-passes-everywhere", "the gradient of ReLU ignores where its input was negative"),
      ("shuffled-labels", "each point has another one's label"),
    ])
}
