import FledgeInference
import Testing

/// Each token is one byte; 256 is special.
private struct ByteTokenizer: Tokenizer {
  let vocabularySize = 257
  func encode(_ text: String, _ options: EncodingOptions) -> [Int] { text.utf8.map { Int($0) } }
  func bytes(of token: Int, isFirst: Bool) -> [UInt8] { token < 256 ? [UInt8(token)] : [] }
  func piece(of token: Int) -> String? { nil }
  func token(of piece: String) -> Int? { nil }
  func isSpecial(_ token: Int) -> Bool { token == 256 }
}

@Suite struct StreamingDecoderTests {
  private let tokenizer = ByteTokenizer()

  @Test func `a character comes when its last byte does`() {
    var decoder = StreamingDecoder(tokenizer)
    let parts = tokenizer.encode("aß中🦊").map { decoder.append($0) }
    #expect(parts == ["a", "", "ß", "", "", "中", "", "", "", "🦊"])
    #expect(decoder.finish() == "")
  }

  @Test func `the parts together are the decoded text, whatever the bytes`() {
    // Every first byte with every second one, and what could follow them.
    for first in 0x00...0xFF {
      for second in stride(from: 0x00, through: 0xFF, by: 0x0F) {
        for rest in [[], [0x80], [0x80, 0x80], [0xBF, 0x41], [0xE4], [0xF0, 0x9F]] {
          let tokens = [first, second] + rest
          var decoder = StreamingDecoder(tokenizer)
          let parts = tokens.map { decoder.append($0) } + [decoder.finish()]
          #expect(
            Array(parts.joined().unicodeScalars)
              == Array(tokenizer.decode(tokens).unicodeScalars), "\(tokens)")
        }
      }
    }
  }

  @Test func `a character that never ends is U+FFFD, and the decoder begins anew`() {
    var decoder = StreamingDecoder(tokenizer)
    #expect(decoder.append(0xF0) + decoder.append(0x9F) == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.append(0x41) == "A")
  }

  @Test func `special tokens are skipped, also inside a character`() {
    var decoder = StreamingDecoder(tokenizer)
    let parts = [0xC3, 256, 0x9F].map { decoder.append($0) }
    #expect(parts.joined() == "ß")
    #expect(tokenizer.decode([0xC3, 256, 0x9F], skippingSpecials: true) == "ß")
  }
}
