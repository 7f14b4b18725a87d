import FledgeCore

/// y = x + f(x) (He et al. 2015), where the layers f keep the shape.
///
///     Residual {
///       Conv2d(32, 32, kernel: 3, padding: 1)
///       ReLU()
///     }
public final class Residual: Module, Layer {
  /// f.
  public let body: Sequential

  /// The layers of f, one after another.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { body = Sequential(layers()) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = body(x)
    require(
      y.shape == x.shape, "Residual",
      "the layers must keep the shape \(x.shape), they made \(y.shape)")
    return x + y
  }
}

/// A function without parameters as a layer: `Lambda { $0.mean(axis: 1) }`.
public final class Lambda: Module, Layer {
  private let name: String
  private let function: (Tensor) -> Tensor

  /// - Parameter name: what the summary prints.
  public init(_ name: String = "", _ function: @escaping (Tensor) -> Tensor) {
    self.name = name
    self.function = function
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { function(x) }

  public override var details: String { name }
}
