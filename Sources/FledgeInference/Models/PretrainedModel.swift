import FledgeCore
import FledgeIO
import FledgeModels
import FledgeNN
import Foundation

/// A published model with all that is needed to talk to it: weights, tokenizer, chat template.
///
///     let model = try PretrainedModel("SmolLM2-135M-Instruct.Q4_1.gguf")
///     let session = GenerationSession(model.model, tokenizer: model.tokenizer)
///     let prompt = try model.prompt([ChatMessage(role: "user", content: "What is a feather?")])
///     session.generate(prompt, model.options(sampling: .chat)) { print($0, terminator: ""); return true }
public struct PretrainedModel {
  /// The decoder: a ``Llama``, or a GPT-2.
  public let model: any LanguageModel
  /// Its tokenizer.
  public let tokenizer: any Tokenizer
  /// How it was trained to see conversations; nil where its files do not say.
  public let template: ChatTemplate?
  /// Tokens that end its texts.
  public let endTokens: Set<Int>
  /// The metadata of a GGUF file; empty for a directory. ``Llama/save(to:metadata:)`` takes it.
  public let metadata: GGUFMetadata

  /// Loads a GGUF file, or a directory of Hugging Face's with `tokenizer.json`.
  ///
  /// - Throws: ``ModelError``, ``TokenizerError`` or ``ChatTemplateError``
  public init(_ path: String, storage: WeightStorage = .asStored) throws {
    let files = try PretrainedFiles(path, storage: storage)
    let architecture = try files.architecture()
    switch architecture {
    case "llama": model = try Llama.make(files)
    case "gpt2" where !files.isGGUF: model = try GPT.make(files)
    default:
      throw ModelError(
        .unsupportedArchitecture(architecture, known: ["llama", "gpt2"]), path: path)
    }
    metadata = files.metadata
    if files.isGGUF {
      let description = try TokenizerDescription(metadata, path: path)
      tokenizer = try PipelineTokenizer(gguf: description.tokenizer)
      endTokens = description.endTokens
      template = try description.template.map {
        try ChatTemplate(
          $0, beginningOfText: description.beginningPiece, endOfText: description.endPiece)
      }
    } else {
      tokenizer = try PipelineTokenizer(contentsOf: path)
      let settings = try TokenizerSettings(directory: path)
      endTokens = settings.endTokens(tokenizer)
      template = try settings.template.map {
        try ChatTemplate($0, beginningOfText: settings.beginning, endOfText: settings.end)
      }
    }
  }

  /// Puts a LoRA adapter of PEFT's over the model: ``Llama/loadAdapter(_:)``.
  ///
  /// - Throws: ``ModelError``, also where the model is no ``Llama``.
  public func loadAdapter(_ directory: String) throws(ModelError) {
    guard let llama = model as? Llama else {
      throw ModelError(
        .unsupportedAdapter("base model", value: "\(type(of: model))"), path: directory)
    }
    try llama.loadAdapter(directory)
  }

  /// Options that end where this model ends its texts.
  public func options(
    sampling: SamplingOptions, maximum: Int = 256, stops: [String] = [], seed: UInt64 = 0,
    logProbabilities: Int? = nil
  ) -> GenerationOptions {
    GenerationOptions(
      sampling: sampling, maximum: maximum, stops: stops, endTokens: endTokens, seed: seed,
      logProbabilities: logProbabilities)
  }

  /// The tokens of a conversation, up to where the model's answer begins. Names of special tokens in
  /// the messages are ordinary text: nobody ends a turn by typing `<|im_end|>`.
  ///
  /// - Throws: ``ChatTemplateError``
  public func prompt(_ messages: [ChatMessage]) throws -> [Int] {
    guard let template else {
      return tokenizer.encode(messages.map(\.content).joined(separator: "\n"), .addingSpecials)
    }
    // A message with the name of a special token stands apart as a mark while the template is filled in.
    // All others are encoded together with it: a tokenizer may join the end of one with the next.
    var marks: [String: String] = [:]
    let marked = messages.enumerated().map { i, message in
      let tokens = tokenizer.encode(message.content, .recognizingSpecials)
      guard tokens.contains(where: tokenizer.isSpecial) else { return message }
      let mark = "\u{F8FF}\(i)\u{F8FE}"
      marks[mark] = message.content
      return ChatMessage(role: message.role, content: mark)
    }
    var rest = Substring(try template.render(marked))
    var tokens: [Int] = []
    while let (mark, place) = marks.keys.compactMap({ mark in
      rest.firstRange(of: mark).map { (mark, $0) }
    }).min(by: { $0.1.lowerBound < $1.1.lowerBound }) {
      tokens += tokenizer.encode(String(rest[..<place.lowerBound]), .recognizingSpecials)
      tokens += tokenizer.encode(marks[mark]!, [])
      rest = rest[place.upperBound...]
    }
    return tokens + tokenizer.encode(String(rest), .recognizingSpecials)
  }
}

