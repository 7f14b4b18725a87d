import Fledge

extension Tensor {
  /// Reads a number or nested lists of numbers: `0.5`, `[1, 2]`, `[[1, 2], [3, 4]]`.
  package init(reading text: String) throws(Mistake) {
    var reader = ListReader(text)
    let (values, shape) = try reader.whole()
    self.init(values, shape: Shape(shape), dtype: .float64)
  }
}

private struct ListReader {
  private let text: String
  private let characters: [Character]
  private var at = 0

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func whole() throws(Mistake) -> ([Double], [Int]) {
    let result = try value()
    skipBlanks()
    if at < characters.count { throw mistake("expected the end") }
    return result
  }

  private func mistake(_ message: String) -> Mistake { Mistake(message, in: text, at: at) }

  private mutating func skipBlanks() {
    while at < characters.count, characters[at].isWhitespace { at += 1 }
  }

  private mutating func taking(_ character: Character) -> Bool {
    skipBlanks()
    guard at < characters.count, characters[at] == character else { return false }
    at += 1
    return true
  }

  private mutating func value(depth: Int = 0) throws(Mistake) -> ([Double], [Int]) {
    guard taking("[") else { return ([try number()], []) }
    if depth == 8 { throw mistake("a tensor has at most 8 axes") }
    var values: [Double] = []
    var inner: [Int]?
    var count = 0
    repeat {
      skipBlanks()
      let start = at
      let (part, shape) = try value(depth: depth + 1)
      if let inner, inner != shape {
        at = start
        throw mistake("this has shape \(shape), the one before it \(inner)")
      }
      inner = shape
      values += part
      count += 1
    } while taking(",")
    if !taking("]") { throw mistake("expected ',' or ']'") }
    return (values, [count] + (inner ?? []))
  }

  private mutating func number() throws(Mistake) -> Double {
    skipBlanks()
    let start = at
    while at < characters.count, !",[] ".contains(characters[at]) { at += 1 }
    guard let number = Double(String(characters[start..<at])) else {
      at = start
      throw mistake("expected a number")
    }
    return number
  }
}
