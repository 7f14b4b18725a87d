import FledgeCourse

extension MilestoneCard {
  static let leNetReadsDigits = MilestoneCard(
    title: "LeNet reads digits",
    promise: """
      Your convolution, pooling and LeNet learn 1500 drawn digits in three epochs and read 93 of 100 \
      new ones; you see what your filters look for; and your ResNet9 learns 64 coloured shapes by heart.
      """,
    metric: "accuracy", goal: .atLeast(0.93), needs: ["8.4", "8.5", "8.6", "8.7"],
    controls: [
      ("frozen-filters", "the filters stay as they were drawn, and only the linear layers learn"),
      ("shuffled-labels", "the labels are dealt out anew, so there is no rule to find"),
      ("zeroed-rate", "the learning rate is 0, so nothing moves"),
    ])
}
