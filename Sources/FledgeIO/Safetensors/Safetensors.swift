import FledgeCore
import Foundation

/// Named tensors in a file that holds nothing but numbers: reading it cannot run code.
///
/// The format (https://github.com/huggingface/safetensors): the length of the header as a
/// little-endian UInt64; the header, JSON that gives each tensor's dtype, shape and place; the
/// elements, row-major and little-endian.
///
///     try Safetensors.write(["weight": weight], to: "model.safetensors")
///     let weight = try Safetensors.read("model.safetensors").tensors["weight"]
public enum Safetensors {
  /// The longest header that the format allows, in bytes.
  public static let maximumHeaderLength = 100_000_000
}

/// The contents of a safetensors file.
public struct SafetensorsFile: Sendable {
  /// By name; only those that were asked for.
  public var tensors: [String: Tensor]
  /// The names of the tensors in the order of their bytes in the file.
  public var names: [String]
  /// The texts that its writer added, such as `"format": "pt"`.
  public var metadata: [String: String]
}

// MARK: Reading

extension Safetensors {
  /// Reads the tensors whose names `wanted` accepts (by default all). The others are checked but
  /// not loaded; they may have dtypes and numbers of axes that Fledge does not have.
  ///
  /// Elements of `BOOL` tensors other than 0 count as true.
  ///
  /// - Throws: ``SafetensorsError``
  public static func read(
    _ path: String, where wanted: (String) -> Bool = { _ in true }
  ) throws(SafetensorsError) -> SafetensorsFile {
    do throws(SafetensorsError.Fault) {
      return try read(path: path, where: wanted)
    } catch {
      throw SafetensorsError(error, path: path)
    }
  }

  /// Reads a file that is already in memory.
  ///
  /// - Throws: ``SafetensorsError``
  public static func read(
    bytes: [UInt8], where wanted: (String) -> Bool = { _ in true }
  ) throws(SafetensorsError) -> SafetensorsFile {
    do throws(SafetensorsError.Fault) {
      return try read(byteCount: bytes.count, where: wanted) { buffer, offset in
        buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
      }
    } catch {
      throw SafetensorsError(error)
    }
  }

  private static func read(
    path: String, where wanted: (String) -> Bool
  ) throws(SafetensorsError.Fault) -> SafetensorsFile {
    let (file, byteCount): (FileDescriptor, Int)
    do throws(FileSystemError) {
      (file, byteCount) = try MappedFile.open(path)
    } catch {
      throw .file(error)
    }
    defer { file.closeIgnoringErrors() }
    return try read(byteCount: byteCount, where: wanted) {
      (buffer, offset) throws(FileSystemError) in
      try file.read(into: buffer, at: offset)
    }
  }

  /// Reads a file of `byteCount` bytes; `fetch` fills a buffer with the bytes from an offset on.
  /// Copying also avoids misaligned elements: the format allows them, loads through typed pointers
  /// do not. If `standing` has a tensor over the bytes themselves, nothing is copied.
  static func read(
    byteCount: Int, where wanted: (String) -> Bool,
    standing: (Shape, DType, _ offset: Int) -> Tensor? = { _, _, _ in nil },
    fetch: (UnsafeMutableRawBufferPointer, Int) throws(FileSystemError) -> Void
  ) throws(SafetensorsError.Fault) -> SafetensorsFile {
    guard byteCount >= 8 else { throw .headerTooSmall(byteCount: byteCount) }
    let lengthBytes = try self.bytes(count: 8, at: 0, fetch)
    let length = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= maximumHeaderLength else { throw .headerTooLarge(length: length) }
    let headerEnd = 8 + Int(length)
    guard headerEnd <= byteCount else {
      throw .invalidHeaderLength(length: length, byteCount: byteCount)
    }
    let json = try self.bytes(count: Int(length), at: 8, fetch)
    let header = try SafetensorsHeader(json: json, dataByteCount: byteCount - headerEnd)

    let entries = header.entries.filter { wanted($0.name) }
    var tensors: [String: Tensor] = [:]
    for entry in entries {
      guard let dtype = entry.dtype.dtype else {
        throw .unsupportedDType(tensor: entry.name, dtype: entry.dtype)
      }
      guard entry.dimensions.count <= Dimensions.capacity else {
        throw .tooManyAxes(tensor: entry.name, count: entry.dimensions.count)
      }
      let shape = Shape(entry.dimensions)
      if let tensor = standing(shape, dtype, headerEnd + entry.begin) {
        tensors[entry.name] = tensor
        continue
      }
      let tensor = Tensor(uninitialized: shape, dtype)
      let elements = UnsafeMutableRawBufferPointer(
        start: tensor.storage.pointer, count: entry.end - entry.begin)
      do throws(FileSystemError) {
        try fetch(elements, headerEnd + entry.begin)
      } catch {
        throw .file(error)
      }
      if dtype == .bool {
        // A Swift `Bool` is the byte 0 or 1; any other is undefined behaviour.
        for i in elements.indices where elements[i] > 1 { elements[i] = 1 }
      }
      tensors[entry.name] = tensor
    }
    return SafetensorsFile(
      tensors: tensors, names: entries.map(\.name), metadata: header.metadata)
  }

