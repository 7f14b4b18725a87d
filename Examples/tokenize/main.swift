// Shows how a tokenizer cuts text into tokens, or trains one.
//
//     swift run -c release tokenize --tokenizer tokenizer.json "Hello, world!"
//     swift run -c release tokenize --train text.txt --vocabulary-size 2000 --out tokenizer.json

import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Shows the pieces of a text and their tokens, or trains a tokenizer.")

  @Argument(help: "The text; standard input if neither text nor file is given.")
  var text: [String] = []
  @Option(help: "A tokenizer.json, or a directory with one or with vocab.json and merges.txt.")
  var tokenizer: String?
  @Option(help: "A file to read the text from.")
  var file: String?
  @Flag(help: "Recognize special tokens in the text, and add those that go around it.")
  var special = false
  @Flag(help: "One JSON object: the tokens with their pieces and texts.")
  var json = false
  @Flag(help: "The tokens alone, in one line.")
  var ids = false
  @Flag(help: "Time loading and encoding instead of showing tokens.")
  var time = false
  @Option(help: "Train a byte-level BPE on this text, each line by itself.")
  var train: String?
  @Option(help: "The number of tokens to train.")
  var vocabularySize = 2000
  @Option(help: "The smallest count of a pair that merges.")
  var minimumCount = 2
  @Option(help: "How the trained tokenizer cuts words: gpt2, smollm, llama3 or qwen2.")
  var splitting = ByteLevelSplitting.gpt2
  @Option(help: "Where the trained tokenizer goes.")
  var out = "tokenizer.json"

  func validate() throws {
    guard (tokenizer == nil) != (train == nil) else {
      throw ValidationError("give either --tokenizer or --train.")
    }
    guard vocabularySize >= 257, vocabularySize <= 1 << 20 else {
      throw ValidationError("--vocabulary-size is from 257 to 1048576, not \(vocabularySize).")
    }
    guard file == nil || text.isEmpty else {
      throw ValidationError("give either a text or --file.")
    }
  }

  func run() throws {
    if let train { return try trainTokenizer(train) }
    let start = ContinuousClock.now
    let tokenizer = try PipelineTokenizer(contentsOf: self.tokenizer!)
    let loading = ContinuousClock.now - start
    let text = try inputText()
    let options: EncodingOptions = special ? [.recognizingSpecials, .addingSpecials] : []
    if time { return try timeEncoding(tokenizer, text, options, loading) }
    let tokens = tokenizer.encode(text, options)
    if ids {
      print(tokens.map(String.init).joined(separator: " "))
    } else if json {
      try printJSON(tokenizer, tokens)
    } else {
      for token in tokens {
        let text = tokenizer.decode([token])
        print("\(token)\t\(tokenizer.piece(of: token) ?? "")\t\(text.debugDescription)")
      }
    }
  }

  private func inputText() throws -> String {
    if !text.isEmpty { return text.joined(separator: " ") }
    let data =
      if let file { try read(file) } else { FileHandle.standardInput.readDataToEndOfFile() }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ValidationError("\(file ?? "standard input") is not UTF-8 text; convert it to UTF-8.")
    }
    return text
  }

  private func read(_ path: String) throws -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw ValidationError("\(path) cannot be read; check the path.")
    }
  }

  private func printJSON(_ tokenizer: PipelineTokenizer, _ tokens: [Int]) throws {
    let entries = tokens.map { token -> [String: Any] in
      [
        "token": token, "piece": tokenizer.piece(of: token) ?? "",
        "text": tokenizer.decode([token]), "special": tokenizer.isSpecial(token),
      ]
    }
    let data = try JSONSerialization.data(
      withJSONObject: ["tokens": entries], options: [.sortedKeys, .withoutEscapingSlashes])
    print(String(decoding: data, as: UTF8.self))
  }

  private func timeEncoding(
    _ tokenizer: PipelineTokenizer, _ text: String, _ options: EncodingOptions, _ loading: Duration
  ) throws {
    var best = Duration.seconds(1 << 20)
    var count = 0
    for _ in 0..<5 {
      let start = ContinuousClock.now
      count = tokenizer.encode(text, options).count
      best = min(best, ContinuousClock.now - start)
    }
    let rate = Double(text.utf8.count) / 1e6 / best.seconds
    if json {
      print(
        "{\"load_seconds\": \(loading.seconds), \"encode_seconds\": \(best.seconds), "
          + "\"bytes\": \(text.utf8.count), \"tokens\": \(count), \"mb_per_second\": \(rate)}")
    } else {
      print(
        String(
          format: "loading %.3f s; %d bytes, %d tokens in %.3f s (the best of 5): %.1f MB/s",
          loading.seconds, text.utf8.count, count, best.seconds, rate))
    }
  }

  private func trainTokenizer(_ path: String) throws {
    guard let text = String(validating: try read(path), as: UTF8.self) else {
      throw ValidationError("\(path) is not UTF-8 text; convert it to UTF-8.")
    }
    let trainer = BPETrainer(
      vocabularySize: vocabularySize, minimumCount: minimumCount, splitting: splitting)
    // By bytes: "\r\n" is one character to Swift.
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    let trained = trainer.train(on: lines.lazy.map { String(Substring($0)) })
    try trained.write(to: out)
    FileHandle.standardError.write(
      Data("\(trained.pieces.count) tokens, \(trained.merges.count) merges: \(out)\n".utf8))
  }
}

extension ByteLevelSplitting: ExpressibleByArgument {}

Tokenize.main()
