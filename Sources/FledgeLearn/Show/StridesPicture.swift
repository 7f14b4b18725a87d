import Fledge

extension Shape {
  /// Reads `2x3` or `2,3`: the sizes of a tensor's axes.
  package init(reading text: String) throws(Mistake) {
    var sizes: [Int] = []
    var column = 0
    for word in text.split(omittingEmptySubsequences: false, whereSeparator: { "x×,".contains($0) })
    {
      guard let size = Int(word), (0...10_000).contains(size) else {
        throw Mistake("expected a size from 0 to 10000", in: text, at: column)
      }
      sizes.append(size)
      column += word.count + 1
    }
    if sizes.count > Dimensions.capacity {
      throw Mistake("a tensor has at most \(Dimensions.capacity) axes", in: text, at: 0)
    }
    if sizes.reduce(1.0, { $0 * Double($1) }) > 10_000 {
      throw Mistake("more than 10000 elements are too many for a picture", in: text, at: 0)
    }
    self.init(sizes)
  }
}

/// A tensor and what views make of it, one after another: `learn show strides`.
package struct StridesPicture {
  private var panels: [(name: String, tensor: Tensor)]

  /// A tensor of the numbers 1, 2, 3, …
  package init(_ text: String) throws(Mistake) {
    let shape = try Shape(reading: text)
    panels = [("x", (Tensor.arange(shape.count) + 1).reshaped(shape).contiguous())]
  }

  private var last: Tensor { panels.last!.tensor }

  private mutating func add(_ name: String, _ view: Tensor) {
    panels.append((panels.last!.name + name, view))
  }

  /// `1,0`: axis i of the view is axis order[i] of the tensor.
  package mutating func permute(_ text: String) throws(Mistake) {
    let order = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    if order.sorted() != Array(0..<last.rank) {
      throw Mistake(
        "the axes of shape \(last.shape) are 0 to \(last.rank - 1), each to be named once",
        in: text, at: 0)
    }
    add(".permuted(\(order))", last.permuted(order))
  }

  /// `0:2,1` as in Python: for each axis an index, or `from:to:step` with any of them left out.
  package mutating func slice(_ text: String) throws(Mistake) {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    if words.count > last.rank {
      throw Mistake(
        "\(words.count) indices for the \(last.rank) axes of \(last.shape)", in: text, at: 0)
    }
    var selections: [AxisSelection] = []
    var column = 0
    for (axis, word) in words.enumerated() {
      selections.append(try selection(String(word), size: last.shape[axis], text, column))
      column += word.count + 1
    }
    let view = last.picked(selections)
    add("[\(words.joined(separator: ", "))]", view)
  }

  private func selection(
    _ word: String, size: Int, _ text: String, _ column: Int
  ) throws(Mistake) -> AxisSelection {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 1 {
      guard let index = Int(word), index >= -size, index < size else {
        throw Mistake(
          "expected an index from \(-size) to \(size - 1), or a range", in: text, at: column)
      }
      return index.selection
    }
    let numbers = parts.map { Int($0) }
    let isWhole = zip(parts, numbers).allSatisfy { $0.isEmpty || $1 != nil }
    guard parts.count <= 3, isWhole, parts.count < 3 || numbers[2] != 0 else {
      throw Mistake("expected from:to or from:to:step, the step not 0", in: text, at: column)
    }
    return .step(numbers[0], numbers[1], parts.count == 3 ? numbers[2] ?? 1 : 1)
  }

  /// `4x2x3`: the shape to repeat in.
  package mutating func broadcast(_ text: String) throws(Mistake) {
    let target = try Shape(reading: text)
    guard Shape.broadcast(last.shape, target) == target else {
      throw Mistake("shape \(last.shape) does not broadcast to \(target)", in: text, at: 0)
    }
    add(".broadcast(to: \(target))", last.broadcast(to: target))
  }

  /// `3x2`: another shape with as many elements. If no strides can describe it, the elements are
  /// copied.
  package mutating func reshape(_ text: String) throws(Mistake) {
    let target = try Shape(reading: text)
    guard target.count == last.count else {
      throw Mistake(
        "\(last.shape) has \(last.count) elements, \(target) has \(target.count)", in: text, at: 0)
    }
    let view = last.reshaped(target)
    let isCopy = view.storage !== last.storage
    add(".reshaped(\(target))\(isCopy ? " (a copy)" : "")", view)
  }

  package func diagram() -> LayoutDiagram {
    LayoutDiagram(title: panels.count > 1 ? "one storage, several views" : "", panels)
  }
}
