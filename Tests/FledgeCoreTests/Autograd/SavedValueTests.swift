import FledgeCore
import Testing

/// What the graph has saved belongs to the graph: whatever is done to the variable afterwards, the
/// gradient is the one of the value that was saved.
@Suite struct SavedValueTests {
  static let start = [1.0, 2, 3]
  /// d(x²)/dx
  static let expected = [2.0, 4, 6]

  /// The gradient of Σ x² where `change` was done to x between the passes.
  private func gradient(_ change: (inout Tensor) -> Void) -> Tensor? {
    let leaf = Tensor.doubles(Self.start).requiringGradients()
    var x = leaf * 1
    let y = x.square().sum()
    change(&x)
    y.backward()
    return leaf.grad
  }

  @Test func `adding to a saved tensor leaves its gradient alone`() {
    expectElements(gradient { $0 += Tensor.doubles([10, 10, 10]) }, Self.expected)
    expectElements(gradient { $0 *= 3 }, Self.expected)
    expectElements(gradient { x in withoutGradients { x -= 5 } }, Self.expected)
  }

  @Test func `adding to a detached saved tensor leaves its gradient alone`() {
    expectElements(
      gradient { x in
        x = x.detached()
        x += Tensor.doubles([10, 10, 10])
      }, Self.expected)
  }

  @Test func `writing elements of a saved tensor leaves its gradient alone`() {
    expectElements(gradient { $0[0] = Tensor(99, dtype: .float64) }, Self.expected)
    expectElements(
      gradient { x in withoutGradients { x[1...] = Tensor.doubles([7, 8]) } }, Self.expected)
  }

  @Test func `writing through a view leaves the gradient alone`() {
    expectElements(
      gradient { x in
        var view = x.detached().reshaped([3, 1])
        view += Tensor.doubles([1, 1, 1], [3, 1])
        var flipped = x.flipped(axis: 0).detached()
        flipped[0] = Tensor(50, dtype: .float64)
      }, Self.expected)
  }

  @Test func `a saved output is as safe as a saved input`() {
    let leaf = Tensor.doubles([0, 1]).requiringGradients()
    var y = leaf.exp()
    let sum = y.sum()
    y = y.detached()
    y *= 100
    sum.backward()
    expectElements(leaf.grad, [1, 2.718281828459045], within: 1e-12)
  }

  @Test func `a leaf changed in place after the forward pass keeps the old gradient`() {
    var leaf = Tensor.doubles(Self.start).requiringGradients()
    let y = leaf.square().sum()
    leaf.updateLeaf { $0 += Tensor.doubles([100, 100, 100]) }
    y.backward()
    expectElements(leaf, [101, 102, 103])
    expectElements(leaf.grad, Self.expected)
  }

  @Test func `the operand of an operation can be changed after it`() {
    let leaf = Tensor.doubles([2]).requiringGradients()
    var factor = Tensor.doubles([5])
    let y = (leaf * factor).sum()
    factor += Tensor.doubles([1])
    y.backward()
    expectElements(leaf.grad, [5])
  }

  @Test func `the value handed to an accumulated gradient is not shared with it`() {
    let leaf = Tensor.doubles([1, 1]).requiringGradients()
    var dy = Tensor.doubles([3, 4])
    (leaf * 1).backward(gradient: dy)
    let first = leaf.grad
    dy += Tensor.doubles([100, 100])
    (leaf * 1).backward(gradient: Tensor.doubles([1, 1]))
    expectElements(first, [3, 4])
    expectElements(leaf.grad, [4, 5])
  }
}
