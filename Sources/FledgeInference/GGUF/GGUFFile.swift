import CKernels
import FledgeCore
import FledgeIO
import Foundation

/// A GGUF file (version 3): a model's weights, mostly in blocks of a few bits, with all that is
/// needed to run it. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
///
///     let file = try GGUFFile("model.gguf")
///     let layers = try file.metadata.integer("llama.block_count")
///     let norm = try file.tensor("blk.0.attn_norm.weight")      // float32 [576]
///     let query = try file.blocks("blk.0.attn_q.weight")        // as it is in the file
///
/// The file is mapped, not read: tensors that are stored as Fledge stores them, and blocks, are the
/// file's own pages, which the system loads when they are first read and shares among processes.
/// While it is in use, it must not be changed in place; replacing it is safe.
public struct GGUFFile: Sendable {
  /// What the file says about its model.
  public let metadata: GGUFMetadata
  /// The tensors in the order of the file.
  public let tensors: [Entry]
  /// The file; nil where bytes in memory were read.
  public let path: String?
  private let memory: ForeignMemory
  private let places: [String: Int]

  /// Where a tensor lies and what it is.
  public struct Entry: Sendable, Equatable {
    /// Its name, such as `blk.0.attn_q.weight`.
    public var name: String
    /// Its sizes, the last of which is that of a row: the other way round than in the file.
    public var shape: [Int]
    /// The number of its type; ``GGUFTensorType`` has those that are read here.
    public var rawType: UInt32
    /// Its first byte, from the beginning of the file.
    var begin: Int

    /// Its type; nil for one that is not read here.
    public var type: GGUFTensorType? { GGUFTensorType(rawValue: rawType) }
    /// The number of its elements.
    public var count: Int { shape.reduce(1, *) }
    /// Its bytes in the file; nil for a type that is not read here.
    public var byteCount: Int? { type.map { count / $0.blockWidth * $0.blockByteCount } }
  }

  /// Maps a file and checks all of its header: afterwards every tensor lies inside the file.
  ///
  /// - Throws: ``GGUFError``
  public init(_ path: String) throws(GGUFError) {
    let memory: ForeignMemory
    do throws(FileSystemError) {
      memory = try MappedFile.map(path)
    } catch {
      throw GGUFError(.file(error), path: path)
    }
    try self.init(memory, path: path)
  }

  /// Reads a file that is already in memory.
  ///
  /// - Throws: ``GGUFError``
  public init(bytes: [UInt8]) throws(GGUFError) {
    // Aligned as a mapped page, so that tensors stand where they are.
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 4096)
    UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyBytes(from: bytes)
    let address = UInt(bitPattern: copy)
    let memory = ForeignMemory(copy, byteCount: bytes.count, isWritable: false) {
      UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
    try self.init(memory, path: nil)
  }

  private init(_ memory: ForeignMemory, path: String?) throws(GGUFError) {
    do throws(GGUFError.Fault) {
      let bytes = UnsafeRawBufferPointer(start: memory.pointer, count: memory.byteCount)
      (metadata, tensors) = try Self.header(GGUFReader(bytes), byteCount: memory.byteCount)
    } catch {
      throw GGUFError(error, path: path)
    }
    var places: [String: Int] = [:]
    for (i, entry) in tensors.enumerated() where places.updateValue(i, forKey: entry.name) != nil {
      throw GGUFError(.duplicate(entry.name), path: path)
    }
    self.places = places
    self.memory = memory
    self.path = path
  }
}

// MARK: The header

extension GGUFFile {
  static let magic = Array("GGUF".utf8)
  static let version: UInt32 = 3
  /// Where tensors begin unless the file says so otherwise.
  static let usualAlignment = 32
  static let alignmentKey = "general.alignment"
  private static let maximumAxes = 4

  private static func header(
    _ reader: GGUFReader, byteCount: Int
  ) throws(GGUFError.Fault) -> (GGUFMetadata, [Entry]) {
    var reader = reader
    let letters = try? reader.uint32()
    guard letters.map({ withUnsafeBytes(of: $0, Array.init) }) == magic else { throw .notGGUF }
    let version = try reader.uint32()
    guard version == Self.version else { throw .unsupportedVersion(version) }
    // A tensor has a name, a number of axes, a type and a place; a key has a name, a type, a value.
    let tensorCount = try reader.count(of: "tensors", size: 24)
    let keyCount = try reader.count(of: "keys", size: 13)
    var metadata = GGUFMetadata()
    for _ in 0..<keyCount {
      let key = try reader.string()
      guard metadata[key] == nil else { throw .duplicate(key) }
      metadata[key] = try reader.value(key)
    }
    var entries: [Entry] = []
    for _ in 0..<tensorCount { entries.append(try entry(&reader)) }
    let alignment = metadata[alignmentKey].map { $0.integer ?? 0 } ?? usualAlignment
    guard alignment >= 8, alignment & (alignment - 1) == 0, alignment <= 1 << 20 else {
      throw .invalidAlignment(alignment)
    }
    let start = (reader.position + alignment - 1) / alignment * alignment
    for i in entries.indices {
      entries[i].begin = try checked(entries[i], from: start, to: byteCount, alignment)
    }
    return (metadata, entries)
  }

