import Synchronization

/// Runs `body` and returns the weights of every attention in it, in the order in which they were
/// computed:
///
///     let (logits, maps) = withAttentionMaps { model(tokens) }
///     HeatMap(title: "layer 1, head 3", maps[0][0, 2])
///
/// Each is softmax(q kᵀ · scale + mask), float32 without a graph, [b…, T, S]; [B, H, T, S] in a
/// model. They are computed beside the fused operation, which never has them in memory. A layer
/// with attention dropout shows none in training: put the model in evaluation mode.
public func withAttentionMaps<R, E: Error>(
  _ body: () throws(E) -> R
) throws(E) -> (result: R, maps: [Tensor]) {
  let observer = AttentionObserver()
  let result = try withTransformation(observer) { () throws(E) -> R in try body() }
  return (result, observer.maps.withLock { $0 })
}

private final class AttentionObserver: Transformation {
  let maps = Mutex<[Tensor]>([])

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let context = ExecutionContext.current
    // Those of a checkpoint were shown when it ran first.
    if let attention = primitive as? Attention, !context.isBackward && !context.isRecomputation {
      let map = withoutGradients {
        attention.weights(Tensors(inputs.map { $0.cast(to: .float32) }))
      }
      maps.withLock { $0.append(map) }
    }
    return next(primitive, inputs)
  }
}
