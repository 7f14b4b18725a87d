import Testing

@testable import FledgeInference

@Suite struct JSONSchemaTests {
  private func isText(_ text: String, _ automaton: ByteAutomaton) -> Bool {
    var state = automaton.start
    for byte in text.utf8 {
      state = automaton.next(state, byte)
      if state == ByteAutomaton.dead { return false }
    }
    return automaton.isEnd(state)
  }

  @Test(arguments: [
    (
      #"{"type": "integer"}"#, ["0", "-0", "7", "-120", "123456789012345"],
      ["", "-", "01", "1.0", "1e3", "1234567890123456", " 1", "1 ", "+1"]
    ),
    (
      #"{"type": "number"}"#, ["0", "-1.50", "2e9", "1E-07", "3.141592653589793"],
      [".5", "1.", "1e", "1e123", "0x1", "NaN", "--1"]
    ),
    (
      #"{"type": "string"}"#, [#""""#, #""a\"\n\u00e9""#, #""é漢😀""#, #""\uD7ff""#],
      [#"""#, #""\x""#, #""\ud800""#, "\"\n\"", #""a"b""#, "a"]
    ),
    (
      #"{"type": "string", "minLength": 2, "maxLength": 3}"#, [#""ab""#, #""é漢😀""#, #""\n\n""#],
      [#""a""#, #""abcd""#, #""\n""#]
    ),
    (
      #"{"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 3}"#,
      ["[true]", "[true, false,true]"],
      [
        "[]", "[true,]", "[true false]", "[1]",
        "[true,true,true,true]",
      ]
    ),
    (#"{"type": "array", "maxItems": 0}"#, ["[]"], ["[1]"]),
    (#"{"items": {"type": "null"}}"#, ["[]", "[null]", "[null, null]"], ["null", "[null"]),
    (
      #"{"properties": {"a": {"type": "integer"}, "b": true, "c": {"const": "x"}}, "required": ["b"]}"#,
      [#"{"b": 1}"#, #"{"a":1, "b": {"z": [1, {}]}, "c": "x"}"#, #"{"b": "", "c": "x"}"#],
      [
        "{}", #"{"a": 1}"#, #"{"b": 1, "a": 1}"#, #"{"b": 1, "c": "y"}"#, #"{"b": 1,}"#,
        #"{, "b": 1}"#, #"{"b": 1, "d": 2}"#,
      ]
    ),
    (#"{"type": "object"}"#, ["{}"], [#"{"a": 1}"#]),
    (
      #"{"enum": ["ab", "abc", 1.5, null, [1, "é"], {"k": false}]}"#,
      [#""ab""#, #""abc""#, "1.5", "null", #"[1, "é"]"#, #"{"k": false}"#],
      [#""a""#, "1", "nul", "true"]
    ),
    (#"{"type": ["null", "boolean"]}"#, ["null", "true"], ["0"]),
    (#"{"anyOf": [{"type": "null"}, {"type": "integer"}]}"#, ["null", "12"], ["true"]),
    (
      ##"{"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["v"], "properties": {"v": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]}}}}}"##,
      [#"{"v": 1}"#, #"{"v": 1, "next": {"v": 2, "next": null}}"#], [#"{"v": 1, "next": 3}"#]
    ),
    (##"{"anyOf": [{"$ref": "#"}, {"type": "null"}]}"##, ["null"], ["1", ""]),
    ("{}", ["[1, {\"a\": [true, null]}, \"\"]", "{}", "-3.5e2"], ["[", "nulls", "{1: 2}", "tru"]),
    (#"{"type": "string", "enum": ["a"], "title": "T", "description": "d"}"#, [#""a""#], ["a"]),
  ])
  func `A text is taken if it is one of the schema`(
    _ schema: String, _ texts: [String], _ others: [String]
  ) throws {
    let automaton = ByteAutomaton(try JSONSchema(schema).grammar)
    for text in texts { #expect(isText(text, automaton), "\(schema): \(text)") }
    for text in others { #expect(!isText(text, automaton), "\(schema): \(text)") }
  }

  @Test func `The fewest bytes to an end are those of the shortest text`() throws {
    for (schema, least) in [
      ("{\"type\": \"integer\"}", 1), ("{\"type\": \"string\", \"minLength\": 4}", 6), ("{}", 1),
      (#"{"properties": {"a": {"type": "null"}, "b": true}, "required": ["a"]}"#, 10),
      (#"{"items": {"type": "boolean"}, "minItems": 3}"#, 16), (#"{"enum": ["abc", 12]}"#, 2),
    ] {
      let automaton = ByteAutomaton(try JSONSchema(schema).grammar)
      #expect(automaton.need(automaton.start) == least, "\(schema)")
      // It goes down by one along some byte, until the end.
      var (state, need) = (automaton.start, least)
      while need > 0 {
        let next = (0..<256).map { automaton.next(state, UInt8($0)) }
          .filter { $0 != ByteAutomaton.dead }
        let best = next.min { automaton.need($0) < automaton.need($1) }!
        #expect(automaton.need(best) == need - 1)
        (state, need) = (best, automaton.need(best))
      }
      #expect(automaton.isEnd(state))
    }
  }

  @Test(arguments: [
    ("{", "#", "is not JSON"), ("[]", "#", "is not a schema"), ("false", "#", "is not a schema"),
    (#"{"type": "text"}"#, "#/type", "is unknown: 'text'"),
    (#"{"type": 3}"#, "#/type", "is not a type"), (#"{"type": []}"#, "#/type", "is not a type"),
    (#"{"properties": {"a": {"pattern": "x"}}}"#, "#/properties/a", "has 'pattern'"),
    (#"{"type": "integer", "minimum": 3}"#, "#", "has 'minimum'"),
    (#"{"type": "string", "minLength": -1}"#, "#/minLength", "is not an integer"),
    (#"{"type": "array", "minItems": 3, "maxItems": 2}"#, "#/maxItems", "is less than minItems"),
    (#"{"type": "object", "required": ["a"]}"#, "#/required", "names 'a'"),
    (#"{"type": "object", "required": "a"}"#, "#/required", "is not a list"),
    (#"{"type": "object", "additionalProperties": {}}"#, "#/additionalProperties", "is neither"),
    (##"{"$ref": "#/$defs/a"}"##, "#/$ref", "is not '#'"),
    (#"{"$ref": "a.json"}"#, "#/$ref", "is not"),
    (##"{"$ref": "#"}"##, "#", "has no finite text"),
    (
      ##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##, "#", "has no"
    ),
    (#"{"enum": []}"#, "#/enum", "is not a list"), (#"{"anyOf": {}}"#, "#/anyOf", "is not a list"),
    (#"{"type": "string", "enum": ["a", 1]}"#, "#/enum", "has values of another type"),
    (#"{"type": "string", "const": "a"}"#, "#", "has const beside"),
    (#"{"minItems": 2}"#, "#", "has 'minItems' and no type"),
  ])
  func `What cannot be kept to is said with its place`(
    _ schema: String, _ place: String, _ reason: String
  ) {
    do throws(JSONSchemaError) {
      _ = try JSONSchema(schema)
      Issue.record("\(schema) was taken")
    } catch {
      #expect(error.place == place && error.reason.contains(reason), "\(error)")
    }
  }
}
