import FledgeCourse

extension MilestoneCard {
  static let movedDigits = MilestoneCard(
    title: "Digits that move",
    promise: """
      A network learns drawn digits from 300 images, each seen through 25 windows of a canvas: \
      your views, of one buffer. It then reads at least four of five digits that stand where no \
      window showed them. Through one window alone it cannot.
      """,
    metric: "accuracy", goal: .atLeast(0.8), needs: ["2.1", "2.2", "2.3", "2.4"],
    controls: [
      ("one-window", "all 25 windows show the same place"),
      ("mirrored", "the windows' columns run backward"),
      ("rows-of-the-window", "the windows' rows have the window's width as their stride"),
      ("shuffled-labels", "each image has another one's label"),
    ])
}
