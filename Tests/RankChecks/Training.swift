import FledgeCore
import FledgeModels
import FledgeNN

/// A classification problem of points, the same for everybody.
package struct Points {
  package let inputs: Tensor
  package let targets: Tensor

  package init(_ count: Int, step: Int = 0) {
    inputs = withGenerator(Generator(seed: 99).split(UInt64(step))) { Tensor.normal([count, 6]) }
    targets = Tensor((0..<count).map { ($0 + step) % 4 })
  }

  package func rows(_ range: Range<Int>) -> (Tensor, Tensor) { (inputs[range], targets[range]) }

  /// The mean loss over rows; nil where there are none.
  package func loss(_ model: (Tensor) -> Tensor, _ range: Range<Int>) -> Tensor? {
    range.isEmpty ? nil : crossEntropy(model(inputs[range]), targets[range])
  }
}

/// A model of a seed. Without touching the default generator, which tests that run outside of ranks share.
package func makeModel(seed: UInt64 = 3) -> MLP {
  withGenerator(Generator(seed: seed)) { MLP(sizes: [6, 24, 17, 4]) }
}

/// The largest difference of two tensors' elements.
package func difference(_ a: Tensor, _ b: Tensor) -> Double {
  (a.cast(to: .float64) - b.cast(to: .float64)).abs().max().item()
}

package func values(_ model: Module) -> [Tensor] { model.parameters().map { $0.value!.copied() } }
