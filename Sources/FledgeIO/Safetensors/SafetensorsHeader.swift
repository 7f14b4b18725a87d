import FledgeCore

/// What a safetensors file says about its tensors before their bytes come.
struct SafetensorsHeader: Equatable {
  /// Where a tensor lies: bytes `begin..<end` after the header.
  struct Entry: Equatable {
    var name: String
    var dtype: SafetensorsDType
    /// May be more than a ``FledgeCore/Shape`` holds.
    var dimensions: [Int]
    var begin: Int
    var end: Int
  }

  static let metadataKey = "__metadata__"

  /// In the order of their bytes.
  var entries: [Entry]
  var metadata: [String: String]
}

// MARK: Writing

extension SafetensorsHeader {
  /// Lays the tensors out as the reference implementation does: later dtypes of the format's list
  /// first, which keeps every tensor aligned, and names in the order of their bytes.
  init(_ tensors: [String: Tensor], metadata: [String: String]) {
    var end = 0
    entries = tensors.map { (name: $0.key, dtype: SafetensorsDType($0.value.dtype), $0.value) }
      .sorted { a, b in
        if a.dtype != b.dtype { return a.dtype.rank > b.dtype.rank }
        return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
      }
      .map { name, dtype, tensor in
        let begin = end
        end += tensor.byteCount
        return Entry(
          name: name, dtype: dtype, dimensions: Array(tensor.shape), begin: begin, end: end)
      }
    self.metadata = metadata
  }

  /// The 8 bytes of the length, then the JSON, padded with spaces to a multiple of 8.
  func encoded() -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      // The reference leaves the order open; a fixed order makes equal contents equal bytes.
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\($0.key.jsonQuoted):\($0.value.jsonQuoted)" }
      members.append("\"\(Self.metadataKey)\":{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let shape = entry.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(entry.name.jsonQuoted):{\"dtype\":\"\(entry.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(entry.begin),\(entry.end)]}")
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json
  }
}
