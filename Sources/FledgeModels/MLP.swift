import FledgeCore
import FledgeNN

/// A multilayer perceptron: linear layers with ReLU between them.
///
/// Shape: [B, …] with sizes[0] elements a row → [B, sizes.last]. Weights start by He's rule, biases
/// at 0.
public final class MLP: Module, Layer {
  /// The linear layers, one more than hidden layers, with ReLU between them.
  public let layers: [Linear]

  /// - Parameter sizes: Input, hidden layers, output: `MLP(sizes: [784, 256, 128, 10])`.
  public init(sizes: [Int]) {
    require(sizes.count >= 2, "MLP", "needs an input and an output size, got \(sizes)")
    layers = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      let layer = Linear(inputs, outputs)
      layer.weight = .kaimingUniform([outputs, inputs])
      layer.bias = .zeros([outputs])
      return layer
    }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let rows = Flatten()(x)
    return layers.dropFirst().reduce(layers[0](rows)) { hidden, layer in layer(relu(hidden)) }
  }

  public override var details: String {
    ([layers[0].inputs] + layers.map(\.outputs)).map(String.init).joined(separator: " → ")
  }
}
