import CKernels
import FledgeCore

/// A format of weights in blocks of 32 neighbours in a row that products read as it is.
public enum BlockFormat: UInt32, Sendable, Hashable, Codable, CaseIterable {
  /// 4.5 bits a weight: d (q − 8).
  case q4_0 = 2
  /// 5 bits a weight: d q + m.
  case q4_1 = 3
  /// 8.5 bits a weight: d q.
  case q8_0 = 8

  /// Weights in a block.
  static let width = 32

  /// The format of a file's tensor; nil for those that products do not read.
  init?(_ type: GGUFTensorType) { self.init(rawValue: type.rawValue) }

  /// The type of such a tensor in a file.
  public var type: GGUFTensorType { GGUFTensorType(rawValue: rawValue)! }

  /// What C calls it.
  var kernel: fledge_block_format { fledge_block_format(rawValue: rawValue) }

  /// Bytes of a row of `columns` weights, a multiple of 32.
  func rowByteCount(_ columns: Int) -> Int { columns / Self.width * type.blockByteCount }
}

/// A matrix of weights in blocks: row-major, as in a GGUF file.
public struct BlockMatrix: Sendable {
  /// How each block is stored.
  public let format: BlockFormat
  /// The number of weights in a row.
  public let columns: Int
  /// The blocks, uint8 [rows, bytes of a row].
  public let bytes: Tensor

  /// The number of rows.
  public var rows: Int { bytes.shape[0] }

  /// Blocks that exist already. Traps if the bytes are not those of rows of `columns` weights.
  init(format: BlockFormat, columns: Int, bytes: Tensor) {
    require(
      columns > 0 && columns.isMultiple(of: BlockFormat.width) && bytes.dtype == .uint8
        && bytes.rank == 2 && bytes.shape[1] == format.rowByteCount(columns), "BlockMatrix",
      "rows of \(columns) weights in \(format.type) are no \(bytes.dtype)\(bytes.shape)")
    self.format = format
    self.columns = columns
    self.bytes = bytes
  }

  /// The nearest blocks to a matrix, byte for byte those of Python's `gguf` package.
  /// Shape: [rows, columns], columns a multiple of 32
  public init(quantizing weight: Tensor, to format: BlockFormat) {
    require(
      weight.rank == 2 && weight.shape[1] > 0 && weight.shape[1].isMultiple(of: BlockFormat.width),
      "BlockMatrix", "needs [rows, a multiple of 32], the shape is \(weight.shape)")
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    let x = weight.detached().cast(to: .float32).contiguous()
    let bytes = Tensor(uninitialized: [rows, format.rowByteCount(columns)], .uint8)
    let (source, target) = (x.pointer(Float.self), bytes.pointer(UInt8.self))
    let blocks = x.count / BlockFormat.width
    ThreadPool.forRanges(blocks, grain: 1024) { range in
      fledge_quantize_blocks(
        format.kernel, source + range.lowerBound * BlockFormat.width,
        target + range.lowerBound * format.type.blockByteCount, range.count)
    }
    withExtendedLifetime(x) {}
    self.init(format: format, columns: columns, bytes: bytes)
  }

  /// The weights as floats.   Shape: float32 [rows, columns]
  public var dense: Tensor { apply(DequantizeBlocks(format: format), bytes) }

  /// Some of the rows in another order, copied.
  func rows(at indices: [Int]) -> BlockMatrix {
    BlockMatrix(format: format, columns: columns, bytes: bytes.rows(at: Tensor(indices)))
  }
}
