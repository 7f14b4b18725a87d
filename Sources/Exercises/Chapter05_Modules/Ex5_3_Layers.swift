import FledgeCore
import FledgeCourse
import FledgeNN

// Modules of your own, as the framework knows them: it finds their parameters, saves and trains them.
// A `Layer` is a module that is called with one tensor and gives one.

/// y = x Wᵀ + b.   Shape: [*, inputs] → [*, outputs], any axes in front
final class MyLinear: Module, Layer {
  /// [outputs, inputs]
  @Parameter var weight: Tensor
  /// [outputs]; nil in a layer without one.
  @Parameter var bias: Tensor?

  /// Starts both from uniform numbers in (−1/√inputs, 1/√inputs), as PyTorch does.
  init(_ inputs: Int, _ outputs: Int, bias: Bool = true, using generator: Generator? = nil) {
    let bound = 1 / Double(inputs).squareRoot()
    func draw(_ shape: Shape) -> Tensor {
      Tensor.uniform(shape, in: -bound...bound, using: generator)
    }
    // solution
    weight = draw([outputs, inputs])
    self.bias = bias ? draw([outputs]) : nil
    // end solution
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    let y = x.matmul(weight.transposed())
    return bias.map { y + $0 } ?? y
    // end solution
  }
}

/// Layers one after another.
final class MySequential: Module, Layer {
  let layers: [any Layer]

  init(_ layers: [any Layer]) { self.layers = layers }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    layers.reduce(x) { x, layer in layer(x) }
    // end solution
  }
}

/// y = x + f(x) (He et al. 2015), f being a layer that keeps the shape.
final class MyResidual: Module, Layer {
  let body: any Layer

  init(_ body: any Layer) { self.body = body }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    x + body(x)
    // end solution
  }
}

/// All axes but the first as one, for any number of examples, also none.
/// Shape: [B, …] → [B, product of the rest]
final class MyFlatten: Module, Layer {
  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    x.reshaped([x.shape[0], x.shape.dropFirst().reduce(1, *)])
    // end solution
  }
}
