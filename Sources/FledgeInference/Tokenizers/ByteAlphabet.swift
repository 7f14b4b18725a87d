/// GPT-2's alphabet: a printable character for each byte, in which byte-level vocabularies are
/// written. Bytes that print stay as they are; the others become U+0100, U+0101, … in their order
/// (Radford et al. 2019, `bytes_to_unicode`). So the space is Ġ and the line feed Ċ.
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt32(0)..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)!
      default:
        defer { next += 1 }
        return Unicode.Scalar(next)!
      }
    }
  }()

  /// The byte of each character up to the last one, −1 for none.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: Int(characters.map(\.value).max()!) + 1)
    for (byte, character) in characters.enumerated() { bytes[Int(character.value)] = Int16(byte) }
    return bytes
  }()

  /// Bytes as the alphabet writes them.
  static func written(_ bytes: some Sequence<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    for byte in bytes { scalars.append(characters[Int(byte)]) }
    return String(scalars)
  }

  /// Replaces `result` by the bytes that `text` writes. A text with a character outside of the
  /// alphabet, as special tokens may have, stands for itself.
  static func read(_ text: UTF8Buffer, into result: inout [UInt8]) {
    result.removeAll(keepingCapacity: true)
    var position = 0
    while position < text.count {
      let (value, length) = text.scalar(at: position)
      guard value < bytes.count, bytes[Int(value)] >= 0 else {
        result.removeAll(keepingCapacity: true)
        result += text
        return
      }
      result.append(UInt8(bytes[Int(value)]))
      position += length
    }
  }

  /// The bytes that `text` writes.
  static func read(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    text.withUnsafeBufferPointer { read($0, into: &result) }
    return result
  }
}
