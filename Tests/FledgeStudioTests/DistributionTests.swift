import FledgeCore
import Foundation
import Testing

@testable import FledgeStudio

@Suite struct DistributionTests {
  @Test func `A histogram counts every number once, the largest in the last part`() {
    let found = Distribution(sample: (0..<64).map(Float.init))
    #expect(found.counts == Array(repeating: 2, count: 31) + [2])
    #expect(found.low == 0 && found.high == 63)
    #expect(found.mean == 31.5)
    #expect(abs(found.deviation - (1365.0 / 4).squareRoot()) < 1e-9)
  }

  @Test func `Equal numbers, none and broken ones have histograms, too`() {
    let equal = Distribution(sample: [3, 3, 3])
    #expect(equal.counts[0] == 3 && equal.deviation == 0)
    let none = Sample(of: Tensor.zeros([0, 4])).distribution
    #expect(none.counts.allSatisfy { $0 == 0 } && none.broken == 0)
    let broken = Distribution(sample: [.nan, 1, .infinity, 2])
    #expect(broken.broken == 2 && broken.mean == 1.5)
    #expect(broken.counts.reduce(0, +) == 2)
    #expect(throws: Never.self) { try JSONEncoder().encode(broken) }
  }

  @Test func `Of a large tensor a sample is read, of any dtype and layout`() {
    let large = Tensor.ones([300, 100])
    #expect(Sample(of: large).values.count <= Sample.size)
    #expect(Sample(of: large).values.count > Sample.size / 2)
    let half = Tensor([1, 2, 3]).cast(to: .bfloat16)
    #expect(Sample(of: half).distribution.mean == 2)
    let turned = Tensor([[1, 2], [3, 4]]).transposed()
    #expect(Sample(of: turned).distribution.high == 4)
  }

  @Test func `A sample of kernels sees all places of a kernel`() {
    var corners = Array(repeating: Float(1), count: 9)
    corners[0] = 0
    let kernels = Tensor((0..<256 * 128).flatMap { _ in corners }, shape: [256, 128, 3, 3])
    let zeros = Sample(of: kernels).values.count { $0 == 0 }
    #expect(zeros > 300 && zeros < 600)
    #expect(Sample.step(over: 0) == 1 && Sample.step(over: 4096) == 1)
  }

  @Test func `Dead units are columns, and channels of images`() {
    let rows = ObservedActivation("relu", Tensor([[0, 1, 0], [0, 0, 0]]))
    #expect(rows.units == 3 && rows.dead == 2)
    var images = Tensor.zeros([2, 3, 2, 2])
    images[1, 2, 1, 0] = Tensor(5)
    let channels = ObservedActivation("relu", images)
    #expect(channels.units == 3 && channels.dead == 2)
    #expect(ObservedActivation("relu", Tensor(1)).units == 1)
  }

  @Test func `Of large activations a few examples are looked at, never fewer than one`() throws {
    // The first unit answers to the last example alone, the second to the first.
    var wide = Tensor.zeros([3, 2, 200, 200])
    wide[2, 0, 0, 0] = Tensor(1)
    wide[0, 1, 0, 0] = Tensor(1)
    #expect(ObservedActivation("relu", wide).dead == 1)
    #expect(ObservedActivation("relu", Tensor.zeros([0, 3])).units == 3)
  }
}
