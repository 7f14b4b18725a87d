import FledgeCore
import FledgeIO

/// A tensor as a file has it: dense or in blocks.
public enum StoredTensor: Sendable {
  /// float32, float16 or bfloat16; other types are written as float32 to a GGUF file.
  case dense(Tensor)
  /// A matrix in blocks.
  case blocks(BlockMatrix)

  var shape: [Int] {
    switch self {
    case .dense(let tensor): Array(tensor.shape)
    case .blocks(let matrix): [matrix.rows, matrix.columns]
    }
  }

  fileprivate var type: GGUFTensorType {
    switch self {
    case .dense(let tensor):
      tensor.dtype == .float16 ? .f16 : tensor.dtype == .bfloat16 ? .bf16 : .f32
    case .blocks(let matrix): matrix.format.type
    }
  }

  /// The elements as they are written.
  fileprivate var elements: Tensor {
    switch self {
    case .dense(let tensor):
      (type == .f32 ? tensor.cast(to: .float32) : tensor).detached().contiguous()
    case .blocks(let matrix): matrix.bytes.contiguous()
    }
  }
}

extension GGUFFile {
  /// Writes the whole file or nothing (``/FledgeIO/AtomicFile``). Equal contents give equal bytes,
  /// those that Python's `gguf` package writes. Gradients are not written.
  ///
  /// Traps on a name that comes twice, a tensor of more than 4 axes or without elements.
  ///
  /// - Throws: ``GGUFError``
  public static func write(
    _ tensors: [(name: String, value: StoredTensor)], metadata: GGUFMetadata = .init(),
    to path: String
  ) throws(GGUFError) {
    let alignment = metadata[alignmentKey]?.integer ?? usualAlignment
    guard alignment >= 8, alignment & (alignment - 1) == 0, alignment <= 1 << 20 else {
      throw GGUFError(.invalidAlignment(alignment), path: path)
    }
    var writer = GGUFWriter()
    writer.header(metadata, tensors, alignment: alignment)
    do throws(FileSystemError) {
      try AtomicFile.write(to: path) { (file) throws(FileSystemError) in
        try file.write(writer.bytes)
        var end = writer.bytes.count
        for (_, value) in tensors {
          try file.write(padding(from: end, to: alignment))
          let elements = value.elements
          end = writer.aligned(end, alignment) + elements.byteCount
          let start = elements.storage.pointer + elements.layout.offset * elements.dtype.byteCount
          try file.write(UnsafeRawBufferPointer(start: start, count: elements.byteCount))
          withExtendedLifetime(elements) {}
        }
        try file.write(padding(from: end, to: alignment))
      }
    } catch {
      throw GGUFError(.file(error), path: path)
    }
  }

  private static func padding(from end: Int, to alignment: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (alignment - end % alignment) % alignment)
  }
}

/// The bytes before the tensors.
private struct GGUFWriter {
  var bytes: [UInt8] = []

  func aligned(_ end: Int, _ alignment: Int) -> Int {
    (end + alignment - 1) / alignment * alignment
  }

  mutating func header(
    _ metadata: GGUFMetadata, _ tensors: [(name: String, value: StoredTensor)], alignment: Int
  ) {
    bytes += GGUFFile.magic + littleEndian(GGUFFile.version)
    bytes += littleEndian(UInt64(tensors.count)) + littleEndian(UInt64(metadata.keys.count))
    for key in metadata.keys {
      guard let value = metadata[key] else { continue }
      string(key)
      bytes += littleEndian(value.kind.rawValue)
      append(value)
    }
    var names: Set<String> = []
    var begin = 0
    for (name, value) in tensors {
      let (shape, type) = (value.shape, value.type)
      require(
        names.insert(name).inserted, "GGUFFile.write", "two tensors have the name \"\(name)\"")
      require(
        shape.count <= 4 && !shape.contains(0), "GGUFFile.write",
        "tensor \"\(name)\" must have at most 4 axes and elements, the shape is \(shape)")
      string(name)
      bytes += littleEndian(UInt32(shape.count))
      for size in shape.reversed() { bytes += littleEndian(UInt64(size)) }
      bytes += littleEndian(type.rawValue) + littleEndian(UInt64(begin))
      begin = aligned(
        begin + shape.reduce(1, *) / type.blockWidth * type.blockByteCount, alignment)
    }
  }

  private mutating func string(_ text: String) {
    bytes += littleEndian(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private mutating func append(_ value: GGUFValue) {
    switch value {
    case .uint8(let value): bytes.append(value)
    case .int8(let value): bytes.append(UInt8(bitPattern: value))
    case .uint16(let value): bytes += littleEndian(value)
    case .int16(let value): bytes += littleEndian(value)
    case .uint32(let value): bytes += littleEndian(value)
    case .int32(let value): bytes += littleEndian(value)
    case .uint64(let value): bytes += littleEndian(value)
    case .int64(let value): bytes += littleEndian(value)
    case .float32(let value): bytes += littleEndian(value.bitPattern)
    case .float64(let value): bytes += littleEndian(value.bitPattern)
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .string(let text): string(text)
    case .array(let kind, let elements):
      bytes += littleEndian(kind.rawValue) + littleEndian(UInt64(elements.count))
      for element in elements {
        require(
          element.kind == kind, "GGUFFile.write",
          "a list of \(kind) cannot hold a value of \(element.kind)")
        append(element)
      }
    }
  }
}
