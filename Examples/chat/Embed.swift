import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Vectors of sentences, and how near their meanings are.",
    discussion: "By default with all-MiniLM-L6-v2 (Scripts/fetch-model.sh minilm).")
  @Option(help: "A directory of Hugging Face's with a BERT.", completion: .directory)
  var model: String?
  @Argument(help: "The sentences.") var sentences: [String]
  @Flag(help: "Write the vectors as one JSON object.") var json = false

  func run() throws {
    let encoder = try SentenceEncoder.fromPretrained(try model ?? FetchedModel.minilm.path())
    let vectors = encoder.embed(sentences)
    let rows = (0..<sentences.count).map { vectors[$0].array(of: Float.self) }
    if json { return try printJSON(["vectors": rows.map { $0.map(Double.init) }]) }
    let cosines = vectors.matmul(vectors.transposed())
    for (i, sentence) in sentences.enumerated() {
      let start = rows[i].prefix(4).map { String(format: "%.6f", $0) }.joined(separator: " ")
      let near = (0..<sentences.count).map { String(format: "%7.4f", cosines[i, $0].item()) }
      print("\(near.joined(separator: " "))  \(sentence)  [\(start) …]")
    }
  }
}