/// What a GGUF file says about its tokenizer.
private struct TokenizerDescription {
  let tokenizer: PipelineTokenizer.GGUFMetadata
  let template: String?
  let endTokens: Set<Int>
  let beginningPiece: String
  let endPiece: String

  init(_ metadata: GGUFMetadata, path: String) throws(ModelError) {
    func key(_ name: String) -> String { "tokenizer.ggml." + name }
    func token(_ name: String, where flag: String) -> Int? {
      metadata[key(flag)]?.flag ?? false ? metadata[key(name)]?.integer : nil
    }
    let pieces: [String]
    do throws(GGUFError) {
      pieces = try metadata.texts(key("tokens"))
      tokenizer = .init(
        model: try metadata.text(key("model")), preTokenizer: metadata[key("pre")]?.text,
        pieces: pieces,
        kinds: metadata[key("token_type")] == nil ? [] : try metadata.integers(key("token_type")),
        merges: metadata[key("merges")] == nil ? [] : try metadata.texts(key("merges")),
        scores: metadata[key("scores")]?.elements?.compactMap { $0.number.map { Float($0) } } ?? [],
        addsSpacePrefix: metadata[key("add_space_prefix")]?.flag ?? true,
        beginning: token("bos_token_id", where: "add_bos_token"),
        end: token("eos_token_id", where: "add_eos_token"))
    } catch {
      throw ModelError(.gguf(GGUFError(error.fault, path: path)), path: path)
    }
    func piece(_ name: String) -> String {
      let token = metadata[key(name)]?.integer
      return token.flatMap { pieces.indices.contains($0) ? pieces[$0] : nil } ?? ""
    }
    template = metadata["tokenizer.chat_template"]?.text
    endTokens = Set(["eos_token_id", "eot_token_id"].compactMap { metadata[key($0)]?.integer })
    beginningPiece = piece("bos_token_id")
    endPiece = piece("eos_token_id")
  }
}

/// What `tokenizer_config.json`, `chat_template.jinja` and `generation_config.json` say.
private struct TokenizerSettings {
  private(set) var template: String?
  private(set) var beginning = ""
  private(set) var end = ""
  private var endNumbers: Set<Int> = []

  init(directory: String) throws(ModelError) {
    func object(_ name: String) throws(ModelError) -> [String: Any] {
      let path = "\(directory)/\(name)"
      guard FileKind(path) != .missing else { return [:] }
      guard let data = FileManager.default.contents(atPath: path),
        let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
      else {
        throw ModelError(
          .invalidConfiguration(reason: "\(name) is no JSON object"), path: directory)
      }
      return object
    }
    let settings = try object("tokenizer_config.json")
    // Special tokens are texts, or objects with the text as `content`.
    func text(_ value: Any?) -> String {
      value as? String ?? (value as? [String: Any])?["content"] as? String ?? ""
    }
    (beginning, end) = (text(settings["bos_token"]), text(settings["eos_token"]))
    template =
      (try? String(contentsOfFile: "\(directory)/chat_template.jinja", encoding: .utf8))
      ?? settings["chat_template"] as? String
    for name in ["config.json", "generation_config.json"] {
      let value = try object(name)["eos_token_id"]
      endNumbers.formUnion(value as? [Int] ?? (value as? Int).map { [$0] } ?? [])
    }
  }

  func endTokens(_ tokenizer: any Tokenizer) -> Set<Int> {
    endNumbers.union(tokenizer.token(of: end).map { [$0] } ?? [])
  }
}
