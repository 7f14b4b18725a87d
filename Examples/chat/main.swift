import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct Chat: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk to a language model, let it write, and measure it.",
    discussion: """
      Without arguments, a conversation with SmolLM2-135M-Instruct, which `make chat` fetches.

        chat                                       a conversation in the terminal
        chat --model model.gguf                    with another model (a GGUF file, or a directory
                                                   of Hugging Face's: Llama or GPT-2)
        chat generate --prompt "Once upon a time"  continues a text; with --schema, in JSON
        chat perplexity --text book.txt            how well the model expects a text
        chat embed "A feather." "A plume."         vectors of sentences, and their cosines
        chat speed                                 tokens a second, beside what limits them
      """,
    subcommands: [Talk.self, Generate.self, Judge.self, Embed.self, Speed.self],
    defaultSubcommand: Talk.self)
}

/// Which model, and how its weights are kept.
struct ModelOptions: ParsableArguments {
  enum Weights: String, CaseIterable, ExpressibleByArgument {
    case stored
    case float32
  }

  @Option(
    help: "A GGUF file or a directory of Hugging Face's; by default, SmolLM2 from the cache.",
    completion: .file())
  var model: String?
  @Option(
    help: """
      How weights in blocks are kept: as stored, with products of 8-bit numbers, or as float32 \
      (\(Weights.allCases.map(\.rawValue).joined(separator: ", "))).
      """)
  var weights = Weights.stored
  @Option(
    help: "A LoRA adapter of a Llama, as Hugging Face's PEFT saves it.", completion: .directory)
  var adapter: String?

  var path: String { get throws { try model ?? FetchedModel.smollm2.path() } }

  func load() throws -> PretrainedModel {
    let loaded = try PretrainedModel(path, storage: weights == .stored ? .asStored : .float32)
    if let adapter { try loaded.loadAdapter(adapter) }
    return loaded
  }
}

/// How tokens are drawn; the defaults are those of the command.
struct DrawingOptions: ParsableArguments {
  @Option(help: "Divides the logits; 0 takes the likeliest token each time.")
  var temperature = SamplingOptions.chat.temperature
  @Option(help: "Draw among this many likeliest tokens only.") var topK: Int?
  @Option(help: "Draw among the likeliest tokens that together have this probability.")
  var topP = SamplingOptions.chat.topP ?? 1
  @Option(help: "Draw among tokens at least this many times as likely as the likeliest.")
  var minP: Double?
  @Option(help: "Makes tokens that came already less likely; 1 changes nothing.")
  var repetitionPenalty = SamplingOptions.chat.repetitionPenalty
  @Option(help: "The seed of the draws.") var seed: UInt64 = 1

  var sampling: SamplingOptions {
    SamplingOptions(
      temperature: temperature, topK: topK, topP: topP, minP: minP,
      repetitionPenalty: repetitionPenalty)
  }

  func validate() throws {
    if let fault = sampling.fault { throw ValidationError("\(fault).") }
  }
}

struct Judge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity", abstract: "How well a model expects a text.")
  @OptionGroup var model: ModelOptions
  @Option(help: "A text file (UTF-8).", completion: .file()) var text: String
  @Option(help: "Tokens of a window, within which each is judged from those before it.")
  var window = 512
  @Option(help: "Judge only so many tokens of the text.") var tokens: Int?
  @Flag(help: "Write one JSON object with the tokens and their logarithms.") var json = false

  func validate() throws {
    if window < 2 { throw ValidationError("--window must be at least 2.") }
    if tokens ?? 2 < 2 { throw ValidationError("--tokens must be at least 2.") }
  }

  func run() throws {
    let loaded = try model.load()
    guard window <= loaded.model.context else {
      throw ValidationError("--window must be at most the model's \(loaded.model.context).")
    }
    let content: String
    do {
      content = try String(contentsOfFile: text, encoding: .utf8)
    } catch {
      throw ValidationError("cannot read '\(text)' as UTF-8: \(error.localizedDescription)")
    }
    let all = loaded.tokenizer.encode(content)
    let judged = Array(all.prefix(tokens ?? all.count))
    guard judged.count >= 2 else { throw ValidationError("'\(text)' has fewer than 2 tokens.") }
    let result = Perplexity(of: judged, loaded.model, window: window) { part in
      if !json {
        say(String(format: "%d tokens: %.4f", part.logProbabilities.count, part.value))
      }
    }
    guard json else {
      return print(
        String(
          format: "perplexity %.4f over %d tokens", result.value, result.logProbabilities.count))
    }
    try printJSON([
      "perplexity": result.value, "tokens": judged, "log_probabilities": result.logProbabilities,
    ])
  }
}

/// Writes text at once, without waiting for the end of a line.
func show(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

func printJSON(_ object: [String: Any]) throws {
  let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
  print(String(decoding: data, as: UTF8.self))
}

Chat.main()
