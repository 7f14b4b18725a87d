import FledgeIO
import Foundation

/// What ``BPETrainer`` has found: a vocabulary and its merges.
public struct TrainedBPE: Sendable {
  /// A pair of neighbours that merge.
  public struct Merge: Sendable, Hashable {
    /// The left token.
    public var left: Int32
    /// The right token.
    public var right: Int32
  }

  /// The pieces by their tokens: special tokens, the 256 bytes, and what merged.
  public let pieces: [[UInt8]]
  /// The pairs that merge, the earliest first.
  public let merges: [Merge]
  let splitting: ByteLevelSplitting
  let specials: [String]

  init(
    pieces: [[UInt8]], merges: [Merge], splitting: ByteLevelSplitting, specials: [String]
  ) {
    self.pieces = pieces
    // A pair that merged twice (its piece had come from another pair before) counts the second time.
    var seen: Set<Merge> = []
    self.merges = merges.reversed().filter { seen.insert($0).inserted }.reversed()
    self.splitting = splitting
    self.specials = specials
  }

  /// A piece as the file writes it: special tokens as they are, the others in GPT-2's alphabet.
  private func written(_ token: Int) -> String {
    token < specials.count ? specials[token] : ByteAlphabet.written(pieces[token])
  }

  /// The tokenizer.
  public func tokenizer() -> PipelineTokenizer {
    // What was trained has all its parts.
    try! PipelineTokenizer(json: json())
  }

  /// Writes a `tokenizer.json`, which the package `tokenizers` reads as well.
  public func write(to path: String) throws(FileSystemError) {
    try AtomicFile.write(json(), to: path)
  }

  private func json() -> [UInt8] {
    let pieces = self.pieces.indices.map(written)
    let added = specials.indices.map { token -> [String: Any] in
      [
        "id": token, "content": specials[token], "special": true, "normalized": false,
        "single_word": false, "lstrip": false, "rstrip": false,
      ]
    }
    let model: [String: Any] = [
      "type": "BPE", "dropout": NSNull(), "unk_token": NSNull(),
      "continuing_subword_prefix": NSNull(), "end_of_word_suffix": NSNull(), "fuse_unk": false,
      "byte_fallback": false, "ignore_merges": false,
      "vocab": Dictionary(uniqueKeysWithValues: zip(pieces, pieces.indices)),
      "merges": merges.map { [pieces[Int($0.left)], pieces[Int($0.right)]] },
    ]
    let file: [String: Any] = [
      "version": "1.0", "truncation": NSNull(), "padding": NSNull(), "added_tokens": added,
      "normalizer": NSNull(), "pre_tokenizer": splitting.json, "post_processor": NSNull(),
      "decoder": [
        "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
        "use_regex": true,
      ] as [String: Any],
      "model": model,
    ]
    // Values of these types always have a JSON form.
    let data = try! JSONSerialization.data(
      withJSONObject: file, options: [.sortedKeys, .withoutEscapingSlashes])
    return [UInt8](data)
  }
}
