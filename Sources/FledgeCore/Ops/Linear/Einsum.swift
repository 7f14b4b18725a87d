/// Einstein summation: `einsum("bij,bjk->bik", a, b)` is the batched matrix product. An index that
/// the result does not name is summed over; without `->` the result names, in alphabetical order,
/// the indices that occur once. Shapes: one letter an axis; `...` stands for all axes that a term
/// does not name, which broadcast: `einsum("...ij,jk->...ik", x, w)`.
///
/// What only one operand names is summed over first. Then operands are contracted from left to
/// right, each pair as one batched matrix product; a pair whose product would have more than eight
/// axes waits until others have been contracted.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
  let (equation, operands) = withoutEllipsis(equation, operands)
  let (terms, output) = parseEquation(equation, operands)
  var factors = zip(operands, terms).map { EinsumFactor($0, $1).withoutRepeatedLabels() }
  /// The labels that the result or a factor other than these two names.
  func needed(besides i: Int, _ j: Int) -> Set<Character> {
    Set(output).union(factors.indices.filter { $0 != i && $0 != j }.flatMap { factors[$0].labels })
  }
  for i in factors.indices { factors[i] = factors[i].summed(keeping: needed(besides: i, i)) }
  while factors.count > 1 {
    let pairs = factors.indices.flatMap { i in factors.indices.dropFirst(i + 1).map { (i, $0) } }
    let (i, j) =
      pairs.first { i, j in
        factors[i].union(factors[j], keeping: needed(besides: i, j)).count <= Dimensions.capacity
      } ?? pairs[0]
    let product = factors[i].contracted(with: factors[j], keeping: needed(besides: i, j))
    factors.remove(at: j)
    factors[i] = product
  }
  let (result, labels) = (factors[0].tensor, factors[0].labels)
  let order = output.map { labels.firstIndex(of: $0)! }
  return order == Array(labels.indices) ? result : result.permuted(order)
}

private func parseEquation(
  _ equation: String, _ operands: [Tensor]
) -> (terms: [[Character]], output: [Character]) {
  let text = equation.filter { $0 != " " }
  let arrow = text.firstRange(of: "->")
  let left = arrow.map { text[..<$0.lowerBound] } ?? text[...]
  let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
  require(
    terms.count == operands.count, "einsum",
    "\"\(equation)\" has \(terms.count) terms for \(operands.count) operands")
  var sizes: [Character: Int] = [:]
  for (term, operand) in zip(terms, operands) {
    require(
      term.count == operand.rank && term.allSatisfy(\.isLetter), "einsum",
      "the term \"\(String(term))\" does not name the \(operand.rank) axes of \(operand.shape)")
    for (label, size) in zip(term, operand.shape) {
      require(
        sizes[label, default: size] == size, "einsum",
        "the index \(label) is \(sizes[label] ?? 0) in one operand and \(size) in another")
      sizes[label] = size
    }
  }
  var occurrences: [Character: Int] = [:]
  for label in terms.joined() { occurrences[label, default: 0] += 1 }
  let output =
    arrow.map { Array(text[$0.upperBound...]) }
    ?? occurrences.filter { $0.value == 1 }.keys.sorted()
  require(
    Set(output).count == output.count && output.allSatisfy { sizes[$0] != nil }, "einsum",
    "the result \"\(String(output))\" names an index twice or one that no operand has")
  return (terms, output)
}

/// An operand or a product of some of them, with the letter of each axis.
private struct EinsumFactor {
  var tensor: Tensor
  var labels: [Character]

  init(_ tensor: Tensor, _ labels: [Character]) {
    self.tensor = tensor
    self.labels = labels
  }

  private func size(_ label: Character) -> Int { tensor.shape[labels.firstIndex(of: label)!] }

  /// Axes with the same index merged: "ii" is the diagonal.
  func withoutRepeatedLabels() -> EinsumFactor {
    var (x, labels) = (tensor, labels)
    var i = 0
    while i < labels.count {
      if let j = labels[(i + 1)...].firstIndex(of: labels[i]) {
        let size = x.shape[i]
        let moved = x.movingAxis(j, to: -1).movingAxis(i, to: -1)
        let flat = moved.reshaped(Shape(moved.shape.dropLast(2) + [size * size]))
        x = flat.take(Tensor.arange(size) * Double(size + 1), axis: -1).movingAxis(-1, to: i)
        labels.remove(at: j)
      } else {
        i += 1
      }
    }
    return EinsumFactor(x, labels)
  }

  /// Summed over the axes whose labels nothing else needs.
  func summed(keeping needed: Set<Character>) -> EinsumFactor {
    let axes = labels.indices.filter { !needed.contains(labels[$0]) }
    return axes.isEmpty
      ? self : EinsumFactor(tensor.sum(axes: axes), labels.filter { needed.contains($0) })
  }

  /// The labels of the product: [batch…, left…, right…].
  func union(_ other: EinsumFactor, keeping needed: Set<Character>) -> [Character] {
    labels.filter { other.labels.contains($0) && needed.contains($0) }
      + labels.filter { !other.labels.contains($0) }
      + other.labels.filter { !labels.contains($0) }
  }

  /// Both as one batched matrix product [batch, left, summed] × [batch, summed, right].
  func contracted(with other: EinsumFactor, keeping needed: Set<Character>) -> EinsumFactor {
    let shared = labels.filter { other.labels.contains($0) }
    let batch = shared.filter { needed.contains($0) }
    let summed = shared.filter { !needed.contains($0) }
    let left = labels.filter { !other.labels.contains($0) }
    let right = other.labels.filter { !labels.contains($0) }
    let product = arranged([batch, left, summed])
      .matmul(other.arranged([batch, summed, right]))
    let result = union(other, keeping: needed)
    let sizes = result.map { labels.contains($0) ? size($0) : other.size($0) }
    return EinsumFactor(product.reshaped(Shape(sizes)), result)
  }

  /// The axes in the groups' order, those of a group merged.
  private func arranged(_ groups: [[Character]]) -> Tensor {
    let order = groups.joined().map { labels.firstIndex(of: $0)! }
    return tensor.permuted(order)
      .reshaped(Shape(groups.map { $0.reduce(1) { $0 * size($1) } }))
  }
}
