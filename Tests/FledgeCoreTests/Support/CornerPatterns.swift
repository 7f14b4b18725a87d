import FledgeCore
import FledgeTestSupport
import Foundation

/// Inputs of a sample with corner values among them.
struct CornerCase: Sendable {
  let label: String
  /// The floating ones in float64, of values that every floating type holds but for the extremes.
  let inputs: [Tensor]
  /// Whether the values are at the ends of float32, where halves have only 0 and ∞.
  let isExtreme: Bool
  /// Whether halves are tried, too; in a short run on mixed corners alone.
  var isForHalves: Bool { !isExtreme && (Self.isLong || label.hasPrefix("mixed")) }

  /// Whether corner values are in input i.
  func touches(input i: Int) -> Bool {
    label.hasSuffix("as input \(i)") || label.hasSuffix("everywhere")
  }
}

extension CornerCase {
  static let special: [Double] = [.nan, .infinity, -.infinity, -0.0]
  static let extreme: [Double] = [
    1e38, .init(Float.greatestFiniteMagnitude), -1e38, .init(Float.leastNormalMagnitude),
    -.init(Float.greatestFiniteMagnitude), -1e-40, .init(Float.leastNonzeroMagnitude),
  ].map { Double(Float($0)) }

  /// Whether every value is tried at every kind of place, for which a debug build takes minutes:
  /// `FLEDGE_LONG_TESTS=1 swift test --filter PathAgreementTests`.
  static let isLong = ProcessInfo.processInfo.environment["FLEDGE_LONG_TESTS"] != nil

  /// Corner values at one place, in one row and everywhere, in one floating input at a time; and many
  /// of them mixed.
  static func all(of sample: Sample) -> [CornerCase] {
    let inputs = sample.tensors(.float64, using: Generator(seed: 5)).map {
      $0.dtype.isFloatingPoint ? $0.cast(to: .bfloat16).cast(to: .float64) : $0
    }
    let floating = inputs.indices.filter {
      inputs[$0].dtype.isFloatingPoint && inputs[$0].count > 0
    }
    var cases: [CornerCase] = []
    for i in floating {
      let x = inputs[i]
      func add(_ label: String, _ values: [Double], isExtreme: Bool) {
        var changed = inputs
        changed[i] = Tensor(values, shape: x.shape)
        cases.append(
          CornerCase(label: "\(label) as input \(i)", inputs: changed, isExtreme: isExtreme))
      }
      func starting(with corner: Double, _ count: Int) -> [Double] {
        [Double](repeating: corner, count: count) + x.array(of: Double.self).dropFirst(count)
      }
      let row = x.shape.dimensions.last ?? 1
      for corner in special.dropLast() {
        if isLong || corner.isNaN {
          add("one \(corner)", starting(with: corner, 1), isExtreme: false)
        }
        if isLong || corner < 0 {
          add("only \(corner)", starting(with: corner, x.count), isExtreme: false)
        }
      }
      for corner in [-Double.infinity, extreme[0]] where row < x.count {
        add("a row of \(corner)", starting(with: corner, row), isExtreme: corner.isFinite)
      }
      add("only the largest", starting(with: extreme[1], x.count), isExtreme: true)
      for (corners, isExtreme) in [(special, false), (extreme, true)] {
        add("mixed corners", cycle(corners, x.count, from: 0), isExtreme: isExtreme)
      }
    }
    if floating.count > 1 {
      for (corners, isExtreme) in [(special, false), (extreme, true)] {
        let mixed = inputs.enumerated().map { i, x in
          floating.contains(i) ? Tensor(cycle(corners, x.count, from: i), shape: x.shape) : x
        }
        cases.append(
          CornerCase(label: "mixed corners everywhere", inputs: mixed, isExtreme: isExtreme))
      }
    }
    return cases
  }

  private static func cycle(_ values: [Double], _ count: Int, from start: Int) -> [Double] {
    (0..<count).map { values[($0 + start) % values.count] }
  }
}
