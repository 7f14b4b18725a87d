import FledgeCore
import Foundation
import Testing

/// Graphs that would overflow the stack, or count wrongly, if the passes were careless.
@Suite struct GraphShapeTests {
  /// x → x·1 → … forward, backward, and freed; the gradient of the sum with respect to x.
  private static func chain(_ length: Int, backward: Bool = true) -> [Double] {
    let x = Tensor.doubles([1, 2]).requiringGradients()
    var y = x
    for _ in 0..<length { y = -y }
    if backward { y.sum().backward() }
    return x.grad?.array(of: Double.self) ?? []
  }

  @Test func `a chain of a million operations is differentiated and freed`() {
    #expect(Self.chain(1_000_001) == [-1, -1])
  }

  @Test func `a chain of 200,000 operations needs no more than a small stack`() async {
    let gradients: [[Double]] = await withCheckedContinuation { continuation in
      let thread = Thread {
        continuation.resume(
          returning: [Self.chain(200_000), Self.chain(200_000, backward: false)])
      }
      thread.stackSize = 256 << 10
      thread.start()
    }
    #expect(gradients == [[1, 1], []])
  }

  @Test func `a chain of 20,000 checkpoints is freed on a small stack`() async {
    /// Each takes what came before as its input, or captures it.
    @Sendable func chain(captures: Bool) -> Double {
      let x = Tensor.doubles([2]).requiringGradients()
      let constant = Tensor.doubles([0])
      var y = x
      for _ in 0..<20_000 {
        let before = y
        y = captures ? checkpoint(constant) { before - $0 } : checkpoint(before) { -$0 }
      }
      return y.item()
    }
    let ends: [Double] = await withCheckedContinuation { continuation in
      let thread = Thread {
        continuation.resume(returning: [chain(captures: false), chain(captures: true)])
      }
      thread.stackSize = 256 << 10
      thread.start()
    }
    #expect(ends == [2, 2])
  }

  @Test func `a chain through a recorded gradient is freed without recursion`() {
    let x = Tensor.doubles([1]).requiringGradients()
    var y = x
    for _ in 0..<50_000 { y = y * 1 }
    let first = gradients(of: y.square(), withRespectTo: [x], createGraph: true)[0]
    let second = gradients(of: first, withRespectTo: [x])[0]
    expectElements(second, [2])
  }

  @Test func `a tensor used 10,000 times gets every contribution`() {
    let x = Tensor.doubles([1, -1]).requiringGradients()
    var total = Tensor.doubles([0, 0])
    for i in 1...10_000 { total = total + x * Double(i) }
    total.sum().backward()
    expectElements(x.grad, [50_005_000, 50_005_000], within: 0)
  }

  @Test func `10,000 leaves under one node each get their own gradient`() {
    let leaves = (0..<10_000).map { Tensor.doubles([Double($0)]).requiringGradients() }
    Tensor.concatenate(leaves).square().sum().backward()
    #expect(leaves.indices.allSatisfy { leaves[$0].grad?.item() == Double(2 * $0) })
  }

  @Test func `sixty diamonds one on another double the gradient sixty times, not the work`() {
    let x = Tensor.doubles([1]).requiringGradients()
    var y = x
    for _ in 0..<60 { y = y + y }
    y.backward()
    expectElements(x.grad, [0x1p60], within: 0)
  }

  @Test func `a diamond's sides of different lengths meet before the pass goes on`() {
    let x = Tensor.doubles([3]).requiringGradients()
    let y = x.square()
    var long = y
    for _ in 0..<20 { long = long * 1 }
    (long * y + y).backward()
    // d(x⁴ + x²)/dx
    expectElements(x.grad, [4 * 27 + 6])
  }

  @Test func `a graph made in another order than it is used`() {
    let (a, b) = (
      Tensor.doubles([2]).requiringGradients(), Tensor.doubles([5]).requiringGradients()
    )
    let late = b * 3
    let early = a * 2
    (late * early).backward()
    expectElements(a.grad, [30])
    expectElements(b.grad, [12])
  }
}
