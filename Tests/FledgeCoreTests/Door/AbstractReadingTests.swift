import FledgeCore
import Testing

/// Functions that look as if they had to read elements, on tensors without any.
@Suite struct AbstractReadingTests {
  static let cases: [(name: String, shape: Shape, make: @Sendable (Tensor) -> Tensor)] = [
    ("take", [3, 3], { $0.take(Tensor([0, -1, -4] as [Int])) }),
    ("take along the last axis", [4, 2], { $0.take(Tensor([-1, 0] as [Int]), axis: -1) }),
    ("gather", [1, 3], { $0.gather(Tensor([[-1, 0, -4]]).cast(to: .int64), axis: 0) }),
    (
      "scatterAdding", [4, 3],
      {
        $0.scatterAdding(Tensor.ones([1, 3]), at: Tensor([[-1, 0, 1]]).cast(to: .int64), axis: 0)
      }
    ),
    ("a subscript with indices", [2, 3], { $0[Tensor([-1, 0] as [Int])] }),
    (
      "a subscript with several tensors", [2, 5],
      { x in
        let columns = Tensor.zeros([5], dtype: .int64)
        return x[Tensor.zeros([2, 1], dtype: .int64), columns]
      }
    ),
    (
      "adding at indices", [4, 3],
      { $0.adding(Tensor(1), at: [Tensor([-1, 0] as [Int]), Tensor([0, 0] as [Int])]) }
    ),
    (
      "scattering", [4, 3],
      { $0.scattering(1, at: Tensor([[0, -1]]).cast(to: .int64), axis: 0) }
    ),
    ("sorted", [4, 3], { $0.sorted().values }),
    ("median", [4], { $0.median(axis: 1).values }),
    ("quantiles", [2, 3], { $0.quantiles([0.1, 0.9], axis: 0) }),
    ("searchSorted", [2], { $0[.all, 0].searchSorted(Tensor([1, 2])) }),
    ("cumulativeProduct", [4, 3], { $0.cumulativeProduct(axis: 0) }),
    ("diagonal", [2], { $0.diagonal(offset: 1) }),
    ("diagonalMatrix", [4, 5, 5], { $0.diagonalMatrix(offset: -2) }),
    ("rolled", [4, 3], { $0.rolled(by: 5) }),
    ("argsorted", [4, 3], { $0.argsorted(axis: 0) }),
    ("topK", [4, 2], { $0.topK(2).values }),
    ("where", [4, 3], { Tensor.where($0 .> 0, $0, -$0) }),
    ("masked", [4, 3], { $0.masked(where: $0 .> 0, with: 1) }),
    ("einsum", [3, 3], { einsum("ij,ik->jk", $0, $0) }),
    ("lowerTriangle", [4, 3], { $0.lowerTriangle() }),
    ("padded", [6, 3], { $0.padded([(1, 1), (0, 0)], value: 2) }),
    ("padded by reflection", [6, 3], { $0.padded([(1, 1), (0, 0)], mode: .reflect) }),
    ("argmax as one-hot", [4, 3], { Tensor.oneHot($0.argmax(axis: 1), classes: 3) }),
    ("multinomial", [4, 7], { Tensor.multinomial($0, count: 7) }),
    ("different draws", [4, 2], { Tensor.multinomial($0, count: 2, replacement: false) }),
    ("writing a row", [4, 3], { x in with(x) { $0[-1] = Tensor([1, 2, 3]) } }),
    ("writing a column", [4, 3], { x in with(x) { $0[.all, 1] = x[.all, 0] } }),
    ("writing at indices", [4, 3], { x in with(x) { $0[Tensor([-1, 1] as [Int])] = Tensor(1) } }),
    (
      "writing at several tensors", [4, 3],
      { x in with(x) { $0[Tensor([-1, 1] as [Int]), Tensor([0, 2] as [Int])] = Tensor(1) } }
    ),
    ("writing where a mask is true", [4, 3], { x in with(x) { $0[x .> 0] = Tensor(1) } }),
    (
      "writing values where a mask is true", [4, 3],
      { x in
        with(x) { $0[x[.all, 0] .> 0] = Tensor.ones([2, 3]) }
      }
    ),
  ]

  private static func with(_ x: Tensor, _ change: (inout Tensor) -> Void) -> Tensor {
    var x = x
    change(&x)
    return x
  }

  @Test(arguments: cases.indices)
  func `only shapes are asked for`(index: Int) {
    let (name, shape, make) = Self.cases[index]
    let type = TensorType(shape: [4, 3], dtype: .float32)
    let outside = make(Tensor(abstract: type))
    #expect(outside.isAbstract && outside.shape == shape, "\(name) of an abstract tensor")
    let inside = withAbstractTensors { make(Tensor.zeros([4, 3])) }
    #expect(inside.isAbstract && inside.shape == shape, "\(name) in an abstract scope")
  }

  @Test func `a write to an abstract tensor has gradients of the right shapes`() {
    withAbstractTensors {
      let x = Tensor.zeros([4, 3]).requiringGradients()
      let values = Tensor.zeros([2, 3]).requiringGradients()
      var y = x * 1
      y[Tensor([0, 0] as [Int])] = values
      y[1..<3] = values
      y[y[.all, 0] .> 0] = values
      y.sum().backward()
      #expect(x.grad?.shape == [4, 3] && values.grad?.shape == [2, 3])
    }
  }

  @Test func `a permutation of an abstract scope draws nothing`() {
    let generator = Generator(seed: 3)
    let before = generator.state
    withAbstractTensors {
      #expect(Tensor.permutation(5, using: generator).shape == [5])
      #expect(Tensor.multinomial(Tensor.ones([3]), count: 2, using: generator).shape == [2])
    }
    #expect(generator.state == before)
  }

  @Test func `an abstract tensor is printed by its type`() {
    let x = Tensor(abstract: TensorType(shape: [2, 3], dtype: .int64))
    #expect(x.description == "abstract int64[2, 3]")
  }

  // In a function of its own, since the place of a macro's body is not in this file.
  private static func pickByMask() {
    let x = Tensor(abstract: TensorType(shape: [2, 3], dtype: .float32))
    _ = x[x .> 0]
  }

  @Test func `picking by a mask says why it cannot be, and what to do`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.pickByMask()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains("nonzeroPositions: how many elements are not zero depends on the elements"))
    #expect(text.contains("bool[2, 3] is abstract"))
    #expect(text.contains("Tensor.where(mask, a, b)"))
  }

  @Test func `comparing abstract tensors traps and names the comparison`() async {
    for isExact in [true, false] {
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        [isExact = isExact as Bool] in
        let x = Tensor(abstract: TensorType(shape: [2], dtype: .float32))
        _ = isExact ? x.isIdentical(to: x) : Tensor.zeros([2]).isClose(to: x)
      }
      let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(text.contains("\(isExact ? "isIdentical" : "isClose"): asks for the elements"))
    }
  }
}
