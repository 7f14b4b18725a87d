import Synchronization

/// A number that notes how often it is multiplied: a check counts the products that a learner's
/// function computes, whatever its loops look like.
///
///     let (y, products) = CountedNumber.counting { convolution(x, w) }
public struct CountedNumber: Numeric, Sendable {
  /// What the number is.
  public var value: Int

  /// A number.
  public init(_ value: Int) { self.value = value }

  private final class Tally: Sendable {
    let products = Atomic(0)
  }

  @TaskLocal private static var tally: Tally?

  /// Runs `body` on this thread and counts the multiplications in it.
  public static func counting<R>(_ body: () throws -> R) rethrows -> (result: R, products: Int) {
    let tally = Tally()
    let result = try $tally.withValue(tally, operation: body)
    return (result, tally.products.load(ordering: .relaxed))
  }

  /// The product, which is counted.
  public static func * (a: CountedNumber, b: CountedNumber) -> CountedNumber {
    tally?.products.add(1, ordering: .relaxed)
    return CountedNumber(a.value * b.value)
  }

  /// The product in place, which is counted.
  public static func *= (a: inout CountedNumber, b: CountedNumber) { a = a * b }
  /// The sum.
  public static func + (a: CountedNumber, b: CountedNumber) -> CountedNumber {
    CountedNumber(a.value + b.value)
  }
  /// The difference.
  public static func - (a: CountedNumber, b: CountedNumber) -> CountedNumber {
    CountedNumber(a.value - b.value)
  }

  /// A number written as a literal.
  public init(integerLiteral value: Int) { self.value = value }
  /// A number of another type; nil where it is too large.
  public init?(exactly source: some BinaryInteger) {
    guard let value = Int(exactly: source) else { return nil }
    self.value = value
  }
  /// The absolute value.
  public var magnitude: UInt { value.magnitude }
}
