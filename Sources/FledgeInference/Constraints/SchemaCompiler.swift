import FledgeIO

/// Makes rules of schemas.
struct SchemaCompiler {
  private let root: JSONValue
  private(set) var rules: [ByteGrammar.Rule] = []
  /// The rules of what `$ref`s name.
  private var references: [String: Int] = [:]
  private var shared: [String: Int] = [:]

  init(_ root: JSONValue) { self.root = root }

  private mutating func add(_ rule: ByteGrammar.Rule) -> Int {
    rules.append(rule)
    return rules.count - 1
  }

  private mutating func bytes(_ text: String) -> Int { add(.bytes(Array(text.utf8))) }

  /// A rule that is made once.
  private mutating func once(_ name: String, _ make: (inout SchemaCompiler) -> Int) -> Int {
    if let rule = shared[name] { return rule }
    let rule = make(&self)
    shared[name] = rule
    return rule
  }

  // MARK: Schemas

  private static let known: Set<String> = [
    "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "minLength", "maxLength", "enum", "const", "anyOf", "$ref",
    // These say nothing about the text.
    "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    "$schema", "$id", "$comment", "$defs", "definitions",
  ]

  mutating func rule(_ schema: JSONValue, _ place: String) throws(JSONSchemaError) -> Int {
    switch schema {
    case .bool(true): return anyValue()
    case .object(let members):
      for member in members where !Self.known.contains(member.name) {
        throw JSONSchemaError(place: place, reason: "has '\(member.name)', which is not supported")
      }
    default: throw JSONSchemaError(place: place, reason: "is not a schema that allows anything")
    }
    let alone = ["$ref", "anyOf", "enum", "const"].filter { schema[$0] != nil }
    guard alone.count < 2, alone.isEmpty || alone[0] == "enum" || schema["type"] == nil else {
      throw JSONSchemaError(
        place: place, reason: "has \(alone.joined(separator: ", ")) beside other restrictions")
    }
    if let name = schema["$ref"] { return try reference(name, place) }
    if let choices = schema["anyOf"] {
      guard let choices = choices.array, !choices.isEmpty else {
        throw JSONSchemaError(place: place + "/anyOf", reason: "is not a list of schemas")
      }
      var parts: [Int] = []
      for (i, choice) in choices.enumerated() {
        parts.append(try rule(choice, "\(place)/anyOf/\(i)"))
      }
      return add(.choice(parts))
    }
    if let value = schema["const"] { return bytes(text(value)) }
    if let values = schema["enum"] { return try choice(of: values, schema["type"], place) }
    switch schema["type"] {
    case nil:
      // Members or elements say what is meant.
      if schema["properties"] != nil { return try object(schema, place) }
      if schema["items"] != nil { return try array(schema, place) }
      let sizes = [
        "required", "additionalProperties", "minItems", "maxItems", "minLength", "maxLength",
      ]
      if let size = sizes.first(where: { schema[$0] != nil }) {
        throw JSONSchemaError(place: place, reason: "has '\(size)' and no type")
      }
      return anyValue()
    case .string(let name): return try rule(type: name, schema, place)
    case .array(let names) where !names.isEmpty:
      var parts: [Int] = []
      for name in names { parts.append(try rule(type: name.string ?? "", schema, place)) }
      return add(.choice(parts))
    default: throw JSONSchemaError(place: place + "/type", reason: "is not a type or several")
    }
  }

  private mutating func rule(
    type: String, _ schema: JSONValue, _ place: String
  ) throws(JSONSchemaError) -> Int {
    switch type {
    case "object": return try object(schema, place)
    case "array": return try array(schema, place)
    case "string":
      let (least, most) = try range(schema, "minLength", "maxLength", place)
      return string(least, most)
    case "integer": return integer()
    case "number": return number()
    case "boolean": return add(.choice([bytes("true"), bytes("false")]))
    case "null": return bytes("null")
    default: throw JSONSchemaError(place: place + "/type", reason: "is unknown: '\(type)'")
    }
  }

  private mutating func choice(
    of values: JSONValue, _ type: JSONValue?, _ place: String
  ) throws(JSONSchemaError) -> Int {
    guard let values = values.array, !values.isEmpty else {
      throw JSONSchemaError(place: place + "/enum", reason: "is not a list of values")
    }
    if let type {
      let types = type.string.map { [$0] } ?? (type.array ?? []).compactMap(\.string)
      let fits = { (value: JSONValue) in types.contains { Self.isOf($0, value) } }
      guard values.allSatisfy(fits) else {
        throw JSONSchemaError(
          place: place + "/enum", reason: "has values of another type than 'type' says")
      }
    }
    return add(.choice(values.map { bytes(text($0)) }))
  }