  private static func bytes(
    count: Int, at offset: Int,
    _ fetch: (UnsafeMutableRawBufferPointer, Int) throws(FileSystemError) -> Void
  ) throws(SafetensorsError.Fault) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    do throws(FileSystemError) {
      try result.withUnsafeMutableBufferPointer { (buffer) throws(FileSystemError) in
        try fetch(UnsafeMutableRawBufferPointer(buffer), offset)
      }
    } catch {
      throw .file(error)
    }
    return result
  }
}

// MARK: Writing

extension Safetensors {
  /// Writes the whole file or nothing (``AtomicFile``). Equal tensors and metadata give equal
  /// bytes: those of the format's reference implementation. Gradients are not written.
  ///
  /// - Throws: ``SafetensorsError``
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String
  ) throws(SafetensorsError) {
    do throws(SafetensorsError.Fault) {
      let header = try header(for: tensors, metadata: metadata)
      let encoded = try encoded(header)
      do throws(FileSystemError) {
        try AtomicFile.write(to: path) { (file) throws(FileSystemError) in
          try file.write(encoded)
          try forEachElements(of: tensors, in: header) { (bytes) throws(FileSystemError) in
            try file.write(bytes)
          }
        }
      } catch {
        throw .file(error)
      }
    } catch {
      throw SafetensorsError(error, path: path)
    }
  }

  /// Writes what a module's `stateDict()` gives. Traps where a name comes twice.
  ///
  /// - Throws: ``SafetensorsError``
  public static func write(
    _ tensors: [(name: String, value: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws(SafetensorsError) {
    var state: [String: Tensor] = [:]
    for (name, value) in tensors {
      require(
        state.updateValue(value, forKey: name) == nil, "Safetensors.write",
        "two tensors have the name \"\(name)\"")
    }
    try write(state, metadata: metadata, to: path)
  }

  /// The bytes of the file that `write` makes of them.
  ///
  /// - Throws: ``SafetensorsError``
  public static func bytes(
    of tensors: [String: Tensor], metadata: [String: String] = [:]
  ) throws(SafetensorsError) -> [UInt8] {
    do throws(SafetensorsError.Fault) {
      let header = try header(for: tensors, metadata: metadata)
      var result = try encoded(header)
      forEachElements(of: tensors, in: header) { result.append(contentsOf: $0) }
      return result
    } catch {
      throw SafetensorsError(error)
    }
  }

  private static func header(
    for tensors: [String: Tensor], metadata: [String: String]
  ) throws(SafetensorsError.Fault) -> SafetensorsHeader {
    if tensors[SafetensorsHeader.metadataKey] != nil { throw .reservedName }
    return SafetensorsHeader(tensors, metadata: metadata)
  }

  /// Refuses what no reader would accept.
  private static func encoded(
    _ header: SafetensorsHeader
  ) throws(SafetensorsError.Fault) -> [UInt8] {
    let result = header.encoded()
    if result.count - 8 > maximumHeaderLength {
      throw .headerTooLarge(length: UInt64(result.count - 8))
    }
    return result
  }

  /// Calls `body` with the elements of each tensor, in the order of the header.
  private static func forEachElements<E: Error>(
    of tensors: [String: Tensor], in header: SafetensorsHeader,
    _ body: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    for entry in header.entries {
      let tensor = tensors[entry.name]!.contiguous()
      let start = tensor.storage.pointer + tensor.layout.offset * tensor.dtype.byteCount
      try withExtendedLifetime(tensor.storage) { () throws(E) in
        try body(UnsafeRawBufferPointer(start: start, count: tensor.byteCount))
      }
    }
  }
}
