import FledgeCourse

extension MilestoneCard {
  static let warmUp = MilestoneCard(
    title: "A network reads digits",
    promise: """
      Your reader, your gradients and your pointers train a network of two layers on 2000 drawn \
      digits; it must name 93 of 100 that it has not seen. Set FLEDGE_MNIST to the folder of the \
      MNIST files to train on them instead. Softmax regression is trained beside it.
      """,
    metric: "accuracy", goal: .atLeast(0.93),
    needs: ["0.4", "0.5", "0.6", "0.7"],
    controls: [
      ("shuffled-labels", "every digit gets another one's label: there is nothing to learn"),
      ("zeroed-gradient", "the learning rate is 0: the weights stay as they were drawn"),
      ("one-layer", "softmax regression on the same digits: no hidden layer"),
    ])
}
