import FledgeCore
import FledgeCourse
import Foundation

// MARK: Images

/// What is wrong with a file of images: which rule was broken, and by what.
enum ImageFileError: Error, Equatable {
  /// Nothing is in it.
  case empty
  /// The bytes are no whole number of records: the file was cut off, or is none of this kind.
  case cutOff(bytes: Int)
  /// The first record with a label that is not one of the ten classes.
  case noClass(label: UInt8, record: Int)
}

/// The images of a file of CIFAR-10 (Krizhevsky 2009). Such a file is nothing but records, one after
/// the other, each of 3073 bytes:
///
///     offset    bytes
///     0         1       the label, 0 … 9
///     1         1024    red, 32 rows of 32 pixels
///     1025      1024    green
///     2049      1024    blue
struct ImageFile: Equatable {
  var labels: [Int] = []
  /// Three channels of 32 × 32, each pixel divided by 255.
  var images: [ChannelImage] = []

  /// Reads the bytes of a file. Looks at the rules in the order in which the errors stand above.
  init(_ bytes: [UInt8]) throws(ImageFileError) {
    // solution
    let size = 1 + 3 * 32 * 32
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count % size == 0 else { throw .cutOff(bytes: bytes.count) }
    for start in stride(from: 0, to: bytes.count, by: size) {
      guard bytes[start] < 10 else {
        throw .noClass(label: bytes[start], record: start / size)
      }
      labels.append(Int(bytes[start]))
      images.append(
        ChannelImage(3, 32, 32, pixels: bytes[start + 1..<start + size].map { Float($0) / 255 }))
    }
    // end solution
  }
}

// MARK: Words

/// Words with numbers, in the order in which they first came.
struct WordList: Equatable {
  private(set) var words: [String] = []
  private var numbers: [String: Int] = [:]

  /// The number of a word: the one it has, or the next free one.
  mutating func number(of word: String) -> Int {
    // solution
    if let number = numbers[word] { return number }
    numbers[word] = words.count
    words.append(word)
    return words.count - 1
    // end solution
  }

  /// A text in numbers, as files of the Penn Treebank are read (Mikolov 2010): each line is a sentence,
  /// its words are parted by blanks, and after its last word comes the word `<eos>`. A line without
  /// words gives nothing.
  ///
  /// `text.split(whereSeparator: \.isNewline)` is the lines, `line.split(separator: " ")` the words of
  /// one; `String(word)` makes a piece of a text a text.
  mutating func read(_ text: String) -> [Int] {
    // solution
    var tokens: [Int] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.isEmpty { continue }
      for word in words { tokens.append(number(of: String(word))) }
      tokens.append(number(of: "<eos>"))
    }
    return tokens
    // end solution
  }
}

// MARK: Text for recurrent models

/// A long text in B streams side by side, for models that carry a state from one piece to the next.
///
///     a b c d e f g h i j k l m     in 3 streams     a e i
///                                                    b f j
///                                                    c g k
///                                                    d h l      m is left over
struct TextStreams: Equatable {
  /// One row for each step: the tokens of all streams at that step.
  let rows: [[Int]]

  /// Cuts the text into `count` streams of the same length, as long as possible. What is left over at
  /// the end is dropped.
  init(_ tokens: [Int], count: Int) {
    // solution
    let length = tokens.count / count
    rows = (0..<length).map { step in (0..<count).map { tokens[$0 * length + step] } }
    // end solution
  }

  /// A piece of all streams: the rows from `start` on, at most `length` of them, and as targets for
  /// each the row that comes after it. The last row of all is nobody's input, since nothing follows.
  ///
  ///     piece(from: 0, length: 2)     inputs a e i   targets b f j
  ///                                          b f j           c g k
  func piece(from start: Int, length: Int) -> (inputs: [[Int]], targets: [[Int]]) {
    // solution
    let end = min(start + length, rows.count - 1)
    return (Array(rows[start..<end]), Array(rows[start + 1..<end + 1]))
    // end solution
  }

  /// All pieces, in order: each token but the first of a stream is a target once.
  func pieces(length: Int) -> [(inputs: [[Int]], targets: [[Int]])] {
    // solution
    stride(from: 0, to: rows.count - 1, by: length).map { piece(from: $0, length: length) }
    // end solution
  }
}

// MARK: Text for Transformers

/// A window of a text anywhere: `context` tokens, and for each the one that comes after it.
struct TextWindow: Equatable {
  let inputs: [Int]
  let targets: [Int]

  /// The number of places at which a window can begin in a text of `count` tokens.
  static func starts(count: Int, context: Int) -> Int {
    // solution
    max(count - context, 0)
    // end solution
  }

  /// The window that begins at `start`.
  init(of tokens: [Int], at start: Int, context: Int) {
    // solution
    inputs = Array(tokens[start..<start + context])
    targets = Array(tokens[start + 1..<start + context + 1])
    // end solution
  }

  /// A window at a place drawn from all at which one can begin (`generator.integer(below: n)`).
  static func random(of tokens: [Int], context: Int, using generator: Generator) -> TextWindow {
    // solution
    let start = generator.integer(below: starts(count: tokens.count, context: context))
    return TextWindow(of: tokens, at: start, context: context)
    // end solution
  }
}
