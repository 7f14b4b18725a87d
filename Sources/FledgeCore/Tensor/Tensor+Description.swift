import Foundation

extension Tensor: CustomStringConvertible {
  /// The elements as NumPy prints them, longer axes shortened to their first and last three.
  public var description: String {
    let formatter = ElementFormatter(self)
    let suffix = dtype == .float32 ? "" : ", \(dtype)"
    if rank == 0 { return formatter.text(0) + (dtype == .float32 ? "" : " (\(dtype))") }
    if count == 0 { return "[] (shape: \(shape)\(suffix))" }
    return formatter.rows(axis: 0, offset: 0, indent: 1) + (dtype == .float32 ? "" : " (\(dtype))")
  }
}

/// Prints the elements of one tensor with the same number of decimals and the same width.
private struct ElementFormatter {
  let shape: Shape
  let strides: [Int]
  let texts: [String]
  let width: Int
  static let edge = 3

  init(_ x: Tensor) {
    shape = x.shape
    strides = Array(Layout(x.shape).strides)
    if x.dtype == .bool {
      texts = x.array(of: Bool.self).map { $0 ? "true" : "false" }
    } else if x.dtype.isFloatingPoint {
      texts = Self.format(x.array(of: Double.self))
    } else {
      texts = x.array(of: Int64.self).map(String.init)
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

  func text(_ position: Int) -> String { texts[position] }

  func rows(axis: Int, offset: Int, indent: Int) -> String {
    let size = shape[axis]
    let isShort = size <= 2 * Self.edge || shape.count <= 1000 && size <= 100
    let shown = isShort ? Array(0..<size) : Array(0..<Self.edge) + Array(size - Self.edge..<size)
    let isLast = axis == shape.rank - 1
    var parts: [String] = []
    for (n, i) in shown.enumerated() {
      if !isShort && n == Self.edge { parts.append("...") }
      let position = offset + i * strides[axis]
      if isLast {
        let text = texts[position]
        parts.append(String(repeating: " ", count: width - text.count) + text)
      } else {
        parts.append(rows(axis: axis + 1, offset: position, indent: indent + 1))
      }
    }
    let separator =
      isLast
      ? ", "
      : "," + String(repeating: "\n", count: shape.rank - axis - 1)
        + String(repeating: " ", count: indent)
    return "[" + parts.joined(separator: separator) + "]"
  }
}
