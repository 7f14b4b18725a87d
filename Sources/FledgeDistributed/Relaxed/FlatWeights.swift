import FledgeCore
import FledgeNN

/// The weights of a model as one tensor for each dtype, to be exchanged in one message.
struct FlatWeights {
  private let buckets: [Bucket]

  init(_ module: Module) { buckets = Bucket.of(module.parameters(), capacity: .max) }

  /// Their values now, copied.   Shapes: [n]
  func values() -> [Tensor] { flat { $0.value! } }

  /// Their gradients now, copied; zeros where there is none.   Shapes: [n]
  func gradients() -> [Tensor] { flat { $0.grad ?? Tensor.zeros($0.shape!, dtype: $0.dtype!) } }

  private func flat(_ tensor: (AnyParameter) -> Tensor) -> [Tensor] {
    withoutGradients {
      buckets.map { bucket in
        Tensor.concatenate(
          bucket.parameters.map { tensor($0).contiguous().reshaped([$0.shape!.count]) })
      }
    }
  }

  /// Changes each weight by `body`, which gets its value and the same part of `tensors`.
  func update(_ tensors: [Tensor], _ body: (inout Tensor, Tensor) -> Void) {
    forEach(tensors) { parameter, part in parameter.update { body(&$0, part) } }
  }

  /// Puts values in the place of the weights.
  func set(_ tensors: [Tensor]) { update(tensors) { $0 = $1.copied() } }

  /// Puts values in the place of the gradients.
  func setGradients(_ tensors: [Tensor]) { forEach(tensors) { $0.grad = $1.copied() } }

  private func forEach(_ tensors: [Tensor], _ body: (AnyParameter, Tensor) -> Void) {
    withoutGradients {
      for (bucket, tensor) in zip(buckets, tensors) {
        for (parameter, range) in zip(bucket.parameters, ranges(of: bucket.shapes.map(\.count))) {
          body(parameter, tensor[range].reshaped(parameter.shape!))
        }
      }
    }
  }
}
