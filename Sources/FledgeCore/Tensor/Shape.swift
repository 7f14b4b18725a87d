/// The sizes of a tensor's axes, outermost first. A scalar's shape is `[]`.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The sizes, outermost first.
  public var dimensions: Dimensions

  /// A shape of these sizes.
  @inline(__always)
  public init(_ dimensions: Dimensions) { self.dimensions = dimensions }
  /// Traps where there are more than ``Dimensions/capacity`` axes.
  public init(_ dimensions: some Sequence<Int>) { self.dimensions = Dimensions(dimensions) }
  public init(arrayLiteral elements: Int...) { dimensions = Dimensions(elements) }

  /// The number of elements: the product of the dimensions; 1 for a scalar. Traps where a dimension
  /// is negative, and where no memory could hold so many elements.
  public var count: Int {
    var count = ElementCount()
    for axis in 0..<dimensions.count { count.multiply(by: dimensions[axis]) }
    return count.checked(self)
  }

  /// The number of axes.
  @inline(__always) public var rank: Int { dimensions.count }

  /// The size of an axis; a negative axis counts from the end.
  public subscript(axis: Int) -> Int {
    get { dimensions[axis < 0 ? axis + dimensions.count : axis] }
    set { dimensions[axis < 0 ? axis + dimensions.count : axis] = newValue }
  }

  public var description: String { dimensions.description }

  /// The index, one number for each axis, of the element at a row-major position.
  package func index(ofElement position: Int) -> [Int] {
    var rest = position
    var result: [Int] = []
    for size in dimensions.reversed() {
      result.append(rest % size)
      rest /= size
    }
    return result.reversed()
  }

  /// `axis` counted from the front; traps where the shape has no such axis.
  public func normalized(axis: Int, _ operation: @autoclosure () -> String) -> Int {
    let result = axis < 0 ? axis + rank : axis
    if result < 0 || result >= rank {
      fledgeTrap(
        operation(),
        "axis \(axis) is out of range for shape \(self); axes go from \(-rank) to \(rank - 1)")
    }
    return result
  }

  /// `axes` counted from the front, ascending, each once; nil means all of them.
  public func normalized(axes: [Int]?, _ operation: @autoclosure () -> String) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    if axes.count == 1 { return [normalized(axis: axes[0], operation())] }
    let result = axes.map { normalized(axis: $0, operation()) }.sorted()
    for (a, b) in zip(result, result.dropFirst()) where a == b {
      fledgeTrap(operation(), "axis \(a) is named twice in \(axes)")
    }
    return result
  }

  /// The shape with the given (normalized) axes of size 1.
  package func collapsing(_ axes: [Int]) -> Shape {
    var result = self
    for axis in axes { result.dimensions[axis] = 1 }
    return result
  }

  /// The shape without the given (normalized, ascending) axes.
  package func removing(_ axes: [Int]) -> Shape {
    if axes.count == rank { return [] }
    var result = Dimensions()
    for axis in 0..<rank where !axes.contains(axis) { result.append(dimensions[axis]) }
    return Shape(result)
  }

  /// The shape both broadcast to, by NumPy's rule: axes are aligned at the end, and two sizes
  /// agree where they are equal or one of them is 1. Nil where they do not agree.
  public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if a == b { return a }
    if a.rank == 0 { return b }
    if b.rank == 0 { return a }
    let rank = Swift.max(a.rank, b.rank)
    var result = Dimensions(repeating: 1, count: rank)
    for i in 1...rank {
      let da = i <= a.rank ? a.dimensions[a.rank - i] : 1
      let db = i <= b.rank ? b.dimensions[b.rank - i] : 1
      if da == db || db == 1 {
        result[rank - i] = da
      } else if da == 1 {
        result[rank - i] = db
      } else {
        return nil
      }
    }
    return Shape(result)
  }

  /// The shape all broadcast to; traps in the name of `operation` where they do not agree.
  package static func broadcast(_ a: Shape, _ b: Shape, for operation: String) -> Shape {
    if let result = broadcast(a, b) { return result }
    fledgeTrap(
      operation,
      "shapes \(a) and \(b) do not broadcast: aligned at the last axis, sizes must be equal or 1")
  }
}

// Not a Collection: its `count` would be the number of axes.
extension Shape: Sequence {
  public func makeIterator() -> IndexingIterator<Dimensions> { dimensions.makeIterator() }
}

/// The product of sizes, which are checked on the way: a shape rule may have forgotten one.
///
/// There are at most 2⁴⁵ elements (of 8 bytes each, 256 TiB, the memory that processors can address),
/// so products of a few sizes and counts do not overflow in the code that follows.
struct ElementCount {
  static let most = 1 << 45

  private(set) var product = 1
  /// A bit that is set in any of the sizes: the highest tells of a negative one.
  private var bits = 0
  private var overflows = false

  @inline(__always)
  init() {}

  @inline(__always)
  mutating func multiply(by size: Int) {
    let (next, overflow) = product.multipliedReportingOverflow(by: size)
    product = next
    bits |= size
    overflows = overflows || overflow
  }

  /// The product; traps unless it is the number of elements of a tensor of this shape.
  @inline(__always)
  func checked(_ shape: Shape) -> Int {
    if bits < 0 || overflows || product > Self.most { Self.trap(shape) }
    return product
  }

  @inline(never)
  private static func trap(_ shape: Shape) -> Never {
    let isNegative = shape.dimensions.contains { $0 < 0 }
    fledgeTrap(
      "Shape",
      isNegative
        ? "\(shape) has a negative size" : "\(shape) has more elements than any memory can hold")
  }
}

extension Int {
  /// This times another size or count, both not negative; traps in the name of `operation` where no
  /// memory could hold so many elements.
  package func times(_ other: Int, _ operation: @autoclosure () -> String) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    require(
      self >= 0 && other >= 0 && !overflow && product <= ElementCount.most, operation(),
      "\(self) times \(other) elements; no memory can hold so many, and a count cannot be negative")
    return product
  }
}
