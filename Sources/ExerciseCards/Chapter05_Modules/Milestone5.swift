import FledgeCourse

extension MilestoneCard {
  static let readDigits = MilestoneCard(
    title: "Digits, read by your modules",
    promise: """
      A network of your layers, norms and dropout, initialized by your weights and trained on your \
      loss, reads at least nine of ten drawn digits that it has not seen. Fledge's AdamW steps \
      through the groups that your module tree makes.
      """,
    metric: "accuracy", goal: .atLeast(0.9),
    needs: ["5.1", "5.2", "5.3", "5.4", "5.5", "5.6"],
    controls: [
      ("zeroed-gradient", "all gradients are forgotten before the step"),
      ("frozen-layers", "all layers but the last stay as they were drawn"),
      ("shuffled-labels", "each image has another one's label"),
    ])
}
