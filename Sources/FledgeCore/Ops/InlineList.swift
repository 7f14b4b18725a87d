/// A list whose first three elements lie in place: the inputs, outputs and types of an operation.
///
/// Nearly every operation has at most three of each. An array of them would be allocated and freed
/// for every operation, which was a third of the time of one on small tensors.
///
/// A protocol, not a generic structure: the compiler copies and destroys a generic structure through
/// a table of functions that ask each element's type what it is, which made a step on small tensors
/// 1.6 times as slow. What conforms declares the stored properties; all else is here.
public protocol InlineList: RandomAccessCollection, MutableCollection, RangeReplaceableCollection,
  ExpressibleByArrayLiteral, CustomStringConvertible, Sendable
where Index == Int, Indices == Range<Int>, ArrayLiteralElement == Element {
  /// How many elements there are. Only the list itself changes it, and the following.
  var count: Int { get set }
  /// The first element; nil where there is none.
  var first: Element? { get set }
  /// The second element; nil where there is none.
  var second: Element? { get set }
  /// The third element; nil where there is none.
  var third: Element? { get set }
  /// The elements from the fourth on; nil where there are none.
  var others: [Element]? { get set }
  init()
}

extension InlineList {
  /// A list of one.
  @inlinable @inline(__always)
  public init(_ first: Element) {
    self.init()
    (count, self.first) = (1, first)
  }

  /// A list of two.
  @inlinable @inline(__always)
  public init(_ first: Element, _ second: Element) {
    self.init()
    (count, self.first, self.second) = (2, first, second)
  }

  /// A list of three.
  @inlinable @inline(__always)
  public init(_ first: Element, _ second: Element, _ third: Element) {
    self.init()
    (count, self.first, self.second, self.third) = (3, first, second, third)
  }

  /// A list of the elements of a sequence.
  @inlinable
  public init(_ elements: some Sequence<Element>) {
    self.init()
    for element in elements { append(element) }
  }

  /// A list written as an array: `[x, y]`.
  @inlinable
  public init(arrayLiteral elements: Element...) { self.init(elements) }

  /// Always 0.
  @inlinable public var startIndex: Int { 0 }
  /// The number of elements.
  @inlinable public var endIndex: Int { count }
  /// 0 up to the number of elements.
  @inlinable public var indices: Range<Int> { 0..<count }

  /// The element at an index; traps if there is none.
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

  /// Adds an element at the end.
  @inlinable
  public mutating func append(_ element: Element) {
    switch count {
    case 0: first = element
    case 1: second = element
    case 2: third = element
    case 3: others = [element]
    default: others!.append(element)
    }
    count += 1
  }

  /// Replaces the elements of a range by others, as many as there are.
  @inlinable
  public mutating func replaceSubrange(_ range: Range<Int>, with elements: some Collection<Element>)
  {
    var result = Self()
    for i in 0..<range.lowerBound { result.append(self[i]) }
    for element in elements { result.append(element) }
    for i in range.upperBound..<count { result.append(self[i]) }
    self = result
  }

  /// Changes an element in place, as the subscript does, but without its coroutine, whose frame is
  /// allocated.
  @inlinable @inline(__always)
  package mutating func change<R>(_ index: Int, _ body: (inout Element) -> R) -> R {
    switch index {
    case 0: body(&first!)
    case 1: body(&second!)
    case 2: body(&third!)
    default: body(&others![index - 3])
    }
  }

  /// The only element, moved out of the list.
  @inlinable @inline(__always)
  consuming func onlyElement() -> Element {
    guard let element = first.take() else { trapOutOfRange(0) }
    return element
  }

  @usableFromInline
  func trapOutOfRange(_ index: Int) -> Never {
    fledgeTrap("InlineList", "index \(index) is out of range for \(count) elements")
  }

  public var description: String { Array(self).description }
}

/// The inputs or outputs of an operation.
@frozen
public struct Tensors: InlineList {
  public typealias Element = Tensor
  public var count = 0
  public var first: Tensor?
  public var second: Tensor?
  public var third: Tensor?
  public var others: [Tensor]?

  @inlinable @inline(__always) public init() {}
}

/// The types of an operation's inputs or outputs.
@frozen
public struct TensorTypes: InlineList, Hashable {
  public typealias Element = TensorType
  public var count = 0
  public var first: TensorType?
  public var second: TensorType?
  public var third: TensorType?
  public var others: [TensorType]?

  @inlinable @inline(__always) public init() {}
}

/// The gradients of an operation's inputs, nil where there is none.
@frozen
public struct Gradients: InlineList {
  public typealias Element = Tensor?
  public var count = 0
  public var first: Tensor??
  public var second: Tensor??
  public var third: Tensor??
  public var others: [Tensor?]?

  @inlinable @inline(__always) public init() {}

  /// One for every tensor.
  init(_ gradients: Tensors) {
    for gradient in gradients { append(gradient) }
  }
}

extension Tensors {
  /// Whether any of them is in the graph.
  @inline(__always)
  var isInGraph: Bool {
    first?.node != nil || second?.node != nil || third?.node != nil
      || others?.contains { $0.node != nil } == true
  }

  /// Whether any of them is abstract.
  @inline(__always)
  var isAbstract: Bool {
    first?.isAbstract == true || second?.isAbstract == true || third?.isAbstract == true
      || others?.contains(where: \.isAbstract) == true
  }

  /// The dtype of one of them. The subscript would copy the tensor, which counts its references.
  package func dtype(_ index: Int) -> DType { read(index) { $0.dtype } }

  /// The shape of one of them.
  package func shape(_ index: Int) -> Shape { read(index) { $0.layout.shape } }

  /// Whether all have the shape and the dtype of the first.
  package var haveOneType: Bool {
    guard let first else { return true }
    for i in 1..<Swift.max(count, 1) {
      let isAlike = read(i) { $0.layout.shape == first.layout.shape && $0.dtype == first.dtype }
      if !isAlike { return false }
    }
    return true
  }

  /// The address of the first element of one of them, see ``Tensor/pointer(_:)``.
  package func pointer<S>(_ index: Int, _ type: S.Type) -> UnsafeMutablePointer<S> {
    read(index) { $0.pointer(type) }
  }

  @inline(__always)
  private func read<R>(_ index: Int, _ body: (borrowing Tensor) -> R) -> R {
    switch index {
    case 0: body(first!)
    case 1: body(second!)
    case 2: body(third!)
    default: body(others![index - 3])
    }
  }

  /// The shapes and dtypes.
  public var types: TensorTypes {
    switch count {
    case 1: TensorTypes(first.unsafelyUnwrapped.type)
    case 2: TensorTypes(first.unsafelyUnwrapped.type, second.unsafelyUnwrapped.type)
    case 3:
      TensorTypes(
        first.unsafelyUnwrapped.type, second.unsafelyUnwrapped.type, third.unsafelyUnwrapped.type)
    default: TensorTypes(lazy.map(\.type))
    }
  }
}
