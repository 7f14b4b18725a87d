/// A short list of integers, one for each axis, kept in place: sizes of a ``Shape``, strides of a
/// ``Layout``.
///
/// An array would be a reference into the heap; a tensor has two such lists, and an operation on a
/// small tensor spent a third of its time on counting and freeing them. More than ``capacity``
/// numbers trap.
public struct Dimensions: Sendable, ExpressibleByArrayLiteral {
  /// The largest number of axes a tensor can have.
  public static let capacity = 8

  // Places from `count` on are 0, so that equal lists are equal bit by bit.
  private var places: (Int, Int, Int, Int, Int, Int, Int, Int)
  public private(set) var count: Int

  @inline(__always)
  public init() {
    places = (0, 0, 0, 0, 0, 0, 0, 0)
    count = 0
  }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  @inline(__always)
  public init(repeating value: Int, count: Int) {
    self.init()
    Self.check(count)
    self.count = count
    for i in 0..<count { self[i] = value }
  }

  @inline(__always)
  private static func check(_ count: Int) {
    if count > capacity { trapTooMany(count) }
  }

  @inline(never)
  private static func trapTooMany(_ count: Int) -> Never {
    fledgeTrap("Shape", "\(count) axes; a tensor has at most \(capacity)")
  }

  @inline(never)
  private func trapOutOfRange(_ index: Int) -> Never {
    fledgeTrap("Shape", "axis \(index) is out of range for \(self)")
  }
}

extension Dimensions: RandomAccessCollection, MutableCollection, RangeReplaceableCollection {
  @inline(__always) public var startIndex: Int { 0 }
  @inline(__always) public var endIndex: Int { count }

  public subscript(index: Int) -> Int {
    @inline(__always) get {
      if UInt(bitPattern: index) >= UInt(bitPattern: count) { trapOutOfRange(index) }
      return withUnsafePointer(to: places) {
        UnsafeRawPointer($0).assumingMemoryBound(to: Int.self)[index]
      }
    }
    @inline(__always) set {
      if UInt(bitPattern: index) >= UInt(bitPattern: count) { trapOutOfRange(index) }
      withUnsafeMutablePointer(to: &places) {
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: Int.self)[index] = newValue
      }
    }
  }

  /// A part of the list, as an array's part: joined with other numbers it may become longer than
  /// ``capacity`` on the way, and does not bring the rest of the list with it.
  public subscript(range: Range<Int>) -> ArraySlice<Int> {
    get { Array(self)[range] }
    set { replaceSubrange(range, with: newValue) }
  }

  @inline(__always)
  public mutating func append(_ value: Int) {
    Self.check(count + 1)
    count += 1
    self[count - 1] = value
  }

  public mutating func replaceSubrange(
    _ range: Range<Int>, with elements: some Collection<Int>
  ) {
    let tail = Array(self[range.upperBound...])
    let length = range.lowerBound + elements.count + tail.count
    Self.check(length)
    for i in length..<Swift.max(length, count) { self[i] = 0 }
    count = length
    var position = range.lowerBound
    for value in elements {
      self[position] = value
      position += 1
    }
    for value in tail {
      self[position] = value
      position += 1
    }
  }
}

extension Dimensions: Hashable, CustomStringConvertible {
  @inline(__always)
  public static func == (a: Dimensions, b: Dimensions) -> Bool {
    let (p, q) = (a.places, b.places)
    return a.count == b.count && p.0 == q.0 && p.1 == q.1 && p.2 == q.2 && p.3 == q.3
      && p.4 == q.4 && p.5 == q.5 && p.6 == q.6 && p.7 == q.7
  }

  public func hash(into hasher: inout Hasher) {
    for value in self { hasher.combine(value) }
  }

  public var description: String { Array(self).description }
}
