// Finds passages by what they mean.
//
//     swift run -c release semantic-search docs "How are random numbers kept apart?"

import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct SemanticSearch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "semantic-search",
    abstract: "Find passages of a directory's texts by what they mean.",
    discussion: """
      Reads all .txt and .md files below the directory, keeps the vectors of their passages in an index file, \
      and asks for questions. Next time only files that are new or have changed are read. By default with \
      all-MiniLM-L6-v2 (Scripts/fetch-model.sh minilm).
      """)

  @Argument(help: "The directory.", completion: .directory) var directory: String
  @Argument(help: "The question; by default, questions are read from standard input.")
  var question: String?
  @Option(help: "A directory of Hugging Face's with a BERT.", completion: .directory)
  var model: String?
  @Option(help: "The index file; by default, .fledge-search.safetensors in the directory.")
  var index: String?
  @Option(help: "How many passages to show.") var count = 5
  @Flag(help: "Compare a question with all passages instead of searching the graph.")
  var exact = false
  @Flag(help: "Write one JSON object a question.") var json = false

  func validate() throws {
    if count < 1 { throw ValidationError("--count must be at least 1.") }
  }

  func run() throws {
    let encoder = try SentenceEncoder.fromPretrained(try model ?? FetchedModel.minilm.path())
    let dimensions = encoder.model.configuration.channels
    let path = index ?? "\(directory)/.fledge-search.safetensors"
    var search = SearchIndex(dimensions: dimensions)
    if FileManager.default.fileExists(atPath: path) {
      search = try SearchIndex(contentsOf: path, dimensions: dimensions)
    }
    let start = ContinuousClock.now
    let changes = try search.update(directory: directory, encoder) { done, all in
      say("\(done) of \(all) passages")
    }
    for file in changes.skipped { say("\(file) is no UTF-8 text and is left out") }
    if changes.read + changes.removed > 0 {
      try search.write(to: path)
      say(
        String(
          format: "%d files read, %d gone: %d passages in %@ after %.1f s", changes.read,
          changes.removed, search.passages.count, path,
          (ContinuousClock.now - start) / .seconds(1)))
    }
    if let question { return try answer(question, search, encoder) }
    while let question = readLine() {
      if !question.isEmpty { try answer(question, search, encoder) }
    }
  }

  private func answer(_ question: String, _ search: SearchIndex, _ encoder: SentenceEncoder) throws
  {
    let found = search.search(question, encoder, count: count, isExact: exact)
    if json {
      let matches = found.map { match -> [String: Any] in
        [
          "file": match.passage.file, "line": match.passage.line, "text": match.passage.text,
          "similarity": Double(match.similarity),
        ]
      }
      let data = try JSONSerialization.data(
        withJSONObject: ["question": question, "matches": matches],
        options: [.sortedKeys, .withoutEscapingSlashes])
      return print(String(decoding: data, as: UTF8.self))
    }
    for match in found {
      let start = String(format: "%.3f ", match.similarity)
      let text = match.passage.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      print("\(start)\(match.passage.file):\(match.passage.line)  \(text.prefix(200))")
    }
  }
}

SemanticSearch.main()
