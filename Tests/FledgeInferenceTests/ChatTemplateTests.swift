import FledgeIO
import FledgeInference
import Foundation
import Testing

/// A case of `Tests/Golden/chat_templates.json`, which Jinja has rendered.
private struct GoldenCase: Sendable, CustomTestStringConvertible {
  var name: String
  var template: String
  var messages: TemplateValue
  var addsPrompt: Bool
  var variables: [String: TemplateValue]
  var text: String?
  var refusal: String?

  var testDescription: String { name }

  static func all() throws -> [GoldenCase] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/chat_templates.json")
    var scanner = JSONScanner([UInt8](try Data(contentsOf: file)))
    return try #require(try scanner.value().array).map { value in
      GoldenCase(
        name: try #require(value["name"]?.string),
        template: try #require(value["template"]?.string),
        messages: templateValue(try #require(value["messages"])),
        addsPrompt: value["prompt"]?.bool == true,
        variables: Dictionary(
          uniqueKeysWithValues: try #require(value["variables"]?.object).map {
            ($0.name, templateValue($0.value))
          }),
        text: value["text"]?.string, refusal: value["refused"]?.string)
    }
  }

  private static func templateValue(_ value: JSONValue) -> TemplateValue {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let number): value.integer.map { .integer($0) } ?? .float(number)
    case .string(let text): .string(text)
    case .array(let elements): .list(elements.map(templateValue))
    case .object(let members):
      .dictionary(members.map { .init($0.name, templateValue($0.value)) })
    }
  }

  /// 29 February 2024, 12:00 UTC.
  private static let date = Date(timeIntervalSince1970: 1_709_208_000)

  func render() throws(ChatTemplateError) -> String {
    try ChatTemplate(template, beginningOfText: "<s>", endOfText: "</s>").render(
      messages: messages, addingGenerationPrompt: addsPrompt, variables: variables,
      date: Self.date)
  }
}

@Suite struct ChatTemplateTests {
  @Test func `templates are rendered as by Jinja`() throws {
    let cases = try GoldenCase.all()
    #expect(cases.count > 140)
    for golden in cases {
      switch (golden.text, golden.refusal) {
      case (_, let refusal?):
        #expect(throws: ChatTemplateError.refused(reason: refusal), "\(golden.name)") {
          try golden.render()
        }
      case (nil, nil):
        // Jinja's errors are errors here, if with other words.
        #expect(throws: ChatTemplateError.self, "\(golden.name)") { try golden.render() }
      case (let text?, nil):
        // What is not here is said to be so.
        if ["{{ 10**2 }}", "{% macro m() %}{% endmacro %}"].contains(golden.name) { continue }
        let found = Result { () throws(ChatTemplateError) in try golden.render() }
        #expect(found == .success(text), "\(golden.name)")
      }
    }
  }

  @Test(arguments: [
    ("{{ 10**2 }}", ChatTemplateError.unsupported(construct: "the operator **", line: 1)),
    ("a\n{% macro m() %}{% endmacro %}", .unsupported(construct: "{% macro %}", line: 2)),
    ("{{ 'a'|nosuch }}", .unsupported(construct: "the filter nosuch", line: 1)),
    ("\n\n{{ 1 is nosuch }}", .unsupported(construct: "the test nosuch", line: 3)),
    ("{{ nosuch() }}", .unsupported(construct: "the function nosuch", line: 1)),
    ("{{ [].append(1) }}", .unsupported(construct: "the method append() of a list", line: 1)),
    ("{{ x.y }}", .failed(reason: "there is no 'y' of what is not defined", line: 1)),
    ("{% if 1 %}", .syntax(reason: "expected {% endif %}, found the end", line: 1)),
    ("{% endif %}", .syntax(reason: "'endif' ends nothing", line: 1)),
    ("{{ 'a }}", .syntax(reason: "a string without an end", line: 1)),
    ("{{ a", .syntax(reason: "a tag without an end", line: 1)),
    ("{# a", .syntax(reason: "a comment without an end", line: 1)),
    ("{% break %}", .syntax(reason: "a loop is left where there is none", line: 1)),
    ("{{ range(1000000) }}", .failed(reason: "a range of more than 100000 numbers", line: 1)),
    (
      "{% for i in range(900) %}{% for j in range(900) %}{% endfor %}{% endfor %}",
      .failed(reason: "it does not come to an end", line: 1)
    ),
  ])
  func `what cannot be rendered is named with its line`(
    template: String, error: ChatTemplateError
  ) {
    #expect(throws: error) { try ChatTemplate(template).render([]) }
  }

  @Test(arguments: [
    String(repeating: "{{ (", count: 1) + String(repeating: "(", count: 100_000),
    "{{ " + String(repeating: "not ", count: 100_000) + "x }}",
    "{{ x" + String(repeating: ".a", count: 100_000) + " }}",
    "{{ 1" + String(repeating: " + 1", count: 100_000) + " }}",
    String(repeating: "{% if x %}", count: 100_000),
  ])
  func `templates that nest without end are errors and no crash`(template: String) {
    #expect(throws: ChatTemplateError.self) { try ChatTemplate(template).render([]) }
  }

  @Test func `any broken template is a typed error`() throws {
    let cases = try GoldenCase.all()
    var generator = SystemRandomNumberGenerator()
    var failures = 0
    for round in 0..<2000 {
      var golden = cases[round % cases.count]
      var scalars = Array(golden.template.unicodeScalars)
      let place = Int.random(in: scalars.indices, using: &generator)
      switch round % 3 {
      case 0: scalars.remove(at: place)
      case 1: scalars.insert("{}%'|-.[(".unicodeScalars.randomElement()!, at: place)
      default: scalars.removeSubrange(place...)
      }
      golden.template = String(String.UnicodeScalarView(scalars))
      do throws(ChatTemplateError) { _ = try golden.render() } catch { failures += 1 }
    }
    #expect(failures > 200)
  }

  @Test func `a conversation is written by roles and contents`() throws {
    let template = try ChatTemplate(
      "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
        + "{% if add_generation_prompt %}[assistant]{% endif %}")
    let messages = [
      ChatMessage(role: "user", content: "a{{ b }}"), ChatMessage(role: "assistant", content: ""),
    ]
    #expect(try template.render(messages) == "[user]a{{ b }}[assistant][assistant]")
    #expect(
      try template.render(messages, addingGenerationPrompt: false) == "[user]a{{ b }}[assistant]")
  }
}
