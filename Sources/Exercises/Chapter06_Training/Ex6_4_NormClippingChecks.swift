import FledgeCore
import FledgeCourse
import FledgeNN

let checks6_4: [Check] = [
  Check("the norm is that of all gradients together") { c in
    let model = TwoTensors()
    c.trying("gradients [3, 0] and [[4], [12]]") {
      c.expect(clipNorm(of: model.parameters(), to: 1000), near: 13, "the norm")
    }
  },
  Check("short gradients stay as they are") { c in
    let model = TwoTensors()
    c.trying("gradients [3, 0] and [[4], [12]] of norm 13, maximum 20") {
      c.expect(clipNorm(of: model.parameters(), to: 20), near: 13, "the norm")
      c.expect(model.gradients, near: [3, 0, 4, 12], "the gradients")
    }
  },
  Check("long gradients are scaled to the maximum, all by the same factor") { c in
    let model = TwoTensors()
    clipNorm(of: model.parameters(), to: 6.5)
    c.trying("gradients [3, 0] and [[4], [12]] of norm 13, maximum 6.5") {
      c.expect(model.gradients, near: [1.5, 0, 2, 6], "the gradients")
    }
  },
  Check("also where all numbers are small") { c in
    let model = TwoTensors()
    model.$first.grad = [3e-6, 0]
    model.$second.grad = [[4e-6], [12e-6]]
    clipNorm(of: model.parameters(), to: 6.5e-6)
    c.trying("gradients [3, 0] and [[4], [12]], all of them millionths, maximum 6.5 millionths") {
      c.expect(
        model.gradients.map { $0 * 1e6 }, near: [1.5, 0, 2, 6], tolerance: 1e-5,
        "the gradients in millionths")
    }
  },
  Check("the norm that is returned is the one before scaling") { c in
    let model = TwoTensors()
    c.trying("gradients [3, 0] and [[4], [12]], maximum 1") {
      c.expect(clipNorm(of: model.parameters(), to: 1), near: 13, "the norm returned")
      let squares = model.gradients.map { $0 * $0 }.reduce(0, +)
      c.expect(squares.squareRoot(), near: 1, "the norm of the gradients now")
    }
  },
  Check("parameters without a gradient are left alone") { c in
    let model = TwoTensors()
    model.$second.grad = nil
    c.trying("gradients [3, 0] and none, maximum 1.5") {
      c.expect(clipNorm(of: model.parameters(), to: 1.5), near: 3, "the norm")
      c.expect(model.gradients, near: [1.5, 0], "the gradient that there is")
      c.expect(model.second.grad == nil, "the other parameter has none still")
    }
  },
  Check("a gradient that is not a number stops nothing and scales nothing") { c in
    let model = TwoTensors()
    model.$first.grad = Tensor([Float.nan, 0])
    c.trying("gradients [nan, 0] and [[4], [12]], maximum 1") {
      c.expect(clipNorm(of: model.parameters(), to: 1).isNaN, "the norm is not a number")
      c.expect(
        model.$second.grad!.array(of: Double.self), near: [4, 12], "the other gradient")
    }
  },
  Check("random gradients keep their direction") { c in
    c.forRandomCases(10) { generator in
      let model = TwoTensors()
      model.$first.grad = .normal([2], using: generator)
      model.$second.grad = .normal([2, 1], using: generator)
      let before = model.gradients
      let norm = before.map { $0 * $0 }.reduce(0, +).squareRoot()
      clipNorm(of: model.parameters(), to: 0.5)
      c.trying("gradients of norm \(norm), maximum 0.5") {
        c.expect(
          model.gradients, near: before.map { $0 * min(1, 0.5 / norm) }, tolerance: 1e-5,
          "the gradients")
      }
    }
  },
]

/// Parameters of shapes [2] and [2, 1], with gradients [3, 0] and [[4], [12]].
private final class TwoTensors: Module {
  @Parameter var first: Tensor = [0, 0]
  @Parameter var second: Tensor = [[0], [0]]

  override init() {
    super.init()
    $first.grad = [3, 0]
    $second.grad = [[4], [12]]
  }

  /// The elements of all gradients.
  var gradients: [Double] {
    parameters().compactMap(\.grad).flatMap { $0.array(of: Double.self) }
  }
}
