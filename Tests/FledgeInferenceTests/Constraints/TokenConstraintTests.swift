import FledgeCore
import Foundation
import Testing

@testable import FledgeInference

/// The 256 bytes, some longer texts, and a special token.
private struct ByteTokenizer: Tokenizer {
  let pieces: [[UInt8]] =
    (0..<256).map { [UInt8($0)] }
    + ["{\"", "\": ", ", \"", "true", "\"}", "}]", "12", "é", "\\u00", "name", "[[", " "].map {
      Array($0.utf8)
    } + [[0xC3], [0xA9, 0x22]]
  static let end = 270
  var vocabularySize: Int { pieces.count + 1 }
  func encode(_ text: String, _ options: EncodingOptions) -> [Int] { text.utf8.map { Int($0) } }
  func bytes(of token: Int, isFirst: Bool) -> [UInt8] { token < pieces.count ? pieces[token] : [] }
  func piece(of token: Int) -> String? { decode([token]) }
  func token(of piece: String) -> Int? { encode(piece).first }
  func isSpecial(_ token: Int) -> Bool { token == Self.end }
}

@Suite struct TokenConstraintTests {
  private static let schemas = [
    #"{"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer"}, "tags": {"type": "array", "items": {"enum": ["a", "bé"]}, "maxItems": 4}}, "required": ["name", "tags"]}"#,
    #"{"type": "array", "items": {"type": ["number", "null", "boolean"]}, "minItems": 2}"#,
    "{}",
    ##"{"$ref": "#/$defs/n", "$defs": {"n": {"properties": {"v": {"type": "string"}, "next": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}}, "required": ["next"]}}}"##,
  ]

  private func model() -> Llama {
    let model = Llama(
      LlamaConfiguration(
        vocabulary: 271, context: 128, layers: 1, heads: 2, channels: 16, width: 24))
    let generator = Generator(seed: 8)
    for parameter in model.parameters() {
      parameter.value = .normal(parameter.value!.shape, standardDeviation: 0.4, using: generator)
    }
    return model
  }

