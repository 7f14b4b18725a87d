import FledgeIO
import Foundation

extension SentenceEncoder {
  /// Loads a directory of sentence-transformers' with a BERT and `tokenizer.json`, such as
  /// all-MiniLM-L6-v2. The longest sentence is that of `sentence_bert_config.json`, else the context.
  ///
  /// - Throws: ``ModelError`` or ``TokenizerError``
  public static func fromPretrained(_ path: String) throws -> SentenceEncoder {
    struct Settings: Decodable {
      var max_seq_length: Int?
    }
    let model = try Bert.fromPretrained(path)
    let tokenizer = try PipelineTokenizer(contentsOf: path)
    var settings = Settings()
    if let data = FileManager.default.contents(atPath: "\(path)/sentence_bert_config.json") {
      do {
        settings = try JSONDecoder().decode(Settings.self, from: data)
      } catch {
        throw ModelError(
          .invalidConfiguration(reason: "sentence_bert_config.json: \(error)"), path: path)
      }
    }
    return SentenceEncoder(model, tokenizer: tokenizer, maximum: settings.max_seq_length)
  }
}
