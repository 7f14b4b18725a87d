import FledgeCore
import FledgeNN

extension MLP: CheckableModel {
  public var signature: ModelSignature {
    ModelSignature([.init("x", .float32, [.free("B"), .flattened(layers[0].inputs)])])
  }
}

extension LeNet: CheckableModel {
  public var signature: ModelSignature { .images(planes: filters.shape[1], size: 28) }
}

extension ResNet9: CheckableModel {
  public var signature: ModelSignature { .images(planes: 3, size: 32) }
}

extension VisionTransformer: CheckableModel {
  public var signature: ModelSignature {
    .images(planes: configuration.planes, size: configuration.size)
  }
}

extension TextClassifier: CheckableModel {
  /// `tokens`, and where some of them are padding `mask`.
  public var signature: ModelSignature {
    let (vocabulary, context) = (embedding.weight.shape[0], positions.weight.shape[0])
    let shape: [ModelSignature.Axis] = [.free("B"), .free("T", 1...context)]
    return ModelSignature([
      .init("tokens", .int64, shape, values: 0...vocabulary - 1),
      .init("mask", .bool, shape, isOptional: true),
    ])
  }
}

extension ModelSignature {
  /// Square images [N, planes, size, size].
  fileprivate static func images(planes: Int, size: Int) -> ModelSignature {
    ModelSignature([
      .init("images", .float32, [.free("N"), .size(planes), .size(size), .size(size)])
    ])
  }
}
