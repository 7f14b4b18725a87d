import FledgeCore

extension SafetensorsHeader {
  typealias Fault = SafetensorsError.Fault

  /// Reads the JSON, which takes the first bytes of a file and is followed by `dataByteCount` more,
  /// and checks all of it: afterwards every entry lies inside the data, the entries fill it without
  /// gaps, and each is as long as its shape and dtype say.
  init(json: [UInt8], dataByteCount: Int) throws(Fault) {
    guard String(validating: json, as: UTF8.self) != nil else { throw .invalidHeader }
    var parser = Parser()
    do throws(JSONScanner.Failure) {
      var scanner = JSONScanner(json)
      try parser.parse(&scanner)
    } catch {
      throw .invalidHeaderDeserialization(reason: "\(error.reason) at byte \(error.position)")
    }
    if let name = parser.equivalentName { throw .equivalentNames(tensor: name) }
    metadata = parser.metadata
    entries = try Self.validated(parser.entries, dataByteCount: dataByteCount)
  }

  /// An entry as written; its numbers are not checked yet.
  private struct RawEntry {
    var name: String
    var dtype: SafetensorsDType
    var dimensions: [UInt64]
    var begin: UInt64
    var end: UInt64
  }

  private static func validated(
    _ raw: [RawEntry], dataByteCount: Int
  ) throws(Fault) -> [Entry] {
    var entries: [Entry] = []
    var end: UInt64 = 0
    // The sort is stable, and an empty tensor comes before the one that begins at the same byte.
    for entry in raw.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == end, entry.end >= entry.begin else {
        throw .invalidOffset(tensor: entry.name)
      }
      end = entry.end
      let (dimensions, bitCount) = try size(of: entry)
      guard bitCount % 8 == 0 else { throw .misalignedSlice(tensor: entry.name) }
      guard end - entry.begin == UInt64(bitCount / 8), let intEnd = Int(exactly: end) else {
        throw .tensorInvalidInfo(tensor: entry.name)
      }
      entries.append(
        Entry(
          name: entry.name, dtype: entry.dtype, dimensions: dimensions, begin: Int(entry.begin),
          end: intEnd))
    }
    let expected = Int(clamping: end)
    guard expected == dataByteCount else {
      throw .metadataIncompleteBuffer(expected: expected, byteCount: dataByteCount)
    }
    return entries
  }

  private static func size(of entry: RawEntry) throws(Fault) -> ([Int], bitCount: Int) {
    var dimensions: [Int] = []
    // Without sizes of 0: a shape whose other axes multiply past `Int` has no strides.
    var product = 1
    for dimension in entry.dimensions {
      guard let size = Int(exactly: dimension) else {
        throw .validationOverflow(tensor: entry.name)
      }
      dimensions.append(size)
      let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      if overflow { throw .validationOverflow(tensor: entry.name) }
      product = next
    }
    if dimensions.contains(0) { return (dimensions, 0) }
    let (bitCount, overflow) = product.multipliedReportingOverflow(by: entry.dtype.bitCount)
    if overflow { throw .validationOverflow(tensor: entry.name) }
    return (dimensions, bitCount)
  }
}

// MARK: Parsing

extension SafetensorsHeader {
  private struct Parser {
    typealias Failure = JSONScanner.Failure

    var entries: [RawEntry] = []
    var metadata: [String: String] = [:]
    /// A name that equals an earlier one as text but not as bytes.
    var equivalentName: String?
    private var indices: [String: Int] = [:]
    private var hasMetadata = false

    mutating func parse(_ scanner: inout JSONScanner) throws(Failure) {
      try scanner.object { (scanner, name) throws(Failure) in
        if name == metadataKey {
          try parseMetadata(&scanner)
        } else {
          keep(try entry(name, &scanner))
        }
      }
      try scanner.end()
    }

    /// If two tensors have the same name, the later one counts, as in the reference implementation.
    private mutating func keep(_ entry: RawEntry) {
      guard let index = indices[entry.name] else {
        indices[entry.name] = entries.count
        entries.append(entry)
        return
      }
      if !entries[index].name.utf8.elementsEqual(entry.name.utf8) { equivalentName = entry.name }
      entries[index] = entry
    }

    private mutating func parseMetadata(_ scanner: inout JSONScanner) throws(Failure) {
      if hasMetadata { throw scanner.failure("a second '\(metadataKey)'") }
      hasMetadata = true
      if try scanner.null() { return }
      try scanner.object { (scanner, key) throws(Failure) in
        metadata[key] = try scanner.string()
      }
    }

    private func entry(
      _ name: String, _ scanner: inout JSONScanner
    ) throws(Failure) -> RawEntry {
      var dtype: SafetensorsDType?
      var dimensions: [UInt64]?
      var offsets: [UInt64]?
      try scanner.object { (scanner, field) throws(Failure) in
        switch field {
        case "dtype":
          if dtype != nil { throw scanner.failure("a second 'dtype' of tensor '\(name)'") }
          let text = try scanner.string()
          guard let known = SafetensorsDType(rawValue: text) else {
            throw scanner.failure("unknown dtype '\(text)' of tensor '\(name)'")
          }
          dtype = known
        case "shape":
          if dimensions != nil { throw scanner.failure("a second 'shape' of tensor '\(name)'") }
          dimensions = try integers(&scanner)
        case "data_offsets":
          if offsets != nil {
            throw scanner.failure("a second 'data_offsets' of tensor '\(name)'")
          }
          offsets = try integers(&scanner)
        default:
          try scanner.skip()
        }
      }
      guard let dtype else { throw scanner.failure("no 'dtype' for tensor '\(name)'") }
      guard let dimensions else { throw scanner.failure("no 'shape' for tensor '\(name)'") }
      guard let offsets else { throw scanner.failure("no 'data_offsets' for tensor '\(name)'") }
      guard offsets.count == 2 else {
        throw scanner.failure("\(offsets.count) data_offsets, not 2, for tensor '\(name)'")
      }
      return RawEntry(
        name: name, dtype: dtype, dimensions: dimensions, begin: offsets[0], end: offsets[1])
    }

    private func integers(_ scanner: inout JSONScanner) throws(Failure) -> [UInt64] {
      var result: [UInt64] = []
      try scanner.array { (scanner) throws(Failure) in
        result.append(try scanner.unsignedInteger())
      }
      return result
    }
  }
}
