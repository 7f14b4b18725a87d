import FledgeCore
import FledgeNN

/// The vectors of the tokens, whose table may also make logits (Press & Wolf 2017) and may stay in blocks
/// of 4 or 8 bits.   Shape: int64 [*] → [*, channels]
public final class TokenTable: Module, Layer {
  /// The table as a layer, channels → vocabulary: its weight is [vocabulary, channels].
  public let table: Linear

  /// New vectors.
  init(_ vocabulary: Int, _ channels: Int) {
    table = Linear(channels, vocabulary, bias: false)
  }

  public func callAsFunction(_ tokens: Tensor) -> Tensor {
    guard let blocks = table.form as? BlockLinear else {
      return table.weight.rows(at: tokens)
    }
    let matrix = blocks.matrices[0]
    return apply(DequantizeBlocks(format: matrix.format), matrix.bytes.rows(at: tokens))
  }

  /// x Eᵀ.   Shape: [*, channels] → [*, vocabulary]
  func logits(_ x: Tensor) -> Tensor { table(x) }

  public override var details: String { "\(table.outputs) × \(table.inputs)" }
}
