import FledgeCore
import Testing

/// A tensor is a value: nothing that is done to one variable is seen through another.
@Suite struct ValueSemanticsTests {
  @Test func `changing a copy leaves the original alone`() {
    let x = Tensor([1, 2, 3])
    var y = x
    y += 1
    expectElements(x, [1, 2, 3])
    expectElements(y, [2, 3, 4])
    y[0] = Tensor(9)
    expectElements(x, [1, 2, 3])
    expectElements(y, [9, 3, 4])
  }

  @Test func `changing a view leaves the tensor under it alone, and the other way round`() {
    var x = Tensor([[1, 2], [3, 4]])
    var row = x[1]
    var transposed = x.transposed()
    row *= 10
    transposed -= 1
    expectElements(x, [1, 2, 3, 4])
    expectElements(row, [30, 40])
    expectElements(transposed, [0, 2, 1, 3])
    let column = x[.all, 0]
    x += x
    expectElements(column, [1, 3])
    expectElements(x, [2, 4, 6, 8])
  }

  @Test func `a tensor broadcast from one element can be changed element by element`() {
    var x = Tensor([5]).broadcast(to: [3])
    x[1] = Tensor(7)
    expectElements(x, [5, 7, 5])
    var y = Tensor([1]).broadcast(to: [3])
    y += Tensor([1, 2, 3])
    expectElements(y, [2, 3, 4])
  }

  @Test func `a captured tensor does not change under a closure`() {
    var x = Tensor([1, 2])
    let read = { [x] in x.array() }
    x += 5
    #expect(read() == [1, 2])
  }

  @Test(arguments: 0..<4)
  func `a tensor that nobody else holds is changed where it lies`(operation: Int) {
    var x = Tensor.zeros([100, 3])
    let before = x.storage.pointer
    switch operation {
    case 0: x += Tensor.ones([100, 3])
    case 1: x += 1
    case 2: x -= Tensor([1, 2, 3])
    default: x *= Tensor.ones([100, 1])
    }
    #expect(x.storage.pointer == before)
  }

  @Test(arguments: 0..<5)
  func `a tensor that cannot hold the result is replaced`(operation: Int) {
    var x = Tensor.ones([1, 3])
    let before = x.storage.pointer
    var holder: Tensor?
    switch operation {
    case 0: x += Tensor.ones([2, 3])
    case 1: x += Tensor.ones([1, 3], dtype: .float64)
    case 2:
      holder = x
      x += 1
    case 3:
      holder = x.transposed()
      x += 1
    default:
      holder = x.requiringGradients()
      x += holder!
    }
    #expect(x.storage.pointer != before)
    #expect(x.sum().item() == Double(2 * x.count))
    if let holder { #expect(holder.sum().item() == 3) }
  }

  @Test func `a tensor added to itself is doubled`() {
    var x = Tensor([1, 2])
    x += x
    expectElements(x, [2, 4])
    x *= x
    expectElements(x, [4, 16])
    x -= x[0]
    expectElements(x, [0, 12])
  }
}
