import FledgeCore
import Foundation

extension Recorder {
  /// Expects that a condition holds; `what` is the rule, as a sentence.
  @discardableResult
  public func expect(
    _ condition: Bool, _ what: String, file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    settle(
      condition, what, expected: "true", got: condition ? "true" : "false",
      observed: ObservedValue(text: "\(condition)"), file: file, line: line)
  }

  /// Expects a value, exactly.
  @discardableResult
  public func expect<T: Equatable>(
    _ got: T, equals expected: T, _ what: String, file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    settle(
      got == expected, what, expected: words(expected), got: words(got),
      observed: ObservedValue(text: words(got)), file: file, line: line)
  }

  /// Expects a number: |got − expected| ≤ tolerance · max(1, |expected|).
  @discardableResult
  public func expect(
    _ got: Double, near expected: Double, tolerance: Double = 1e-6, _ what: String,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    settle(
      isNear(got, expected, tolerance), what, expected: format(expected), got: format(got),
      observed: ObservedValue([got]), file: file, line: line)
  }

  /// Expects numbers, one by one; a failure names the first place that differs.
  @discardableResult
  public func expect(
    _ got: [Double], near expected: [Double], tolerance: Double = 1e-6, _ what: String,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    var detail: String?
    if got.count != expected.count {
      detail = "\(got.count) numbers instead of \(expected.count)"
    } else if let i = got.indices.first(where: { !isNear(got[$0], expected[$0], tolerance) }) {
      detail = "first at [\(i)]: \(format(got[i])) instead of \(format(expected[i]))"
    }
    return settle(
      detail == nil, what, expected: format(expected), got: format(got), detail: detail,
      observed: ObservedValue(got), file: file, line: line)
  }

  /// Expects a tensor: its shape, then its elements; a failure names the first that differs.
  @discardableResult
  public func expect(
    _ got: Tensor, near expected: Tensor, tolerance: Double = 1e-5, _ what: String,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    var detail: String?
    if got.shape != expected.shape {
      detail = "shape \(got.shape) instead of \(expected.shape)"
    } else {
      let (a, b) = (got.array(of: Double.self), expected.array(of: Double.self))
      if let i = a.indices.first(where: { !isNear(a[$0], b[$0], tolerance) }) {
        let place = got.shape.index(ofElement: i)
        let wrong = a.indices.count { !isNear(a[$0], b[$0], tolerance) }
        detail =
          "first at \(place): \(format(a[i])) instead of \(format(b[i]));"
          + " \(wrong) of \(a.count) elements differ; strides \(Array(got.layout.strides))"
      }
    }
    return settle(
      detail == nil, what, expected: describe(expected), got: describe(got), detail: detail,
      observed: ObservedValue(got), file: file, line: line)
  }

  /// Expects that `body` throws.
  @discardableResult
  public func expectThrows(
    _ what: String, file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Void
  ) -> Bool {
    do {
      try body()
      return settle(
        false, what, expected: "an error", got: "no error",
        observed: ObservedValue(text: "no error"), file: file, line: line)
    } catch {
      return settle(
        true, what, expected: "an error", got: "an error",
        observed: ObservedValue(text: "an error"), file: file, line: line)
    }
  }
}

/// Whether |got − expected| ≤ tolerance · max(1, |expected|). Only the same infinity is near an
/// infinity, and only NaN is near NaN.
package func isNear(_ got: Double, _ expected: Double, _ tolerance: Double) -> Bool {
  if got == expected || (got.isNaN && expected.isNaN) { return true }
  guard got.isFinite && expected.isFinite else { return false }
  return abs(got - expected) <= tolerance * max(1, abs(expected))
}

/// A value in words: what is in an optional one, or "none".
package func words<T>(_ value: T) -> String {
  let mirror = Mirror(reflecting: value)
  guard mirror.displayStyle == .optional else { return "\(value)" }
  return mirror.children.first.map { words($0.value) } ?? "none"
}

/// Seven digits, as many as a float has.
package func format(_ x: Double) -> String {
  // The sign of a NaN depends on the processor.
  if x.isNaN { return "nan" }
  if x == x.rounded(), abs(x) < 1e15 { return x == 0 ? "0" : String(Int64(x)) }
  return String(format: "%.7g", x)
}

package func format(_ x: [Double]) -> String {
  let shown = x.prefix(12).map { format($0) }.joined(separator: ", ")
  return x.count > 12 ? "[\(shown), … \(x.count) numbers]" : "[\(shown)]"
}

/// Type, shape and elements of a tensor: on one line, or one row per line.
package func describe(_ x: Tensor) -> String {
  var elements = "\(x)"
  let dtype = " (\(x.dtype))"
  if elements.hasSuffix(dtype) { elements.removeLast(dtype.count) }
  return "\(x.dtype)\(x.shape)\(elements.contains("\n") ? "\n" : " ")\(elements)"
}
