import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

/// Ranks step the parts of parameters that they keep: only by rules that look at no other element.
@Suite struct ElementwiseRuleTests {
  private static let optimizers = FusedStepTests.optimizers

  /// 37 numbers after four steps, as parameters of these sizes.
  private func run(_ name: String, _ sizes: [Int]) -> Tensor {
    let parameters = Tensor.normal([37], using: Generator(seed: 1)).split(sizes: sizes)
      .map { Parameter(wrappedValue: $0.copied()) }
    let optimizer = Self.optimizers[name]!(parameters)
    for step in 0..<4 {
      let gradients = Tensor.normal([37], using: Generator(seed: UInt64(2 + step)))
      for (parameter, gradient) in zip(parameters, gradients.split(sizes: sizes)) {
        parameter.grad = gradient
      }
      optimizer.step()
    }
    return Tensor.concatenate(parameters.map { $0.value! })
  }

  @Test(arguments: optimizers.keys.sorted())
  func `an elementwise rule steps parts as it steps the whole, and others do not`(name: String) {
    let isElementwise = Self.optimizers[name]!([]).isElementwise
    #expect(run(name, [37]).isIdentical(to: run(name, [5, 16, 1, 15])) == isElementwise)
  }

  @Test func `the list has rules of both kinds`() {
    #expect(Set(Self.optimizers.values.map { $0([]).isElementwise }).count == 2)
  }
}
