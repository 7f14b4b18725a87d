import FledgeCore
import FledgeNN

/// What a token costs a model: the limits of its speed.
public struct TokenCosts: Sendable {
  /// Bytes of weights that a token's forward pass with logits reads.
  public var bytes: Int
  /// Multiply-adds of the layers' products in a forward pass without logits, as for all tokens of a
  /// prompt but the last; attention's products come on top.
  public var multiplyAdds: Int
}

extension LanguageModel {
  /// What a token costs, from the sizes of the linear layers. A table of vectors that also makes logits
  /// counts for its bytes; where it makes none, only a row of it is read.
  public var tokenCosts: TokenCosts {
    var costs = TokenCosts(bytes: 0, multiplyAdds: 0)
    let layers = linearLayers()
    let hasHead = layers.contains { $0.path == "head" }
    for (path, layer) in layers where !(hasHead && path == "tokenEmbedding.table") {
      costs.bytes += layer.form.byteCount
      if layer.outputs != vocabulary { costs.multiplyAdds += layer.inputs * layer.outputs }
    }
    // A dense table that is no linear layer, as GPT-2's.
    if !hasHead, let table = namedParameters().first(where: { $0.name == "tokenEmbedding.weight" })
    {
      costs.bytes += (table.parameter.shape?.count ?? 0) * DType.float32.byteCount
    }
    return costs
  }
}

extension LinearForm {
  /// Bytes of its weights.
  fileprivate var byteCount: Int {
    if let blocks = self as? BlockLinear {
      return blocks.matrices.reduce(0) { $0 + $1.bytes.byteCount }
    }
    if let stacked = self as? StackedLinear { return stacked.parts.reduce(0) { $0 + $1.byteCount } }
    return inputs * outputs * DType.float32.byteCount
  }
}
