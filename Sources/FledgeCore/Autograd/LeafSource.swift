import Synchronization

/// Where a leaf's elements are fetched from at every read: another rank, a chunk, a file.
///
/// A graph saves such a leaf by reference with its version, not its elements, so they may be freed
/// after the forward pass and are fetched again for the backward pass. It traps if the version has
/// changed by then, since the gradients would be those of other weights.
package final class LeafSource: Sendable {
  private let fetching: @Sendable () -> Tensor
  private let changes = Atomic<Int>(0)

  /// `fetch` gives the value outside of any graph; who calls it holds the only reference.
  package init(_ fetch: @escaping @Sendable () -> Tensor) { fetching = fetch }

  /// How often the value was changed.
  package var version: Int { changes.load(ordering: .relaxed) }

  /// Says that the value is another one now.
  package func noteChange() { changes.wrappingAdd(1, ordering: .relaxed) }

  func fetch() -> Tensor { fetching() }
}

extension Tensor {
  /// A leaf whose elements live elsewhere: type and identity without elements.
  package init(leafOf type: TensorType, source: LeafSource) {
    self.init(storage: .none, layout: Layout(type.shape), dtype: type.dtype)
    node = Node(leaf: type, source: source)
  }

  /// This leaf with its elements, fetched where they live elsewhere.
  package func fetched() -> Tensor {
    guard !hasElements, let node else { return self }
    var value = node.fetched(output: 0)
    value.node = node
    return value
  }
}

extension Node {
  /// The elements of this leaf, or of this view of one, again.
  func fetched(output: Int) -> Tensor {
    if let source { return source.fetch() }
    guard let primitive else { trapReleased() }
    let base = inputs[0]
    let input = base.hasElements ? base : base.node!.fetched(output: Int(base.outputIndex))
    let backend = ExecutionContext.current.backend
    return withoutGradients { primitive.forward([input.detached()], on: backend)[output] }
  }

  /// How often the leaf below has changed; nil where its elements are held as those of any other.
  var leafVersion: Int? {
    guard refersToSource else { return nil }
    return source?.version ?? inputs[0].node?.leafVersion
  }
}
