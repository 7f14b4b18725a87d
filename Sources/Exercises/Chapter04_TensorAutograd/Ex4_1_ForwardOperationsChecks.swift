import FledgeCore
import FledgeCourse
import Foundation

let checks4_1: [Check] = [
  Check("arithmetic goes element by element") { c in
    let (a, b) = (Tensor([[6, -4, 9]]), Tensor([[3, 2, -2]]))
    c.expect(My.add(a, b), near: Tensor([[9, -2, 7]]), "[6, −4, 9] + [3, 2, −2]")
    c.expect(My.divide(a, b), near: Tensor([[2, -2, -4.5]]), "[6, −4, 9] / [3, 2, −2]")
    c.expect(My.subtract(a, b), near: Tensor([[3, -6, 11]]), "a + (−b)")
  },
  Check("exp and log undo each other") { c in
    let x = Tensor([-2, 0, 0.5, 3])
    c.expect(
      My.exp(x), near: Tensor([0.1353353, 1, 1.6487213, 20.0855369]), "e to −2, 0, 0.5, 3")
    c.expect(My.log(Tensor([1, 2.7182818])), near: Tensor([0, 1]), "ln 1 and ln e")
    c.expect(My.log(My.exp(x)), near: x, "ln eˣ")
    c.expect(
      My.exp(Tensor([20] as [Double])).item(), near: 485165195.40979, tolerance: 1e-12,
      "e²⁰ in float64")
  },
  Check("relu keeps what is positive, and NaN") { c in
    c.expect(My.relu(Tensor([-3, -0.5, 0, 2])), near: Tensor([0, 0, 0, 2]), "of −3, −½, 0, 2")
    c.expect(
      My.relu(Tensor([Double.nan])).item().isNaN,
      "relu of NaN is NaN: a 0 would hide where it came from")
    c.expect(
      My.relu(Tensor([-.infinity, .infinity] as [Float])), near: Tensor([0, .infinity] as [Float]),
      "relu of −∞ and ∞")
  },
  Check("nothing is guarded: what is infinite comes out infinite") { c in
    c.expect(
      My.divide(Tensor([1, -1, 0]), Tensor([0, 0, 0])),
      near: Tensor([.infinity, -.infinity, .nan] as [Float]), "1, −1 and 0 divided by 0")
    c.expect(
      My.log(Tensor([0, -1])), near: Tensor([-.infinity, .nan] as [Float]), "ln 0 and ln −1")
  },
  Check("operations read views by their strides") { c in
    let x = Tensor([[1, 2, 3], [4, 5, 6]])
    c.expect(
      My.negate(x.transposed()), near: Tensor([[-1, -4], [-2, -5], [-3, -6]]),
      "negate of a transposed view")
    c.expect(
      My.add(x.sliced(axis: 1, from: 1, count: 2), Tensor([[10, 20], [30, 40]])),
      near: Tensor([[12, 23], [35, 46]]), "a slice plus a matrix")
  },
  Check("two axes change places without a copy") { c in
    let x = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
    for (first, second) in [(0, 1), (1, 2), (0, 2), (-1, 0)] {
      c.trying("axes \(first) and \(second) of [2, 3, 4]") {
        let y = My.swapAxes(x, first, second)
        c.expect(y, near: x.transposed(first, second), "the exchanged tensor")
        c.expect(y.storage === x.storage, "the buffer is shared: only strides change")
      }
    }
  },
  Check("sums drop their axes, or keep them at size 1") { c in
    let x = Tensor([[[1, 2], [3, 4], [5, 6]]])
    let cases: [([Int]?, Bool, Tensor)] = [
      ([0], false, Tensor([[1, 2], [3, 4], [5, 6]])), ([1], false, Tensor([[9, 12]])),
      ([1], true, Tensor([[[9, 12]]])), ([0, 2], false, Tensor([3, 7, 11])),
      ([-1], true, Tensor([[[3], [7], [11]]])), (nil, false, Tensor(21)),
    ]
    for (axes, keeps, expected) in cases {
      c.trying("x of shape [1, 3, 2], axes \(axes.map { "\($0)" } ?? "all"), keepsAxes \(keeps)") {
        c.expect(My.sum(x, axes: axes, keepsAxes: keeps), near: expected, "Σ x")
      }
    }
  },
  Check("a mean divides by the number of elements that it is of") { c in
    let x = Tensor([[1, 2, 3], [5, 7, 12]])
    c.expect(My.mean(x), near: Tensor(5), "over all six")
    c.expect(My.mean(x, axes: [1]), near: Tensor([2, 8]), "over the last axis")
  },
  Check("broadcasting repeats without a copy") { c in
    let column = Tensor([[1], [2], [3]])
    let y = My.broadcast(column, to: [2, 3, 2])
    c.expect(
      y, near: Tensor([[[1, 1], [2, 2], [3, 3]], [[1, 1], [2, 2], [3, 3]]]), "[3, 1] → [2, 3, 2]")
    c.expect(y.storage === column.storage, "the buffer of 3 elements is shared")
    c.expect(
      My.add(Tensor([[1, 2, 3], [4, 5, 6]]), Tensor([10, 20, 30])),
      near: Tensor([[11, 22, 33], [14, 25, 36]]), "a bias [3] on rows [2, 3]")
    c.expect(
      My.multiply(column, Tensor([1, 10])), near: Tensor([[1, 10], [2, 20], [3, 30]]),
      "[3, 1] times [2] is an outer product")
  },
  Check("products of matrices") { c in
    let (a, b) = (Tensor([[1, 2, 3], [4, 5, 6]]), Tensor([[1, 0], [2, -1], [0, 3]]))
    c.expect(My.matmul(a, b), near: Tensor([[5, 7], [14, 13]]), "[2, 3] × [3, 2]")
    c.expect(
      My.matmul(a, a.transposed()), near: Tensor([[14, 32], [32, 77]]), "a aᵀ, a view to the right")
  },
  Check("shape rules answer without computing") { c in
    func type(_ shape: Shape, _ dtype: DType = .float32) -> TensorType {
      TensorType(shape: shape, dtype: dtype)
    }
    c.expect(
      My.Sum(axes: [0, 2]).outputTypes(of: [type([7, 8, 9])]), equals: [type([8])],
      "the sum over axes 0 and 2 of [7, 8, 9]")
    c.expect(
      My.SwapAxes(first: 0, second: 2).outputTypes(of: [type([7, 8, 9])]),
      equals: [type([9, 8, 7])], "axes 0 and 2 of [7, 8, 9] exchanged")
    c.expect(
      My.MatMul().outputTypes(of: [type([6, 1, 2, 3]), type([5, 3, 4])]),
      equals: [type([6, 5, 2, 4])], "[6, 1, 2, 3] × [5, 3, 4]")
    let matrix = type([2, 2], .float64)
    c.expect(
      My.Sum(axes: [0]).outputTypes(of: [matrix]), equals: [type([2], .float64)],
      "the sum over axis 0 of [2, 2] in float64")
    c.expect(
      My.SwapAxes(first: 0, second: 1).outputTypes(of: [matrix]), equals: [matrix],
      "the axes of [2, 2] in float64 exchanged")
    c.expect(
      My.MatMul().outputTypes(of: [matrix, matrix]), equals: [matrix], "[2, 2] × [2, 2] in float64")
  },
  Check("batches of matrices broadcast") { c in
    let generator = Generator(seed: 4)
    for (a, b) in [
      ([4, 2, 3], [4, 3, 5]), ([4, 2, 3], [3, 5]), ([2, 3], [4, 3, 5]), ([2, 1, 3, 2], [4, 2, 3]),
    ] as [(Shape, Shape)] {
      c.trying("\(a) × \(b)") {
        let left = Tensor.uniform(a, in: -1...1, using: generator)
        let right = Tensor.uniform(b, in: -1...1, using: generator)
        c.expect(My.matmul(left, right), near: left.matmul(right), "the product")
      }
    }
  },
  Check("the framework sees your operations and nothing inside them") { c in
    let x = Tensor([[1, 2], [3, 4]]).requiringGradients()
    let (y, names) = operationNames { My.mean(My.relu(My.add(My.matmul(x, x), Tensor([1, 2])))) }
    c.expect(
      names,
      equals: [
        "my.matmul", "my.broadcast", "my.add", "my.relu", "my.sum", "my.multiply",
      ], "what passes `apply`")
    var chain: [String] = []
    var node = y.graphNode
    while let place = node, !place.isLeaf {
      chain.append(place.name)
      node = place.inputs[0]
    }
    c.expect(
      chain, equals: ["my.multiply", "my.sum", "my.relu", "my.add", "my.matmul"],
      "the graph from the mean back to x")
  },
]
