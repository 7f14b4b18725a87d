import FledgeCore
import FledgeNN

/// y = x Wᵀ + b with weights that stay in blocks of 4 or 8 bits, as a GGUF file has them. Several
/// matrices may stand one below the other, such as those of queries, keys and values.
///
/// Shape: [*, inputs] → [*, outputs].   See ``BlockMatrix``; x is rounded to 8 bits.
///
///     layer.form = BlockLinear([try file.blocks("blk.0.attn_q.weight")!])
///
/// Only the bias is trained; low-rank adapters over it are (QLoRA, Dettmers et al. 2023).
public final class BlockLinear: Module, LinearForm {
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The matrices, which are saved and not trained.
  private let parts: [BlockPart]
  public let inputs: Int
  public let outputs: Int

  /// Traps if the matrices do not have rows of one length, or the bias [outputs].
  public init(_ matrices: [BlockMatrix], bias: Tensor? = nil) {
    require(
      !matrices.isEmpty && matrices.allSatisfy { $0.columns == matrices[0].columns }, "BlockLinear",
      "needs matrices of one width, got \(matrices.map(\.columns))")
    inputs = matrices[0].columns
    let rows = matrices.reduce(0) { $0 + $1.rows }
    require(
      bias.map { $0.shape == [rows] } ?? true, "BlockLinear",
      "needs a bias [\(rows)], the shape is \(bias?.shape ?? [])")
    outputs = rows
    parts = matrices.map(BlockPart.init)
    self.bias = bias
  }

  /// The matrices, one below the other.
  public var matrices: [BlockMatrix] { parts.map(\.matrix) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let width = x.shape.dimensions.dropLast().reduce(1, *)
    let rows = x.rank == 2 ? x : x.reshaped([width, inputs])
    let product = BlockProduct(formats: parts.map(\.format))
    var y = apply(product, Tensors([rows.cast(to: .float32)] + parts.map(\.bytes)))[0]
    if let bias { y += bias }
    return x.rank == 2 ? y : y.reshaped(Shape(x.shape.dimensions.dropLast() + [outputs]))
  }

  public var denseWeight: Tensor? { Tensor.concatenate(matrices.map(\.dense), axis: 0) }

  /// A dense layer: a change does not fit into the blocks.
  public func adding(_ change: Tensor) -> any LinearForm {
    DenseLinear(weight: denseWeight! + change, bias: bias)
  }

  public override var details: String {
    Set(parts.map { $0.format.type.description }).sorted().joined(separator: " and ")
  }
}

/// A matrix of a layer.
private final class BlockPart: Module {
  @Buffer var bytes: Tensor
  let format: BlockFormat
  private let columns: Int

  init(_ matrix: BlockMatrix) {
    (format, columns) = (matrix.format, matrix.columns)
    bytes = matrix.bytes
  }

  var matrix: BlockMatrix { BlockMatrix(format: format, columns: columns, bytes: bytes) }
}
