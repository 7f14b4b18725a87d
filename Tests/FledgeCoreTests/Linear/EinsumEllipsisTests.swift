import FledgeCore
import Testing

@Suite struct EinsumEllipsisTests {
  private func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
    Tensor.normal(shape, dtype: .float64, using: Generator(seed: seed))
  }

  private func expectClose(
    _ a: Tensor, _ b: Tensor, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isClose = a.isClose(to: b, relativeTolerance: 1e-12, absoluteTolerance: 1e-12)
    #expect(isClose, "\(a.shape) and \(b.shape)", sourceLocation: sourceLocation)
  }

  @Test func `an ellipsis stands for any number of axes, none too`() {
    for batch in [[], [2], [2, 3], [2, 3, 2, 1, 2]] as [[Int]] {
      let (a, b) = (random(Shape(batch + [3, 4]), 1), random(Shape(batch + [4, 5]), 2))
      expectClose(einsum("...ij,...jk->...ik", a, b), a.matmul(b))
      expectClose(einsum("...ij->...ji", a), a.transposed())
      expectClose(einsum("...ij -> ...", a), a.sum(axes: [-2, -1]))
      if !batch.isEmpty {
        expectClose(einsum("...ij->ij", a), a.sum(axes: Array(0..<batch.count)))
      }
    }
  }

  @Test func `axes broadcast, aligned at the last`() {
    let (a, b) = (random([2, 1, 3, 4], 1), random([5, 4, 2], 2))
    expectClose(einsum("...ij,...jk->...ik", a, b), a.matmul(b))
    let (x, y) = (random([3, 1], 3), random([4], 4))
    expectClose(einsum("...,...->...", x, y), x * y)
    let three = einsum("...i,...i,i->...", random([2, 1, 4], 5), random([3, 4], 6), y)
    expectClose(three, (random([2, 1, 4], 5) * random([3, 4], 6) * y).sum(axis: -1))
  }

  @Test func `an ellipsis may stand anywhere, and without an arrow comes first in the result`() {
    let x = random([2, 3, 4, 5], 1)
    expectClose(einsum("i...->...", x), x.sum(axis: 0))
    expectClose(einsum("A...B->B...A", x), x.permuted([3, 1, 2, 0]))
    expectClose(einsum("i...j->ij...", x), x.permuted([0, 3, 1, 2]))
    let weight = random([5, 6], 2)
    expectClose(einsum("...j,jk", x, weight), x.matmul(weight))
    expectClose(einsum("b...a", x), x.permuted([1, 2, 3, 0]))
    let square = random([2, 3, 3], 3)
    let diagonal = Tensor.stack((0..<3).map { square[.all, $0, $0] }, axis: -1)
    expectClose(einsum("...ii->...i", square), diagonal)
  }

  @Test func `gradients of what broadcasts are summed`() {
    func gradients(_ f: (Tensor, Tensor) -> Tensor) -> [Tensor] {
      valueAndGradients(at: [random([1, 3], 1), random([2, 3], 2)]) {
        f($0[0], $0[1]).square().sum()
      }.gradients
    }
    let found = gradients { einsum("...i,...i->...", $0, $1) }
    let expected = gradients { ($0 * $1).sum(axis: -1) }
    for (a, b) in zip(found, expected) { expectClose(a, b) }
  }
}
