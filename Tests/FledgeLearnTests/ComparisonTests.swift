import FledgeCore
import FledgeCourse
import Testing

@testable import FledgeLearn

@Suite struct ComparisonTests {
  private func event(_ observation: Observation, _ check: String = "a") -> CheckEvent {
    var event = CheckEvent(.observation)
    event.check = check
    event.observation = observation
    return event
  }

  private func step(_ name: String, _ values: [Double], gradient: [Double]? = nil) -> CheckEvent {
    var observation = Observation(.step, name, ObservedValue(values))
    observation.gradient = gradient.map { ObservedValue($0) }
    return event(observation)
  }

  private func operation(_ name: String, _ tensor: Tensor, backward: Bool = false) -> CheckEvent {
    event(
      Observation(backward ? .backwardOperation : .operation, name, ObservedValue(tensor)))
  }

  @Test func `Equal runs have no difference, rounding apart`() {
    let comparison = Comparison(
      learner: [step("x", [1, 2]), operation("add", Tensor([1, 2.00001]))],
      reference: [step("x", [1, 2]), operation("add", Tensor([1, 2]))])
    #expect(comparison.divergence == nil)
    #expect(comparison.parting == nil)
    #expect(comparison.agreed == 1)
  }

  @Test func `Nothing is near an infinity but itself`() {
    let infinity = Double.infinity
    #expect(isNear(infinity, infinity, 1e-6))
    #expect(isNear(-infinity, -infinity, 1e-6))
    #expect(isNear(.nan, .nan, 1e-6))
    #expect(isNear(1, 1 + 1e-9, 1e-6))
    for other in [0, 3, -infinity, Double.nan, .greatestFiniteMagnitude] {
      #expect(!isNear(other, infinity, 1e-6), "\(other)")
      #expect(!isNear(infinity, other, 1e-6), "\(other)")
    }
    let finite = Comparison(
      learner: [step("x", [3])], reference: [step("x", [-infinity])])
    #expect(finite.divergence?.reference == "-inf")
    let same = Comparison(
      learner: [step("x", [infinity])], reference: [step("x", [infinity])])
    #expect(same.divergence == nil)
  }

  @Test func `The first step whose value differs is named with the element`() throws {
    let reference = Tensor([1, 2, 3, 4, 5, 6]).reshaped([2, 3])
    let learner = Tensor([1, 2, 3, 4, 7, 6]).reshaped([2, 3])
    let comparison = Comparison(
      learner: [step("x", [1]), operation("matmul", learner), step("y", [9])],
      reference: [step("x", [1]), operation("matmul", reference), step("y", [8])])
    let found = try #require(comparison.divergence)
    #expect(found.kind == .value)
    #expect(found.place == .operation)
    #expect(found.label == "matmul")
    #expect(found.element == [1, 1])
    #expect(found.learner == "7")
    #expect(found.reference == "5")
    #expect(found.referenceLayout == "float32 [2, 3], strides [3, 1]")
    #expect(found.before == "step x")
    #expect(comparison.agreed == 1)
  }

  @Test func `A gradient differs though its value agrees`() throws {
    let comparison = Comparison(
      learner: [step("x", [1], gradient: [2])], reference: [step("x", [1], gradient: [4])])
    let found = try #require(comparison.divergence)
    #expect(found.kind == .gradient)
    #expect(found.learner == "2")
    let missing = Comparison(
      learner: [step("x", [1])], reference: [step("x", [1], gradient: [4])])
    #expect(missing.divergence?.learner == "no gradient")
  }

  @Test func `A shape that differs is told before any element`() {
    let comparison = Comparison(
      learner: [operation("sum", Tensor([1, 2]))],
      reference: [operation("sum", Tensor([1, 2]).reshaped([2, 1]))])
    #expect(comparison.divergence?.element == nil)
    #expect(comparison.divergence?.learnerLayout == "float32 [2], strides [1]")
    #expect(comparison.divergence?.referenceLayout == "float32 [2, 1], strides [1, 1]")
  }

  @Test func `Other operations are a parting, and the steps after it still count`() throws {
    let same = Tensor([4])
    let comparison = Comparison(
      learner: [operation("multiply", same), operation("add", same), step("y", [5])],
      reference: [operation("square", same), step("y", [6])])
    #expect(
      comparison.parting
        == Parting(check: "a", learner: "operation multiply", reference: "operation square"))
    #expect(comparison.divergence?.label == "y")
    let agreeing = Comparison(
      learner: [operation("multiply", same), step("y", [6])],
      reference: [operation("square", same), step("y", [6])])
    #expect(agreeing.divergence == nil)
    #expect(agreeing.parting != nil)
  }

  @Test func `Operations that differ decide nothing where the results agree`() {
    let comparison = Comparison(
      learner: [
        operation("multiply", Tensor([0])), step("x", [1]), operation("add", Tensor([2])),
        step("y", [2]),
      ],
      reference: [
        operation("multiply", Tensor([7])), step("x", [1]), operation("add", Tensor([3])),
        step("y", [3]),
      ])
    #expect(comparison.divergence?.label == "add")
    #expect(comparison.divergence?.before == "step x")
    let right = Comparison(
      learner: [operation("multiply", Tensor([0])), step("x", [1])],
      reference: [operation("multiply", Tensor([7])), step("x", [1])])
    #expect(right.divergence == nil)
  }

  @Test func `Who stops early is told what came next`() {
    let comparison = Comparison(
      learner: [step("x", [1])], reference: [step("x", [1]), step("y", [2])])
    #expect(comparison.divergence?.kind == .ending)
    #expect(comparison.divergence?.label == "y")
    #expect(comparison.divergence?.before == "step x")
  }

  @Test func `A large value is compared by what was kept, and by its sum`() {
    func large(_ change: (inout [Double]) -> Void) -> [CheckEvent] {
      var values = (0..<5000).map { Double($0 % 7) }
      change(&values)
      return [step("x", values)]
    }
    let same = Comparison(learner: large { _ in }, reference: large { _ in })
    #expect(same.divergence == nil)
    let early = Comparison(learner: large { $0[3] = -1 }, reference: large { _ in })
    #expect(early.divergence?.element == [3])
    let late = Comparison(learner: large { $0[4999] = 1000 }, reference: large { _ in })
    #expect(late.divergence != nil)
    #expect(late.divergence?.element == nil)
  }

  @Test func `NaN and infinities survive the way to the runner`() throws {
    let values: [Double] = [.nan, .infinity, -.infinity]
    let data = try CheckEvent.encoder.encode(step("x", values))
    let back = try CheckEvent.decoder.decode(CheckEvent.self, from: data)
    let elements = try #require(back.observation?.value.elements)
    #expect(elements[0].isNaN)
    #expect(elements[1...] == values[1...])
    let comparison = Comparison(learner: [step("x", values)], reference: [step("x", values)])
    #expect(comparison.divergence == nil)
  }
}
