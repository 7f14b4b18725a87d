import Foundation

/// One turn of a conversation.
public struct ChatMessage: Sendable, Equatable {
  /// Who speaks: `system`, `user` or `assistant`, as the model was trained.
  public var role: String
  /// What is said.
  public var content: String

  /// A turn of a conversation.
  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// Writes a conversation as the text that a model was trained on, by the template that its files have.
///
/// The language is the part of Jinja that published chat templates use, rendered as `transformers`
/// renders it: text, `{{ … }}`, `if`, `for` (with `break` and `continue`), `set`, `generation`;
/// expressions with slices, tests, filters, string and dictionary methods, `namespace`, `range`,
/// `raise_exception`, `strftime_now`. What is not here, such as macros, is an error that names it.
///
/// The text begins with the special tokens that the model expects, so it is encoded with
/// ``EncodingOptions/recognizingSpecials`` and without ``EncodingOptions/addingSpecials``. Names of
/// special tokens in the messages are not told apart from the template's own in that text: whoever
/// takes messages from strangers removes them first.
public struct ChatTemplate: Sendable {
  private let statements: [TemplateStatement]
  private let variables: [String: TemplateValue]

  /// - Parameters:
  ///   - source: the template, `chat_template` in a `tokenizer_config.json` or
  ///     `tokenizer.chat_template` in a GGUF file
  ///   - beginningOfText: the template's `bos_token`
  ///   - endOfText: the template's `eos_token`
  public init(
    _ source: String, beginningOfText: String = "", endOfText: String = ""
  ) throws(ChatTemplateError) {
    statements = try TemplateParser.statements(of: source)
    variables = ["bos_token": .string(beginningOfText), "eos_token": .string(endOfText)]
  }

  /// The conversation as text.
  /// - Parameters:
  ///   - addingGenerationPrompt: ends with what precedes an answer, so that the model gives one
  ///   - variables: what else the template asks for, such as `enable_thinking`
  ///   - date: what `strftime_now` takes for today
  public func render(
    _ messages: [ChatMessage], addingGenerationPrompt: Bool = true,
    variables: [String: TemplateValue] = [:], date: Date = Date()
  ) throws(ChatTemplateError) -> String {
    let messages = messages.map {
      ["role": .string($0.role), "content": .string($0.content)] as TemplateValue
    }
    return try render(
      messages: .list(messages), addingGenerationPrompt: addingGenerationPrompt,
      variables: variables, date: date)
  }

  /// The conversation as text, of messages that have more than a role and a content, such as calls
  /// of tools.
  public func render(
    messages: TemplateValue, addingGenerationPrompt: Bool = true,
    variables: [String: TemplateValue] = [:], date: Date = Date()
  ) throws(ChatTemplateError) -> String {
    var all = self.variables
    all.merge(variables) { $1 }
    all["messages"] = messages
    all["add_generation_prompt"] = .bool(addingGenerationPrompt)
    var renderer = TemplateRenderer(all, date: date)
    if try renderer.run(statements) != nil {
      throw .syntax(reason: "a loop is left where there is none", line: renderer.line)
    }
    return renderer.output
  }
}
