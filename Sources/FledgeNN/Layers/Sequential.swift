import FledgeCore

/// Layers one after another.
///
///     let model = Sequential {
///       Flatten()
///       Linear(784, 256)
///       ReLU()
///       if dropout > 0 { Dropout(dropout) }
///       for _ in 0..<depth { Linear(256, 256); ReLU() }
///       Linear(256, 10)
///     }
///
/// Parameters are named by position: `layers.1.weight`.
public final class Sequential: Module, Layer {
  public let layers: [any Layer]

  public init(_ layers: [any Layer]) { self.layers = layers }

  public convenience init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    layers.reduce(x) { x, layer in observingCall(of: layer) { layer(x) } }
  }
}

/// Collects the layers of a ``Sequential`` closure, through `if`, `else` and `for`.
@resultBuilder
public enum LayerBuilder {
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
