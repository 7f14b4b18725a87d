import ArgumentParser
import Fledge
import Foundation

/// Names as tokens: 0 begins and ends a name, characters count from 1.
struct Names {
  /// A target that no loss counts.
  static let padding = -1

  let vocabulary: CharacterVocabulary
  let train: [[Int]]
  let validation: [[Int]]

  /// The longest name, in characters.
  var longest: Int { (train + validation).reduce(0) { max($0, $1.count) } }
  /// Characters and the end.
  var tokens: Int { vocabulary.count + 1 }

  /// A tenth of the names, drawn by a fixed seed, is held back.
  init(_ list: [String]) throws {
    vocabulary = CharacterVocabulary(of: list.joined())
    var encoded: [[Int]] = []
    for name in list { encoded.append(try vocabulary.encode(name).map { Int($0) + 1 }) }
    let order = Generator(seed: 1337).permutation(encoded.count)
    let held = max(1, encoded.count / 10)
    guard encoded.count > held else {
      throw ValidationError("\(list.count) names are too few: one must be held back.")
    }
    validation = order.prefix(held).map { encoded[$0] }
    train = order.dropFirst(held).map { encoded[$0] }
  }

  init(contentsOf path: String) throws {
    // Read as any text is, with the same errors.
    let corpus = try TextCorpus(contentsOf: URL(fileURLWithPath: path), trainFraction: 1)
    let lines = try corpus.vocabulary.decode(corpus.train)
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    try self.init(lines.filter { !$0.isEmpty })
  }

  /// 8000 names of two or three syllables.
  static func generated() throws -> Names {
    let generator = Generator(seed: 0)
    func one(_ of: [String]) -> String { of[generator.integer(below: of.count)] }
    let onsets = ["b", "br", "d", "f", "g", "j", "k", "l", "m", "n", "r", "s", "sh", "t", "v", ""]
    let vowels = ["a", "a", "e", "e", "i", "o", "u", "ai", "ia"]
    let codas = ["", "", "", "l", "n", "r", "s", "th"]
    let ends = ["a", "ah", "en", "ia", "ie", "lyn", "on", "us"]
    return try Names(
      (0..<8000).map { _ in
        let syllables = (0..<1 + generator.integer(below: 2)).map { _ in
          one(onsets) + one(vowels) + one(codas)
        }
        return syllables.joined() + one(ends)
      })
  }

  /// int64 [B, T] both, T the longest name's and its end: inputs begin with 0, targets end with it.
  func batch(_ names: [[Int]]) -> (inputs: Tensor, targets: Tensor) {
    let width = names.reduce(0) { max($0, $1.count) } + 1
    func rows(_ row: ([Int]) -> [Int], filling: Int) -> Tensor {
      let all = names.flatMap { name -> [Int] in
        let start = row(name)
        return start + [Int](repeating: filling, count: width - start.count)
      }
      return Tensor(all, shape: [names.count, width])
    }
    return (
      rows({ [0] + $0 }, filling: 0), rows({ $0 + [0] }, filling: Names.padding)
    )
  }

  /// New names, drawn character by character until each ends.
  func make(_ count: Int, with model: NameModel, _ generator: Generator) -> [String] {
    return model.evaluating {
      (0..<count).map { _ in
        var tokens = [0]
        while tokens.count <= longest {
          let logits = model(Tensor(tokens, shape: [1, tokens.count]))[0, -1]
          let next = generator.weightedIndex(softmax(logits).array(of: Double.self))
          if next == 0 { break }
          tokens.append(next)
        }
        let characters = tokens.dropFirst().map { vocabulary.characters[$0 - 1] }
        return String(String.UnicodeScalarView(characters))
      }
    }
  }
}
