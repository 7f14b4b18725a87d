import FledgeCourse

extension MilestoneCard {
  static let scalarMoons = MilestoneCard(
    title: "Two moons, number by number",
    promise: """
      Your scalars train micrograd's network (2-16-16-1, 337 parameters) on 100 points of two moons \
      for 100 steps, and every point comes out right.
      """,
    metric: "accuracy", goal: .atLeast(1), needs: ["1.2", "1.3", "1.4", "1.5", "1.7"],
    controls: [
      ("zeroed-gradient", "all gradients are 0, so nothing moves"),
      ("no-accumulation", "a number keeps only the last part of its gradient"),
      ("shuffled-labels", "the labels are shuffled, so there is no rule to find"),
      ("no-hidden-layer", "one neuron alone, which can only draw a line"),
    ])
}