  /// Whether a value, parsed by Foundation, is one of the schema.
  private func isValid(_ value: Any, _ schema: [String: Any], _ root: [String: Any]) -> Bool {
    if let name = schema["$ref"] as? String {
      let parts = name.split(separator: "/").map(String.init)
      return isValid(value, (root[parts[1]] as! [String: Any])[parts[2]] as! [String: Any], root)
    }
    if let choices = schema["anyOf"] as? [[String: Any]] {
      return choices.contains { isValid(value, $0, root) }
    }
    if let values = schema["enum"] as? [String] { return values.contains(value as? String ?? "?") }
    let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] }
    if let types, !types.contains(where: { isOf($0, value) }) { return false }
    if let text = value as? String {
      return text.unicodeScalars.count <= schema["maxLength"] as? Int ?? .max
    }
    if let items = value as? [Any] {
      guard items.count >= schema["minItems"] as? Int ?? 0,
        items.count <= schema["maxItems"] as? Int ?? .max
      else { return false }
      return (schema["items"] as? [String: Any]).map { item in
        items.allSatisfy { isValid($0, item, root) }
      } ?? true
    }
    if let members = value as? [String: Any], let known = schema["properties"] as? [String: Any] {
      return (schema["required"] as? [String] ?? []).allSatisfy { members[$0] != nil }
        && members.allSatisfy { name, member in
          (known[name] as? [String: Any]).map { isValid(member, $0, root) } ?? false
        }
    }
    return schema["properties"] == nil
  }

  private func isOf(_ type: String, _ value: Any) -> Bool {
    let number = value as? NSNumber
    let isBool = number.map { CFBooleanLike($0) } ?? false
    return switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "null": value is NSNull
    case "boolean": isBool
    case "integer": !isBool && number.map { $0.doubleValue.rounded() == $0.doubleValue } ?? false
    default: !isBool && number != nil
    }
  }

  private func CFBooleanLike(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }

  @Test func `Whatever a model draws, every text parses and is one of the schema`() throws {
    let (model, tokenizer) = (model(), ByteTokenizer())
    for text in Self.schemas {
      let schema = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
      let constraint = try TokenConstraint(JSONSchema(text), tokenizer: tokenizer)
      var (lengths, accepted) = (Set<Int>(), 0)
      for seed in 0..<16 {
        let session = GenerationSession(
          model, tokenizer: tokenizer,
          draft: seed % 2 == 0 ? nil : (RepetitionDraft(longest: 1), 3))
        // From no room to spare to plenty.
        let maximum = constraint.minimumTokens + [0, 1, 7, 60][seed / 4]
        let options = GenerationOptions(
          sampling: SamplingOptions(temperature: [0, 0.7, 1.5, 3][seed % 4]), maximum: maximum,
          endTokens: [ByteTokenizer.end], seed: UInt64(seed))
        let result = session.generate([3, 4], options, constraint: constraint)
        #expect(result.tokens.count <= maximum)
        let value = try? JSONSerialization.jsonObject(
          with: Data(result.text.utf8), options: .fragmentsAllowed)
        let problem = value.map { isValid($0, schema, schema) ? "" : "not of the schema" }
        #expect(problem == "", "\(text), seed \(seed): \(result.text)")
        #expect(!result.text.contains("\u{FFFD}"))
        lengths.insert(result.tokens.count)
        accepted += result.draftedTokens.accepted
      }
      // Texts are not all the shortest one, and drafts are taken under a constraint.
      #expect(lengths.count > 3, "\(text): \(lengths)")
    }
  }

  @Test func `The tokens that fit are those after which the text can come to an end in time`()
    throws
  {
    let tokenizer = ByteTokenizer()
    let generator = Generator(seed: 5)
    let logits = [Float](repeating: 0, count: 271)
    for text in Self.schemas {
      let schema = try JSONSchema(text)
      let constraint = try TokenConstraint(schema, tokenizer: tokenizer)
      let automaton = ByteAutomaton(schema.grammar)
      var (position, state, room) = (constraint.start, automaton.start, 40)
      for _ in 0..<25 where room > 0 && !constraint.isOver(position) {
        let masked = constraint.masked(
          logits, position, room: room, endTokens: [ByteTokenizer.end])
        func after(_ token: Int) -> Int? {
          var state = state
          for byte in tokenizer.pieces[token] {
            state = automaton.next(state, byte)
            if state == ByteAutomaton.dead { return nil }
          }
          return automaton.need(state) <= room - 1 ? state : nil
        }
        for token in 0..<270 { #expect((masked[token] == 0) == (after(token) != nil)) }
        #expect((masked[270] == 0) == automaton.isEnd(state))
        let fitting = (0..<270).filter { after($0) != nil }
        let token = fitting[generator.integer(below: fitting.count)]
        state = after(token)!
        position = constraint.advanced(position, by: token)
        room -= 1
      }
    }
  }

  @Test func `Where there is no room there is no text, and a vocabulary has to suffice`() throws {
    let (model, tokenizer) = (model(), ByteTokenizer())
    let constraint = try TokenConstraint(
      JSONSchema(#"{"type": "array", "items": {"type": "null"}, "minItems": 4}"#),
      tokenizer: tokenizer)
    #expect(constraint.minimumTokens == 21)
    let session = GenerationSession(model, tokenizer: tokenizer, capacity: 30)
    let short = session.generate([1], GenerationOptions(maximum: 20), constraint: constraint)
    #expect(short.tokens.isEmpty && short.finish == .length)
    let full = session.generate(
      Array(0..<11), GenerationOptions(maximum: 40), constraint: constraint)
    #expect(full.tokens.isEmpty && full.finish == .contextFull)
    let fits = session.generate([1], GenerationOptions(maximum: 21), constraint: constraint)
    #expect(fits.text == "[null,null,null,null]" && fits.finish == .endOfText)
    #expect(throws: JSONSchemaError.self) {
      try TokenConstraint(JSONSchema("{}"), tokenizer: LetterTokenizer())
    }
  }
}
