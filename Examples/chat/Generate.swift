import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Continue a text.")
  @OptionGroup var model: ModelOptions
  @OptionGroup var drawing: DrawingOptions
  @Option(help: "The text to continue.") var prompt: String
  @Option(help: "The most tokens.") var length = 128
  @Option(help: "Ends the text; may be given several times.") var stop: [String] = []
  @Option(help: "A file with a JSON schema that the text keeps to.", completion: .file())
  var schema: String?
  @Option(
    help: """
      Speculative decoding: read up to this many proposed tokens at a time, by default those that \
      followed when the last ones came before.
      """)
  var draftTokens = 0
  @Option(
    help: "A smaller model with the same tokens, which proposes instead.", completion: .file())
  var draftModel: String?
  @Option(help: "Look for the likeliest continuations, so many at a time, instead of drawing.")
  var beams: Int?
  @Flag(help: "The prompt is what a person says, and the text is the answer.") var chat = false
  @Flag(help: "Write one JSON object with text, tokens and probabilities.") var json = false

  func validate() throws {
    if prompt.isEmpty { throw ValidationError("--prompt must not be empty.") }
    if length < 1 { throw ValidationError("--length must be at least 1.") }
    if draftTokens < 0 { throw ValidationError("--draft-tokens cannot be negative.") }
    if draftModel != nil && draftTokens == 0 {
      throw ValidationError("--draft-model needs --draft-tokens, such as 4.")
    }
    guard let beams else { return }
    if beams < 1 { throw ValidationError("--beams must be at least 1.") }
    if schema != nil || draftTokens > 0 || !stop.isEmpty {
      throw ValidationError("--beams goes with neither --schema, --draft-tokens nor --stop.")
    }
  }

  func run() throws {
    let loaded = try model.load()
    let tokens =
      chat
      ? try loaded.prompt([ChatMessage(role: "user", content: prompt)])
      : loaded.tokenizer.encode(prompt, .addingSpecials)
    if let beams { return try search(beams, loaded, tokens) }
    let constraint = try schema.map { path in
      try TokenConstraint(JSONSchema(read(path)), tokenizer: loaded.tokenizer)
    }
    if let least = constraint?.minimumTokens, least > length {
      throw ValidationError("the schema needs up to \(least) tokens: --length \(least) or more.")
    }
    let session = GenerationSession(
      loaded.model, tokenizer: loaded.tokenizer, draft: try draft(loaded))
    let options = loaded.options(
      sampling: drawing.sampling, maximum: length, stops: stop, seed: drawing.seed,
      logProbabilities: json ? 1 : nil)
    let start = ContinuousClock.now
    let result = session.generate(tokens, options, constraint: constraint) { text in
      if !json { show(text) }
      return true
    }
    if !json { show("\n") }
    if result.finish == .invalidLogits {
      throw ValidationError("the model's logits are no numbers: its file is broken.")
    }
    if json {
      return try printJSON([
        "prompt_tokens": tokens, "tokens": result.tokens, "text": result.text,
        "log_probabilities": result.logProbabilities.map(\.chosen),
        "proposed_tokens": result.draftedTokens.proposed,
        "accepted_tokens": result.draftedTokens.accepted,
      ])
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var line = String(format: "%d tokens in %.2f s", result.tokens.count, seconds)
    if draftTokens > 0 {
      line +=
        "; \(result.draftedTokens.accepted) of \(result.draftedTokens.proposed) proposals taken"
    }
    say(line)
  }

  private func read(_ path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ValidationError("cannot read '\(path)' as UTF-8: \(error.localizedDescription)")
    }
  }

  private func draft(_ loaded: PretrainedModel) throws -> (source: any TokenDraft, count: Int)? {
    if draftTokens == 0 { return nil }
    guard let draftModel else { return (RepetitionDraft(), draftTokens) }
    let small = try PretrainedModel(draftModel).model
    guard small.vocabulary == loaded.model.vocabulary else {
      throw ValidationError(
        "--draft-model has \(small.vocabulary) tokens, the model \(loaded.model.vocabulary).")
    }
    return (ModelDraft(small), draftTokens)
  }

  private func search(_ width: Int, _ loaded: PretrainedModel, _ prompt: [Int]) throws {
    let found = BeamSearch(
      loaded.model, width: width, maximum: length, endTokens: loaded.endTokens)(prompt)
    if found.isEmpty {
      throw ValidationError("there is no room behind the prompt, or the model's file is broken.")
    }
    if json {
      return try printJSON([
        "prompt_tokens": prompt,
        "continuations": found.map { continuation -> [String: Any] in
          [
            "tokens": continuation.tokens, "text": loaded.tokenizer.decode(continuation.tokens),
            "log_probability": continuation.logProbability, "score": continuation.score,
          ]
        },
      ])
    }
    for continuation in found {
      print(
        String(format: "%.4f ", continuation.score)
          + loaded.tokenizer.decode(continuation.tokens).debugDescription)
    }
  }
}
