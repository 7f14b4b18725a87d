import Foundation

extension Tensor: CustomStringConvertible {
  /// The elements as NumPy prints them, longer axes shortened to their first and last three (fewer
  /// if there are so many axes that more than 10,000 elements would be left). Only the shown
  /// elements are read, and they decide the number of decimals. The type follows if it is
  /// not float32 or if there are no elements to show.
  public var description: String {
    if isAbstract { return "abstract \(type)" }
    if count == 0 { return "[] (\(type))" }
    let text = ElementFormatter(self).description
    return dtype == .float32 ? text : "\(text) (\(dtype))"
  }
}

/// Prints the elements of one tensor with the same number of decimals and the same width.
private struct ElementFormatter {
  /// The indices of each axis that are shown.
  let shown: [[Int]]
  let isShortened: [Bool]
  /// Of the elements shown, in row-major order.
  let texts: [String]
  let width: Int
  /// How many elements of a shortened axis stand at each of its ends.
  let edge: Int

  init(_ x: Tensor) {
    func isShort(_ size: Int, _ edge: Int) -> Bool {
      size <= 2 * edge || x.count <= 1000 && size <= 100
    }
    func shownCount(_ edge: Int) -> Int {
      x.shape.reduce(1) { $0 * (isShort($1, edge) ? $1 : 2 * edge) }
    }
    let edge = [3, 2].first { shownCount($0) <= 10_000 } ?? 1
    self.edge = edge
    shown = x.shape.map { size in
      isShort(size, edge) ? Array(0..<size) : Array(0..<edge) + Array(size - edge..<size)
    }
    isShortened = x.shape.map { !isShort($0, edge) }
    var positions = [x.layout.offset]
    for (indices, stride) in zip(shown, x.layout.strides) {
      positions = positions.flatMap { start in indices.map { start + $0 * stride } }
    }
    if x.dtype.isFloatingPoint {
      texts = Self.format(
        x.dtype.withScalarType { x.elements(at: positions, of: $0, as: \.asDouble) })
    } else {
      let values = x.dtype.withScalarType { x.elements(at: positions, of: $0, as: \.asInt64) }
      texts = values.map { x.dtype == .bool ? "\($0 != 0)" : "\($0)" }
    }
    width = texts.map(\.count).max() ?? 0
  }

  /// Four decimals, or scientific notation where that would hide the values.
  static func format(_ values: [Double]) -> [String] {
    let finite = values.filter(\.isFinite).map(Swift.abs)
    if finite.allSatisfy({ $0 == $0.rounded() && $0 < 1e8 }) {
      return values.map { $0.isFinite ? String(format: "%.0f.", $0) : Self.special($0) }
    }
    let largest = finite.max() ?? 0
    let smallest = finite.filter { $0 > 0 }.min() ?? 0
    let scientific = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e4 * 1e3
    return values.map {
      $0.isFinite ? String(format: scientific ? "%.4e" : "%.4f", $0) : Self.special($0)
    }
  }

  static func special(_ value: Double) -> String {
    value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
  }

  var description: String {
    var rest = texts[...]
    return rows(axis: 0, &rest)
  }

  /// What lies along the axes from `axis` on, taken from the front of `rest`.
  private func rows(axis: Int, _ rest: inout ArraySlice<String>) -> String {
    if axis == shown.count {
      let text = rest.removeFirst()
      return String(repeating: " ", count: width - text.count) + text
    }
    var parts: [String] = []
    for n in shown[axis].indices {
      if isShortened[axis] && n == edge { parts.append("...") }
      parts.append(rows(axis: axis + 1, &rest))
    }
    let axesBelow = shown.count - axis - 1
    let separator =
      axesBelow == 0
      ? ", "
      : "," + String(repeating: "\n", count: axesBelow) + String(repeating: " ", count: axis + 1)
    return "[" + parts.joined(separator: separator) + "]"
  }
}

extension Tensor {
  /// The elements at some places of the storage.
  fileprivate func elements<S: TensorScalar, T>(
    at positions: [Int], of type: S.Type, as converted: (S) -> T
  ) -> [T] {
    withExtendedLifetime(storage) {
      let base = storage.pointer.assumingMemoryBound(to: S.self)
      return positions.map { converted(base[$0]) }
    }
  }
}
