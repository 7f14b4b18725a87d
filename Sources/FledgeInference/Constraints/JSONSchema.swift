import FledgeIO

/// A JSON schema (draft 2020-12, the part below): what a text may be, as a grammar of bytes.
///
///     let schema = try JSONSchema(#"{"type": "object", "properties": {"name": {"type": "string"}}}"#)
///
/// | keyword | what there is |
/// |---|---|
/// | `type` | one or several of object, array, string, integer, number, boolean, null |
/// | `properties`, `required`, `additionalProperties` | the named members, in this order; no others are written |
/// | `items`, `minItems`, `maxItems` | arrays; without `items` of any values |
/// | `minLength`, `maxLength` | strings, counted in code points |
/// | `enum`, `const` | any values |
/// | `anyOf`, `$ref` to `#` or to a part of `$defs` or `definitions` | also recursive |
///
/// Other keywords that restrict are errors; those that describe (`title`, `description`, …) change nothing. Texts
/// have a space after colons and commas or none, and no other white space. A number has at most 15 digits before
/// the point and 15 after it, and an exponent of at most 2.
public struct JSONSchema: Sendable {
  let grammar: ByteGrammar

  /// Reads a schema.
  public init(_ text: String) throws(JSONSchemaError) {
    let root: JSONValue
    do throws(JSONScanner.Failure) {
      var scanner = JSONScanner(Array(text.utf8))
      root = try scanner.value()
      try scanner.end()
    } catch {
      throw JSONSchemaError(
        place: "#", reason: "is not JSON: \(error.reason) at byte \(error.position)")
    }
    var compiler = SchemaCompiler(root)
    let start = try compiler.rule(root, "#")
    grammar = ByteGrammar(compiler.rules, start: start)
    guard grammar.minimumLength < ByteGrammar.unreachable else {
      throw JSONSchemaError(place: "#", reason: "has no finite text")
    }
  }
}

/// What is wrong with a JSON schema.
public struct JSONSchemaError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where, such as `#/properties/name`.
  public var place: String
  /// What is wrong there.
  public var reason: String

  /// A fault of a place.
  public init(place: String, reason: String) {
    self.place = place
    self.reason = reason
  }

  public var description: String { "the JSON schema's \(place) \(reason)" }
}
