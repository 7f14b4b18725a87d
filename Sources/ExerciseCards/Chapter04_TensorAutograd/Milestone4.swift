import FledgeCourse

extension MilestoneCard {
  static let tensorSpiral = MilestoneCard(
    title: "Two spiral arms on your own engine",
    promise: """
      A network of two hidden layers tells two spiral arms apart: every operation in it is yours, and \
      so is the reverse mode that trains it. At least 95 of 100 new points come out right.
      """,
    metric: "accuracy", goal: .atLeast(0.95),
    needs: ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6"],
    controls: [
      ("zeroed-gradient", "all gradients are 0, so nothing moves"),
      ("frozen-layers", "the hidden layers stay as they were drawn"),
      ("shuffled-labels", "each point has another one's label"),
    ])
}