  private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch value {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .number: type == "number" || (type == "integer" && value.integer != nil)
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }

  private mutating func reference(
    _ name: JSONValue, _ place: String
  ) throws(JSONSchemaError) -> Int {
    let parts = name.string?.split(separator: "/", omittingEmptySubsequences: false) ?? []
    let isPart = parts.count == 3 && (parts[1] == "$defs" || parts[1] == "definitions")
    guard let name = name.string, parts.first == "#", parts.count == 1 || isPart,
      let target = parts.count == 1 ? root : root[String(parts[1])]?[String(parts[2])]
    else {
      throw JSONSchemaError(
        place: place + "/$ref", reason: "is not '#' or the name of a part such as '#/$defs/name'")
    }
    if let rule = references[name] { return rule }
    // Its place comes first: it may refer to itself.
    let place = add(.choice([]))
    references[name] = place
    rules[place] = .sequence([try rule(target, name)])
    return place
  }

  // MARK: Values

  private mutating func comma() -> Int {
    once("comma") { $0.add(.choice([$0.bytes(","), $0.bytes(", ")])) }
  }

  private mutating func member(_ name: String, _ value: Int) -> Int {
    let quoted = text(.string(name))
    return add(.sequence([add(.choice([bytes(quoted + ":"), bytes(quoted + ": ")])), value]))
  }

  private mutating func object(
    _ schema: JSONValue, _ place: String
  ) throws(JSONSchemaError) -> Int {
    if let others = schema["additionalProperties"], others.bool == nil {
      throw JSONSchemaError(
        place: place + "/additionalProperties", reason: "is neither true nor false")
    }
    let properties = schema["properties"] ?? .object([])
    guard let members = properties.object, Set(members.map(\.name)).count == members.count else {
      throw JSONSchemaError(
        place: place + "/properties", reason: "is not an object with different names")
    }
    let names = schema["required"] ?? .array([])
    guard let names = names.array, names.allSatisfy({ $0.string != nil }) else {
      throw JSONSchemaError(place: place + "/required", reason: "is not a list of names")
    }
    let required = Set(names.compactMap(\.string))
    if let missing = required.subtracting(members.map(\.name)).min() {
      throw JSONSchemaError(
        place: place + "/required", reason: "names '\(missing)', which is no property")
    }
    // From the last member to the first: what may follow where members stand already, and where not.
    let end = bytes("}")
    var (afterSome, afterNone) = (end, end)
    for (name, value) in members.reversed().map({ ($0.name, $0.value) }) {
      let member = member(name, try rule(value, "\(place)/properties/\(name)"))
      let (some, none) = (
        add(.sequence([comma(), member, afterSome])), add(.sequence([member, afterSome]))
      )
      let isRequired = required.contains(name)
      afterSome = isRequired ? some : add(.choice([some, afterSome]))
      afterNone = isRequired ? none : add(.choice([none, afterNone]))
    }
    return add(.sequence([bytes("{"), afterNone]))
  }

  private mutating func array(_ schema: JSONValue, _ place: String) throws(JSONSchemaError) -> Int {
    let (least, most) = try range(schema, "minItems", "maxItems", place)
    let item =
      try schema["items"].map { (items) throws(JSONSchemaError) in
        try rule(items, place + "/items")
      } ?? anyValue()
    return array(of: item, least, most)
  }

  private mutating func array(of item: Int, _ least: Int, _ most: Int?) -> Int {
    var choices: [Int] = []
    if most != 0 {
      let rest = add(
        .repetition(
          add(.sequence([comma(), item])), least: max(0, least - 1), most: most.map { $0 - 1 }))
      choices.append(add(.sequence([item, rest])))
    }
    if least == 0 { choices.append(add(.bytes([]))) }
    return add(.sequence([bytes("["), add(.choice(choices)), bytes("]")]))
  }

