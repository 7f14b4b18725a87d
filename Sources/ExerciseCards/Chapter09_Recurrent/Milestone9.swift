import FledgeCourse

extension MilestoneCard {
  static let theAddingProblem = MilestoneCard(
    title: "The adding problem",
    promise: """
      Your LSTM reads 30 numbers of which two are marked, and says their sum with a mean squared error of \
      at most 0.01; always answering 1 has 0.167. Your RNN, trained in the same way, must fail, as must an \
      LSTM whose gradients do not come through time.
      """,
    metric: "error", goal: .atMost(0.01), needs: ["9.1", "9.3", "9.4", "9.5"],
    controls: [
      ("plain-cells", "your RNN takes the place of your LSTM"),
      ("cut-at-every-step", "the state goes on from step to step, and the gradient does not"),
      ("answers-of-others", "the answers belong to other numbers, so there is no rule to find"),
    ])
}
