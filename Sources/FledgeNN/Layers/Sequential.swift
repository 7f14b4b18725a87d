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
  /// In the order in which they run; the parameters of layer i are named `layers.i.…`.
  public let layers: [any Layer]
  /// If set, training cuts the layers into this many segments, keeps only the tensors between them
  /// and recomputes the rest in the backward pass; see ``/FledgeCore/checkpoint(_:_:)->Tensor``.
  /// About √n segments for n layers take the least memory, that of some 2 √n layers.
  public var checkpointSegments: Int?

  /// Layers from an array, made by a loop for example.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// Layers line by line, with `if` and `for`.
  public convenience init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    forward(x, through: layers, checkpointSegments: checkpointSegments)
  }
}

/// Runs the layers one after another, in checkpointed segments of about equal length if
/// `checkpointSegments` is given.
package func forward(
  _ x: Tensor, through layers: [any Layer], checkpointSegments: Int? = nil
) -> Tensor {
  func run(_ layers: ArraySlice<any Layer>, _ x: Tensor) -> Tensor {
    layers.reduce(x) { x, layer in observingCall(of: layer) { layer(x) } }
  }
  guard let segments = checkpointSegments else { return run(layers[...], x) }
  require(segments > 0, "checkpointSegments", "must be positive, got \(segments)")
  // More of them would be empty.
  let count = min(segments, layers.count)
  return (0..<count).reduce(x) { x, i in
    let part = layers[(i * layers.count / count)..<((i + 1) * layers.count / count)]
    return checkpoint(x) { run(part, $0) }
  }
}

/// Collects the layers of a ``Sequential`` closure, through `if`, `else` and `for`.
@resultBuilder
public enum LayerBuilder {
  /// A line.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// Lines below each other.
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  /// `if` without `else`.
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  /// `if` and `switch`: the branch taken.
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  /// `else`: the branch taken.
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
  /// `for`.
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
