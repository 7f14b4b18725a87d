/// A list whose first three elements lie in place: the inputs, outputs and types of an operation.
///
/// Nearly every operation has at most three of each. An array of them would be allocated and freed
/// for every operation, which was a third of the time of one on small tensors.
@frozen
public struct InlineList<Element> {
  @usableFromInline var length: Int
  @usableFromInline var first: Element?
  @usableFromInline var second: Element?
  @usableFromInline var third: Element?
  /// From the fourth on.
  @usableFromInline var others: [Element]?

  /// A list of none.
  @inlinable @inline(__always)
  public init() {
    (length, first, second, third, others) = (0, nil, nil, nil, nil)
  }

  /// A list of one.
  @inlinable @inline(__always)
  public init(_ first: Element) {
    (length, self.first, second, third, others) = (1, first, nil, nil, nil)
  }

  /// A list of two.
  @inlinable @inline(__always)
  public init(_ first: Element, _ second: Element) {
    (length, self.first, self.second, third, others) = (2, first, second, nil, nil)
  }

  /// A list of three.
  @inlinable @inline(__always)
  public init(_ first: Element, _ second: Element, _ third: Element) {
    (length, self.first, self.second, self.third, others) = (3, first, second, third, nil)
  }

  @usableFromInline
  func trapOutOfRange(_ index: Int) -> Never {
    fledgeTrap("InlineList", "index \(index) is out of range for \(count) elements")
  }
}

extension InlineList: RandomAccessCollection, MutableCollection, RangeReplaceableCollection {
  /// How many elements there are.
  @inlinable @inline(__always) public var count: Int { length }
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { count }

  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      if UInt(bitPattern: index) >= UInt(bitPattern: count) { trapOutOfRange(index) }
      switch index {
      case 0: return first.unsafelyUnwrapped
      case 1: return second.unsafelyUnwrapped
      case 2: return third.unsafelyUnwrapped
      default: return others.unsafelyUnwrapped[index - 3]
      }
    }
    @inline(__always) _modify {
      if UInt(bitPattern: index) >= UInt(bitPattern: count) { trapOutOfRange(index) }
      switch index {
      case 0: yield &first!
      case 1: yield &second!
      case 2: yield &third!
      default: yield &others![index - 3]
      }
    }
  }

  @inlinable
  public mutating func append(_ element: Element) {
    switch count {
    case 0: first = element
    case 1: second = element
    case 2: third = element
    case 3: others = [element]
    default: others!.append(element)
    }
    length += 1
  }

  @inlinable
  public init(_ elements: some Sequence<Element>) {
    self.init()
    for element in elements { append(element) }
  }

  @inlinable
  public mutating func replaceSubrange(_ range: Range<Int>, with elements: some Collection<Element>)
  {
    var result = InlineList()
    for i in 0..<range.lowerBound { result.append(self[i]) }
    for element in elements { result.append(element) }
    for i in range.upperBound..<count { result.append(self[i]) }
    self = result
  }
}

extension InlineList: ExpressibleByArrayLiteral {
  @inlinable
  public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension InlineList: Sendable where Element: Sendable {}

extension InlineList: Equatable where Element: Equatable {
  public static func == (a: InlineList, b: InlineList) -> Bool { a.elementsEqual(b) }
}

extension InlineList: Hashable where Element: Hashable {
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for element in self { hasher.combine(element) }
  }
}

extension InlineList: CustomStringConvertible {
  public var description: String { Array(self).description }
}

/// The inputs or outputs of an operation.
public typealias Tensors = InlineList<Tensor>
/// Their types.
public typealias TensorTypes = InlineList<TensorType>
/// The gradients of an operation's inputs, nil where there is none.
public typealias Gradients = InlineList<Tensor?>

extension Gradients {
  /// One for every tensor.
  init(_ gradients: Tensors) {
    self.init()
    for gradient in gradients { append(gradient) }
  }
}

extension Tensors {
  /// The shapes and dtypes.
  public var types: TensorTypes {
    switch count {
    case 1: TensorTypes(self[0].type)
    case 2: TensorTypes(self[0].type, self[1].type)
    default: TensorTypes(lazy.map(\.type))
    }
  }
}