  /// What the file says of a tensor; its place counts from the beginning of the data.
  private static func entry(_ reader: inout GGUFReader) throws(GGUFError.Fault) -> Entry {
    let name = try reader.string()
    let axes = try reader.uint32()
    guard axes <= maximumAxes else { throw .invalidShape(tensor: name) }
    var sizes: [Int] = []
    var count = 1
    for _ in 0..<axes {
      let size = try reader.uint64()
      // 2⁴⁸ elements fit no memory, and their bytes can still be counted.
      guard let size = Int(exactly: size), size > 0 else { throw .invalidShape(tensor: name) }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= 1 << 48 else { throw .invalidShape(tensor: name) }
      count = product
      sizes.append(size)
    }
    let type = try reader.uint32()
    guard let begin = Int(exactly: try reader.uint64()) else { throw .invalidPlace(tensor: name) }
    return Entry(name: name, shape: sizes.reversed(), rawType: type, begin: begin)
  }

  /// The tensor's place from the beginning of the file.
  private static func checked(
    _ entry: Entry, from start: Int, to end: Int, _ alignment: Int
  ) throws(GGUFError.Fault) -> Int {
    if let type = entry.type, (entry.shape.last ?? 1) % type.blockWidth != 0 {
      throw .brokenBlocks(tensor: entry.name)
    }
    let room = end - start
    guard entry.begin % alignment == 0, entry.begin <= room,
      entry.byteCount ?? 0 <= room - entry.begin
    else { throw .invalidPlace(tensor: entry.name) }
    return start + entry.begin
  }
}

// MARK: Tensors

extension GGUFFile {
  /// The names of the tensors in the order of the file.
  public var names: [String] { tensors.map(\.name) }

  /// The tensor of a name; nil if there is none.
  public func entry(_ name: String) -> Entry? { places[name].map { tensors[$0] } }

  private func needed(_ name: String) throws(GGUFError) -> (Entry, GGUFTensorType) {
    guard let entry = entry(name) else { throw GGUFError(.missingTensor(name), path: path) }
    guard let type = entry.type else {
      throw GGUFError(.unsupportedType(tensor: name, type: entry.rawType), path: path)
    }
    return (entry, type)
  }

  /// A tensor as floats: F32, F16 and BF16 as they are in the file, without a copy; blocks as
  /// float32, equal to the bit to what Python's `gguf` package makes of them.
  ///
  /// - Throws: ``GGUFError``
  public func tensor(_ name: String) throws(GGUFError) -> Tensor {
    let (entry, type) = try needed(name)
    let shape = Shape(entry.shape)
    switch type {
    case .f32: return Tensor(over: memory, byteOffset: entry.begin, shape: shape, dtype: .float32)
    case .f16: return Tensor(over: memory, byteOffset: entry.begin, shape: shape, dtype: .float16)
    case .bf16: return Tensor(over: memory, byteOffset: entry.begin, shape: shape, dtype: .bfloat16)
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q4_k, .q6_k:
      let y = Tensor(uninitialized: shape, .float32)
      dequantize(
        memory.pointer + entry.begin, type, into: y.pointer(Float.self),
        blocks: entry.count / type.blockWidth)
      return withExtendedLifetime(memory) { y }
    }
  }

  /// A matrix as its blocks in the file, without a copy; nil where it is not in blocks that
  /// products read (``BlockFormat``).
  ///
  /// - Throws: ``GGUFError``
  public func blocks(_ name: String) throws(GGUFError) -> BlockMatrix? {
    let (entry, type) = try needed(name)
    guard let format = BlockFormat(type), entry.shape.count == 2 else { return nil }
    let (rows, columns) = (entry.shape[0], entry.shape[1])
    let bytes = Tensor(
      over: memory, byteOffset: entry.begin, shape: [rows, format.rowByteCount(columns)],
      dtype: .uint8)
    return BlockMatrix(format: format, columns: columns, bytes: bytes)
  }
}

/// y = the values of `blocks` blocks. They are divided among the threads.
func dequantize(
  _ bytes: UnsafeRawPointer, _ type: GGUFTensorType, into y: UnsafeMutablePointer<Float>,
  blocks: Int
) {
  let format = fledge_block_format(rawValue: type.rawValue)
  ThreadPool.forRanges(blocks, grain: max(1, ThreadPool.grain / type.blockWidth)) { range in
    fledge_dequantize_blocks(
      format,
      bytes.assumingMemoryBound(to: UInt8.self) + range.lowerBound * type.blockByteCount,
      y + range.lowerBound * type.blockWidth, range.count)
  }
}
