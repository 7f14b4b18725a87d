/// Einstein summation: `einsum("bij,bjk->bik", a, b)` is the batched matrix product. An index that
/// the result does not name is summed over; without `->` the result names, in alphabetical order,
/// the indices that occur once. Shapes: one letter an axis; `...` stands for all axes that a term
/// does not name, which broadcast: `einsum("...ij,jk->...ik", x, w)`.
///
/// Operands are contracted from left to right, each pair as one batched matrix product.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
  let (equation, operands) = withoutEllipsis(equation, operands)
  let (terms, output) = parseEquation(equation, operands)
  var labels = terms[0]
  var result = diagonal(operands[0], &labels, equation)
  for i in 1..<max(operands.count, 1) where i < operands.count {
    var right = terms[i]
    let operand = diagonal(operands[i], &right, equation)
    let needed = Set(output).union(terms[(i + 1)...].joined())
    (result, labels) = contract(result, labels, operand, right, keeping: needed)
  }
  let summed = labels.indices.filter { !output.contains(labels[$0]) }
  if !summed.isEmpty { result = result.sum(axes: summed) }
  labels.removeAll { !output.contains($0) }
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

/// Axes with the same index merged: "ii" is the diagonal.
private func diagonal(_ x: Tensor, _ labels: inout [Character], _ equation: String) -> Tensor {
  var x = x
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
  return x
}

/// a and b as one batched matrix product [batch, left, summed] × [batch, summed, right].
private func contract(
  _ a: Tensor, _ la: [Character], _ b: Tensor, _ lb: [Character], keeping needed: Set<Character>
) -> (Tensor, [Character]) {
  let shared = la.filter { lb.contains($0) }
  let batch = shared.filter { needed.contains($0) }
  let summed = shared.filter { !needed.contains($0) }
  let left = la.filter { !lb.contains($0) }
  let right = lb.filter { !la.contains($0) }
  func arranged(_ x: Tensor, _ labels: [Character], _ groups: [[Character]]) -> Tensor {
    let order = groups.joined().map { labels.firstIndex(of: $0)! }
    let y = x.permuted(order)
    return y.reshaped(
      Shape(groups.map { $0.reduce(1) { $0 * x.shape[labels.firstIndex(of: $1)!] } }))
  }
  let product = arranged(a, la, [batch, left, summed])
    .matmul(arranged(b, lb, [batch, summed, right]))
  let labels = batch + left + right
  let shape = labels.map { label in
    la.firstIndex(of: label).map { a.shape[$0] } ?? b.shape[lb.firstIndex(of: label)!]
  }
  return (product.reshaped(Shape(shape)), labels)
}
