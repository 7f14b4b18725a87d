import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct Talk: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A conversation in the terminal.",
    discussion: """
      /system TEXT   what the model is told before the conversation, which begins anew
      /reset         begins a new conversation
      /stats         tokens, tokens a second and memory of the last answer
      /help          this list
      /quit          ends; so does Ctrl-D. Ctrl-C ends an answer.
      """)
  @OptionGroup var model: ModelOptions
  @OptionGroup var drawing: DrawingOptions
  @Option(help: "What the model is told before the conversation.") var system: String?
  @Option(help: "The most tokens of an answer.") var length = 400
  @Option(help: "The most tokens of a conversation.") var context = 2048

  func validate() throws {
    if length < 1 { throw ValidationError("--length must be at least 1.") }
    if context < 16 { throw ValidationError("--context must be at least 16.") }
  }

  func run() throws {
    let loaded = try model.load()
    guard loaded.template != nil else {
      throw ValidationError(
        "'\(try model.path)' has no chat template; use 'chat generate', or a model that was tuned "
          + "to answer.")
    }
    var conversation = Conversation(loaded, self)
    say(
      "\((try model.path as NSString).lastPathComponent): \(loaded.model.details). /help for help.")
    while let line = ask() {
      let words = line.trimmingCharacters(in: .whitespaces)
      if words.isEmpty { continue }
      if words == "/quit" || words == "/exit" { break }
      if words.hasPrefix("/") { conversation.obey(words) } else { try conversation.answer(line) }
    }
    say("")
  }

  private func ask() -> String? {
    FileHandle.standardError.write(Data("\n> ".utf8))
    return readLine()
  }
}

/// The turns so far.
private struct Conversation {
  private let loaded: PretrainedModel
  private let session: GenerationSession
  private let command: Talk
  private var system: String?
  private var messages: [ChatMessage] = []
  private var stats = "no answer yet"
  private var answers: UInt64 = 0

  init(_ loaded: PretrainedModel, _ command: Talk) {
    self.loaded = loaded
    self.command = command
    system = command.system
    session = GenerationSession(
      loaded.model, tokenizer: loaded.tokenizer, capacity: command.context)
  }

  private var prompt: [ChatMessage] {
    (system.map { [ChatMessage(role: "system", content: $0)] } ?? []) + messages
  }

  mutating func obey(_ line: String) {
    let (name, rest) = (line.prefix { !$0.isWhitespace }, line.drop { !$0.isWhitespace })
    switch name {
    case "/help": say(Talk.configuration.discussion)
    case "/reset":
      messages = []
      say("A new conversation.")
    case "/system":
      let text = rest.trimmingCharacters(in: .whitespaces)
      system = text.isEmpty ? nil : text
      messages = []
      say(text.isEmpty ? "No system text; a new conversation." : "A new conversation with it.")
    case "/stats": say(stats)
    default: say("There is no command \(name); /help lists them.")
    }
  }

  mutating func answer(_ question: String) throws {
    messages.append(ChatMessage(role: "user", content: question))
    let interruption = Interruption()
    let options = loaded.options(
      sampling: command.drawing.sampling, maximum: command.length,
      seed: command.drawing.seed &+ answers)
    answers += 1
    let clock = ContinuousClock()
    let start = clock.now
    var first: Duration?
    let tokens = try loaded.prompt(prompt)
    let result = session.generate(tokens, options) { text in
      if first == nil { first = clock.now - start }
      show(text)
      return !interruption.isRequested
    }
    show("\n")
    messages.append(ChatMessage(role: "assistant", content: result.text))
    let read = tokens.count - result.reusedTokens
    note(read: read, result, first: first ?? clock.now - start, total: clock.now - start)
    switch result.finish {
    case .contextFull:
      say("The conversation fills its \(session.capacity) tokens; /reset begins a new one.")
    case .length: say("(cut after \(command.length) tokens)")
    case .invalidLogits: say("The model's logits are no numbers: its file is broken.")
    case .endOfText, .stop, .cancelled: break
    }
  }

  private mutating func note(
    read: Int, _ result: Generation, first: Duration, total: Duration
  ) {
    let writing = (total - first) / .seconds(1)
    let rate = writing > 0 ? Double(max(result.tokens.count - 1, 0)) / writing : 0
    let peak = Double(MemoryStatistics.current.peakBytes) / 1e6
    stats = String(
      format: "%d tokens read (%d were in the cache), the first token after %.2f s; "
        + "%d written, %.1f a second; %.0f MB of memory beside the mapped file; "
        + "%d of %d tokens of the conversation used",
      read, result.reusedTokens, first / .seconds(1), result.tokens.count, rate, peak,
      session.cached.count, session.capacity)
  }
}
