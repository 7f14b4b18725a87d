import FledgeCourse

extension MilestoneCard {
  static let digitsThatWereMoved = MilestoneCard(
    title: "Digits that were moved",
    promise: """
      Your thread, loader and augmentation feed train-mlp's network: it reads 92 of 100 new digits that \
      stand somewhere else than those it learned from; and a run that is taken up in the middle of an \
      epoch, by another loader and without the thread, has the same losses to the last bit.
      """,
    metric: "accuracy", goal: .atLeast(0.92), needs: ["7.1", "7.2", "7.4"],
    controls: [
      ("never-moved", "the training images stay where they are"),
      ("shuffled-labels", "the labels are dealt out anew, so there is no rule to find"),
      ("forgets-the-position", "the resumed run begins its epoch again"),
    ])
}