  private func range(
    _ schema: JSONValue, _ least: String, _ most: String, _ place: String
  ) throws(JSONSchemaError) -> (Int, Int?) {
    func size(_ name: String) throws(JSONSchemaError) -> Int? {
      guard let value = schema[name] else { return nil }
      guard let size = value.integer, (0...1_000_000).contains(size) else {
        throw JSONSchemaError(
          place: "\(place)/\(name)", reason: "is not an integer from 0 to 1000000")
      }
      return size
    }
    let (low, high) = (try size(least) ?? 0, try size(most))
    if let high, high < low {
      throw JSONSchemaError(place: "\(place)/\(most)", reason: "is less than \(least)")
    }
    return (low, high)
  }

  private mutating func set(_ ranges: ClosedRange<UInt8>...) -> Int {
    add(.set(ByteSet(ranges)))
  }

  private mutating func string(_ least: Int, _ most: Int?) -> Int {
    add(
      .sequence([
        bytes("\""), add(.repetition(character(), least: least, most: most)), bytes("\""),
      ]))
  }

  /// A character of a string: in UTF-8 (RFC 3629), or escaped. No escape is half of a pair of surrogates.
  private mutating func character() -> Int {
    once("character") { c in
      let next = c.set(0x80...0xBF)
      let hex = c.set(0x30...0x39, 0x41...0x46, 0x61...0x66)
      let first = c.set(0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66)
      let digits = c.add(
        .choice([
          c.add(.sequence([first, hex])),
          c.add(.sequence([c.set(0x44...0x44, 0x64...0x64), c.set(0x30...0x37)])),
        ]))
      let short = c.add(.set(ByteSet(Array("\"\\/bfnrt".utf8).map { $0...$0 })))
      return c.add(
        .choice([
          c.set(0x20...0x21, 0x23...0x5B, 0x5D...0x7F),
          c.add(.sequence([c.bytes("\\"), short])),
          c.add(.sequence([c.bytes("\\u"), digits, hex, hex])),
          c.add(.sequence([c.set(0xC2...0xDF), next])),
          c.add(.sequence([c.set(0xE0...0xE0), c.set(0xA0...0xBF), next])),
          c.add(.sequence([c.set(0xE1...0xEC, 0xEE...0xEF), next, next])),
          c.add(.sequence([c.set(0xED...0xED), c.set(0x80...0x9F), next])),
          c.add(.sequence([c.set(0xF0...0xF0), c.set(0x90...0xBF), next, next])),
          c.add(.sequence([c.set(0xF1...0xF3), next, next, next])),
          c.add(.sequence([c.set(0xF4...0xF4), c.set(0x80...0x8F), next, next])),
        ]))
    }
  }

  private mutating func optional(_ rule: Int) -> Int {
    add(.repetition(rule, least: 0, most: 1))
  }

  private mutating func integer() -> Int {
    once("integer") { c in
      let more = c.add(.repetition(c.set(0x30...0x39), least: 0, most: 14))
      return c.add(
        .sequence([
          c.optional(c.bytes("-")),
          c.add(.choice([c.bytes("0"), c.add(.sequence([c.set(0x31...0x39), more]))])),
        ]))
    }
  }

  private mutating func number() -> Int {
    once("number") { c in
      let digit = c.set(0x30...0x39)
      let fraction = c.add(
        .sequence([c.bytes("."), c.add(.repetition(digit, least: 1, most: 15))]))
      let exponent = c.add(
        .sequence([
          c.set(0x45...0x45, 0x65...0x65), c.optional(c.set(0x2B...0x2B, 0x2D...0x2D)),
          c.add(.repetition(digit, least: 1, most: 2)),
        ]))
      return c.add(.sequence([c.integer(), c.optional(fraction), c.optional(exponent)]))
    }
  }

  private mutating func anyValue() -> Int {
    if let rule = shared["any"] { return rule }
    let place = add(.choice([]))
    shared["any"] = place
    let string = string(0, nil)
    let member = add(
      .sequence([
        string, add(.choice([bytes(":"), bytes(": ")])), place,
      ]))
    let more = add(.repetition(add(.sequence([comma(), member])), least: 0, most: nil))
    let members = optional(add(.sequence([member, more])))
    rules[place] = .choice([
      string, number(), bytes("true"), bytes("false"), bytes("null"),
      array(of: place, 0, nil), add(.sequence([bytes("{"), members, bytes("}")])),
    ])
    return place
  }

  /// A value as it is written.
  private func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let number): value.integer.map { "\($0)" } ?? "\(number)"
    case .string(let string): string.jsonQuoted
    case .array(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { $0.name.jsonQuoted + ": " + text($0.value) }.joined(separator: ", ")
        + "}"
    }
  }
}
