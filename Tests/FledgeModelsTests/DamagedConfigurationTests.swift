import FledgeModels
import Foundation
import Testing

/// The sizes in a damaged checkpoint are an error before a model is made of them.
@Suite struct DamagedConfigurationTests {
  @Test func `Sizes that no model has are refused`() throws {
    try expectRefusals(of: GPTConfiguration(vocabulary: 5, dropout: 0.5), ["vocabulary", "heads"])
    try expectRefusals(of: VisionTransformerConfiguration(dropout: 0.5), ["size", "heads"])
    try expectRefusals(of: LSTMLanguageModelConfiguration(vocabulary: 5, dropout: 0.5), ["hidden"])
    try expectRefusals(
      of: Seq2SeqConfiguration(vocabulary: 5, beginToken: 1, endToken: 2, dropout: 0.5),
      ["layers", "heads"])
  }

  private func expectRefusals<Value: Codable & Equatable>(
    of value: Value, _ sizes: [String]
  ) throws {
    let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    func decoded(_ text: String) throws -> Value {
      try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
    #expect(try decoded(text) == value)
    let damages =
      sizes.flatMap { size in ["-1", "0", "1e300", "9223372036854775807"].map { (size, $0) } }
      + [("dropout", "-1"), ("dropout", "1.5"), ("dropout", "1e300")]
    for (name, number) in damages {
      let damaged = text.replacing(try Regex("\"\(name)\":[0-9.]+"), with: "\"\(name)\":\(number)")
      #expect(damaged != text)
      #expect(throws: DecodingError.self, "\(damaged)") { try decoded(damaged) }
    }
  }
}
