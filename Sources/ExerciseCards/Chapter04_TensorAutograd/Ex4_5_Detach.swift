import FledgeCourse

extension Exercise {
  static let detach = Exercise(
    "4.5", file: "Ex4_5_Detach", title: "Detach, and no gradients",
    goal: """
      Keep out of the graph what will not be differentiated: evaluation, steps, running means, \
      averages, rounding. Count live nodes to see that nothing grows.
      """,
    source: "needle homework 2 (memory of optimizers); Bengio et al. 2013",
    hints: [
      """
      Whatever is computed from a leaf has a graph, and holds it. For each of the five ask: will \
      anyone differentiate this? If not, it must not know where it came from.
      """,
      """
      Two tools: a scope in which nothing is recorded, for whole computations, and a copy without a \
      place in the graph, for one tensor. A stepped parameter needs one thing more: to be a leaf again.
      """,
      """
      For the straight-through estimator look for a constant c with x + c = f(x). The sum then has \
      the value of f and, c being a constant, the gradient of x.
      """,
    ],
    mutants: [
      Mutant(
        "step-stays-in-the-graph",
        hint: """
          The new parameter is not a leaf but the result of a subtraction: it holds the graph of the \
          step before, which holds the one before that. This is the leak that ends a night's training.
          """,
        replace: """
            withoutGradients {
              zip(parameters, gradients).map { ($0 - $1 * learningRate).requiringGradients() }
            }
          """,
        with: """
              zip(parameters, gradients).map { $0 - $1 * learningRate }
          """),
      Mutant(
        "stepped-to-a-constant",
        hint: "The step left a constant behind: the next loss will not depend on any parameter.",
        replace: "($0 - $1 * learningRate).requiringGradients()",
        with: "$0 - $1 * learningRate"),
      Mutant(
        "losses-with-their-history",
        hint: """
          Each loss that was added brought its whole graph along, and the sum keeps them all: memory \
          grows with every step of the epoch.
          """,
        replace: "loss.detached()", with: "loss"),
      Mutant(
        "average-in-the-graph",
        hint: "The average was recorded: it would be trained along with what it only watches.",
        replace: """
            withoutGradients {
              zip(average, parameters).map { $0 * decay + $1 * (1 - decay) }
            }
          """,
        with: """
              zip(average, parameters).map { $0 * decay + $1 * (1 - decay) }
          """),
      Mutant(
        "cuts-everything",
        hint:
          "The value is right, but x gets no gradient at all: too much was taken out of the graph.",
        replace: "x + (f(x) - x).detached()", with: "f(x).detached()"),
      Mutant(
        "keeps-the-slope-of-f",
        hint: "The gradient of f came through as well; it was to be that of x alone.",
        replace: "x + (f(x) - x).detached()", with: "x + f(x) - x.detached()"),
      Mutant(
        "waits-for-the-number",
        hint: """
          The loss was read as a number, and each step waits for it. Take its graph away and leave the \
          tensor where it is.
          """,
        replace: "loss.detached()", with: "Tensor(loss.item())"),
      Mutant(
        "cuts-the-parameters-only",
        hint: """
          An average that begins as the parameters themselves has a place in their graph: it was recorded, \
          though the parameters were cut out.
          """,
        replace: """
            withoutGradients {
              zip(average, parameters).map { $0 * decay + $1 * (1 - decay) }
            }
          """,
        with: """
              zip(average, parameters).map { $0 * decay + $1.detached() * (1 - decay) }
          """),
    ])
}
