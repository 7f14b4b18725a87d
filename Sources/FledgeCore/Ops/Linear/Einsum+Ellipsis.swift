/// The equation with each `...` written out in letters that it does not use: `"...ij->...ji"` of two
/// batch axes becomes `"ABij->ABji"`.
///
/// An ellipsis stands for the axes that a term does not name. Between operands they are aligned at
/// the last one, and sizes of 1 repeat. Without `->` the result begins with them; a result without
/// `...` sums over them, as in PyTorch.
///
/// An axis of size 1 that is wider in another operand is taken away, since it only repeats.
func withoutEllipsis(
  _ equation: String, _ operands: [Tensor]
) -> (equation: String, operands: [Tensor]) {
  guard equation.contains("...") else { return (equation, operands) }
  let text = equation.filter { $0 != " " }
  let sides = text.split(separator: "->", maxSplits: 1, omittingEmptySubsequences: false)
  let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  require(
    terms.count == operands.count, "einsum",
    "\"\(equation)\" has \(terms.count) terms for \(operands.count) operands")

  /// How many axes the term's ellipsis stands for; nil where it has none.
  let counts = zip(terms, operands).map { term, operand -> Int? in
    guard let place = term.firstRange(of: "...") else { return nil }
    let named = term.count - 3
    require(
      !term[place.upperBound...].contains("...") && named <= operand.rank, "einsum",
      "the term \"\(term)\" does not name the \(operand.rank) axes of \(operand.shape)")
    return operand.rank - named
  }
  let count = counts.reduce(0) { max($0, $1 ?? 0) }
  let used = Set(text)
  let free = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".filter { !used.contains($0) }
  require(free.count >= count, "einsum", "\"\(equation)\" leaves no letters for its ellipsis")
  let letters = Array(free.prefix(count))

  // The size of each letter, by the rule of broadcasting.
  var batch: Shape = []
  let places = zip(terms, operands).map { term, operand -> Range<Int> in
    guard let range = term.firstRange(of: "...") else { return 0..<0 }
    let start = term.distance(from: term.startIndex, to: range.lowerBound)
    return start..<start + operand.rank - (term.count - 3)
  }
  for (operand, place) in zip(operands, places) {
    batch = Shape.broadcast(batch, Shape(place.map { operand.shape[$0] }), for: "einsum")
  }

  var resultOperands: [Tensor] = []
  var resultTerms: [String] = []
  for i in terms.indices {
    guard counts[i] != nil else {
      resultOperands.append(operands[i])
      resultTerms.append(terms[i])
      continue
    }
    var (names, repeating) = ("", [Int]())
    for (offset, axis) in places[i].enumerated() {
      let letter = count - places[i].count + offset
      if operands[i].shape[axis] == 1 && batch[letter] != 1 {
        repeating.append(axis)
      } else {
        names.append(letters[letter])
      }
    }
    resultOperands.append(repeating.isEmpty ? operands[i] : operands[i].squeezed(axes: repeating))
    resultTerms.append(terms[i].replacing("...", with: names))
  }
  let output =
    sides.count == 2
    ? String(sides[1]).replacing("...", with: String(letters))
    : String(letters) + lettersThatOccurOnce(in: terms)
  return (resultTerms.joined(separator: ",") + "->" + output, resultOperands)
}

private func lettersThatOccurOnce(in terms: [String]) -> String {
  var occurrences: [Character: Int] = [:]
  for letter in terms.joined() where letter != "." { occurrences[letter, default: 0] += 1 }
  return String(occurrences.filter { $0.value == 1 }.keys.sorted())
}
