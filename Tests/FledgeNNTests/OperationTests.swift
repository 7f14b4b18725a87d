import FledgeCore
import FledgeTestSupport
import Testing

@testable import FledgeNN

/// The checks of Core's registry for the operations of this module.
@Suite struct OperationTests {
  static let samples = Operations.all.flatMap { $0.samples }

  @Test(arguments: samples.indices) func `gradients equal finite differences`(index: Int) {
    let sample = Self.samples[index]
    let inputs = sample.tensors(.float64, using: Generator(seed: 1))
    let found = gradientMismatches(
      { applied(sample.primitive, $0) }, at: inputs, using: Generator(seed: 2))
    #expect(found.isEmpty, "\(sample.label): \(found)")
  }

  @Test(arguments: samples.indices) func `an operation comes back from its attributes`(index: Int)
    throws
  {
    #expect(Operations.areRegistered)
    let primitive = Self.samples[index].primitive
    let name = type(of: primitive).name
    let copy = try Registry.make(name, primitive.attributes)
    #expect(copy.isEqual(to: primitive))
    let check = CheckedElements(
      rule: .labels, operation: "x", classes: 5, blank: 2, lengths: [1, 0, 3])
    #expect(try Registry.make("checkedElements", check.attributes).isEqual(to: check))
  }

  @Test func `a cache stays where it is`() {
    let cache = KeyValueCache(batch: 2, capacity: 50)
    func step() -> Tensor {
      cache.append(keys: .ones([2, 1, 1, 4]), values: .ones([2, 1, 1, 4])).keys
    }
    let first = ObjectIdentifier(step().storage)
    for _ in 0..<9 { #expect(ObjectIdentifier(step().storage) == first) }
    cache.truncate(to: [3, 7])
    #expect(ObjectIdentifier(step().storage) == first)
    let held = step()
    #expect(ObjectIdentifier(step().storage) != first, "somebody reads the old one")
    #expect(held.shape == [2, 1, 9, 4])
  }
}
