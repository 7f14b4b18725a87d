import FledgeCore

extension Mistake {
  static let inShapes: [Mistake] = [
    Mistake("Shape: 9 axes; a tensor has at most 8") {
      _ = Tensor.zeros(Shape(Array(repeating: 1, count: 9)))
    },
    Mistake("matmul: inner dimensions differ: [32, 784] × [256, 10] (784 ≠ 256)") {
      _ = Tensor.zeros([32, 784]).matmul(Tensor.zeros([256, 10]))
    },
    Mistake(
      "matmul: shapes [2] and [5] do not broadcast: aligned at the last axis, sizes must be equal "
        + "or 1"
    ) {
      _ = Tensor.zeros([2, 3, 4]).matmul(Tensor.zeros([5, 4, 3]))
    },
    Mistake("matmul: a scalar has no product: [] × [2]") {
      _ = Tensor(1).matmul(Tensor.ones([2]))
    },
    Mistake(
      "add: shapes [2, 3] and [4, 3] do not broadcast: aligned at the last axis, sizes must be "
        + "equal or 1"
    ) {
      _ = Tensor.ones([2, 3]) + Tensor.ones([4, 3])
    },
    Mistake(
      "broadcast: shape [2, 3] does not broadcast to [3, 3]: aligned at the last axis, a size must "
        + "be equal or 1"
    ) {
      _ = Tensor.ones([2, 3]).broadcast(to: [3, 3])
    },
    Mistake("sum: axis 2 is out of range for shape [2, 3]; axes go from -2 to 1") {
      _ = Tensor.ones([2, 3]).sum(axis: 2)
    },
    Mistake("softmax: axis -3 is out of range for shape [2, 3]; axes go from -2 to 1") {
      _ = softmax(Tensor.ones([2, 3]), axis: -3)
    },
    Mistake("sum: axis 0 is named twice in [0, -2]") {
      _ = Tensor.ones([2, 3]).sum(axes: [0, -2])
    },
    Mistake("max: of no elements: shape [0, 3] over axes [0]") {
      _ = Tensor.ones([0, 3]).max(axis: 0)
    },
    Mistake("permute: [0, 0] is not an order of the 2 axes of shape [2, 3]") {
      _ = Tensor.ones([2, 3]).permuted([0, 0])
    },
    Mistake("reshape: shape [2, 3] has 6 elements, [4, 2] has 8") {
      _ = Tensor.ones([2, 3]).reshaped([4, 2])
    },
    Mistake(
      "reshape: [2, 3] does not fit into [-1, 4]: one size may be -1, and the others must divide "
        + "the 6 elements"
    ) {
      _ = Tensor.ones([2, 3]).reshaped([-1, 4])
    },
    Mistake(
      "concatenate: float32[2, 4] does not continue float32[2, 3] along axis 0: all other sizes "
        + "and the dtype must be equal"
    ) {
      _ = Tensor.concatenate([Tensor.ones([2, 3]), Tensor.ones([2, 4])])
    },
    Mistake("squeezed: axis 1 of shape [2, 3] is not of size 1") {
      _ = Tensor.ones([2, 3]).squeezed(axis: 1)
    },
    Mistake("Tensor: 3 elements do not fill the shape [2, 2], which has 4") {
      _ = Tensor([1, 2, 3] as [Float], shape: [2, 2])
    },
    Mistake("Tensor: a literal with rows of different shapes: [2] and [1]") {
      _ = Tensor([[1, 2], [3]])
    },
    Mistake("logSoftmax: needs floating-point numbers, got int64[3]; cast first") {
      _ = logSoftmax(Tensor([1, 2, 3] as [Int]))
    },
    Mistake("withElements: a float32 tensor's elements are not Double, whose dtype is float64") {
      Tensor([1.0]).withElements(of: Double.self) { _ in }
    },
    Mistake("subscript: index -4 is out of range for axis 1 of shape [2, 3]") {
      _ = Tensor.ones([2, 3])[.all, -4]
    },
    Mistake("subscript: 2 indices for the 1 axes of shape [2]") {
      _ = Tensor.ones([2])[0, 0]
    },
    Mistake("subscript: a mask of shape [3] over axes [2]") {
      _ = Tensor.ones([2])[Tensor([true, false, true])]
    },
    Mistake("indexPositions: index 2 is out of range for an axis of size 2") {
      var x = Tensor.ones([3, 2])
      x[Tensor([2] as [Int]), Tensor([2] as [Int])] = Tensor(1)
    },
    Mistake("indexPositions: index -4 is out of range for an axis of size 3") {
      _ = Tensor.ones([3, 2])[Tensor([-4] as [Int]), Tensor([0] as [Int])]
    },
    Mistake(
      "indexPositions: shapes [2] and [3] do not broadcast: aligned at the last axis, sizes must "
        + "be equal or 1"
    ) {
      _ = Tensor.ones([3, 3])[Tensor([0, 1] as [Int]), Tensor([0, 1, 2] as [Int])]
    },
    Mistake("subscript: indices must be integers, got float32[1]") {
      _ = Tensor.ones([3, 3])[Tensor([0] as [Int]), Tensor([1])]
    },
    Mistake(
      "broadcast: shape [3] does not broadcast to [2]: aligned at the last axis, a size must be "
        + "equal or 1"
    ) {
      let places = Tensor([0, 1] as [Int])
      _ = Tensor.ones([3, 3]).adding(Tensor.ones([3]), at: [places, places])
    },
    Mistake(
      "gather: indices of shape [4, 2] do not fit [3, 2]: they may be longer along axis 1 only"
    ) {
      _ = Tensor.ones([3, 2]).gather(Tensor.zeros([4, 2], dtype: .int64), axis: 1)
    },
    Mistake("remainder: the integer 7 by 0; cast to a floating type first") {
      _ = Tensor([7] as [Int]).remainder(by: 0)
    },
    Mistake("floorDivide: the integer 7 by 0; cast to a floating type first") {
      _ = Tensor([7] as [Int]).floorDivided(by: Tensor([0] as [Int]))
    },
    Mistake("bincount: -1 is not the number of a bin") {
      _ = Tensor([0, -1] as [Int]).bincount()
    },
    Mistake("quantile: fractions must be in 0…1, got [1.5]") {
      _ = Tensor.ones([3]).quantile(1.5)
    },
    Mistake("median: of no elements: shape [0] along axis 0") { _ = Tensor.ones([0]).median() },
    Mistake("diagonal: needs a matrix [*, M, N], the shape is [3]") {
      _ = Tensor.ones([3]).diagonal()
    },
    Mistake("lowerTriangle: needs a matrix [*, M, N], the shape is [3]") {
      _ = Tensor.ones([3]).lowerTriangle()
    },
    Mistake("multinomial: 2 different draws where 1 weights are positive") {
      _ = Tensor.multinomial(Tensor([0.5, 0, 0]), count: 2, replacement: false)
    },
    Mistake("randomIntegers: the range 0..<300 reaches beyond uint8") {
      _ = Tensor.randomIntegers([2], in: 0..<300, dtype: .uint8)
    },
    Mistake(
      "searchSorted: needs sorted [N], or sorted [b…, N] with values [b…, M], got [2, 3], [3]"
    ) {
      _ = Tensor.ones([2, 3]).searchSorted(Tensor.ones([3]))
    },
    Mistake("maskWrite: 3 values for the 2 places where the mask is true") {
      var x = Tensor.ones([3])
      x[Tensor([true, false, true])] = Tensor([1, 2, 3])
    },
    Mistake("indexWrite: index -4 is out of range for an axis of size 3") {
      var x = Tensor.ones([3])
      x[Tensor([0, -4] as [Int])] = Tensor(1)
    },
    Mistake(
      "broadcast: shape [3] does not broadcast to [2]: aligned at the last axis, a size must be "
        + "equal or 1"
    ) {
      var x = Tensor.ones([3, 2])
      x[0] = Tensor.ones([3])
    },
    Mistake("gather: index 5 is out of range for an axis of size 5") {
      _ = Tensor.ones([5]).gather(Tensor([0, 5] as [Int]), axis: 0)
    },
    Mistake("take: index -6 is out of range for an axis of size 5") {
      _ = Tensor.ones([5]).take(Tensor([0, -6] as [Int]))
    },
    Mistake("scatterAdd: index 5 is out of range for an axis of size 5") {
      _ = Tensor.ones([5]).scatterAdding(Tensor.ones([1]), at: Tensor([5] as [Int]), axis: 0)
    },
    Mistake("take: indices must be integers, got float32[1]") {
      _ = Tensor.ones([5]).take(Tensor([1]))
    },
    Mistake("crossEntropy: target 10 is out of range for 10 classes") {
      _ = crossEntropyLosses(Tensor.zeros([2, 10]), Tensor([3, 10] as [Int]))
    },
    Mistake("item: needs exactly one element, the shape is [2]") {
      _ = Tensor.ones([2]).item()
    },
    Mistake("integer(below:): the bound is 0, not positive") {
      _ = Generator(seed: 1).integer(below: 0)
    },
  ]
}
