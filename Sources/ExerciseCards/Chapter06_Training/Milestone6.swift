import FledgeCourse

extension MilestoneCard {
  static let digitsTwice = MilestoneCard(
    title: "Digits, stopped and resumed",
    promise: """
      Your AdamW, schedule, clipping and loop train an MLP-ResNet on drawn digits; the run is saved \
      half way and taken up again in a new model, ends with the same bits as the one that was never \
      stopped, and reads 95 of 100 new digits.
      """,
    metric: "accuracy", goal: .atLeast(0.95), needs: ["6.1", "6.2", "6.3", "6.4", "6.5", "6.6"],
    controls: [
      ("zeroed-rate", "the learning rate is 0, so nothing moves"),
      ("shuffled-labels", "the labels are dealt out anew, so there is no rule to find"),
      ("forgets-the-optimizer", "the resumed run begins with an optimizer that remembers nothing"),
      ("forgets-the-generator", "the resumed run draws other batches"),
    ])
}
