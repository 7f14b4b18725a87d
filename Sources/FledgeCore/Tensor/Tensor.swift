/// An n-dimensional array of numbers, with gradients on request.
///
/// A tensor is a value, a layout over shared storage: a change of one never shows in another.
/// `var y = x; y += 1` leaves `x` alone. Views share storage; elements are copied only when needed.
///
///     let x = Tensor([[1, 2], [3, 4]])
///     let y = (x.matmul(x.transposed()) * 2).sum()
public struct Tensor: Sendable {
  /// Buffer and layout: one reference for both, since tensors are copied all the time.
  private var elements: SharedElements
  /// The type of the elements.
  public let dtype: DType
  /// Which output of `node` this tensor is.
  var outputIndex: Int32 = 0
  /// The place of this tensor in the autograd graph; nil where no gradient is recorded.
  var node: Node?

  /// The shared buffer. Use ``withElements(of:_:)`` to read it safely.
  public var storage: Storage {
    @inline(__always) get { elements.storage }
  }

  /// The positions of the elements in the buffer.
  public var layout: Layout {
    @inline(__always) _read { yield elements.layout }
  }

  @inline(__always)
  private init(_ elements: SharedElements, _ dtype: DType) {
    self.elements = elements
    self.dtype = dtype
    node = nil
  }

  @inline(__always)
  package init(storage: Storage, layout: Layout, dtype: DType) {
    self.init(SharedElements(storage, layout), dtype)
  }

  /// A new contiguous tensor whose elements are not set yet.
  @inline(__always)
  package init(uninitialized shape: Shape, _ dtype: DType) {
    let layout = Layout(shape)
    self.init(
      storage: Storage(byteCount: layout.count * dtype.byteCount), layout: layout, dtype: dtype)
  }

  /// A new contiguous tensor with an existing tensor's shape, its elements not set yet.
  @inline(__always)
  package init(uninitializedLike x: Tensor, _ dtype: DType) {
    let storage = Storage(byteCount: x.layout.count * dtype.byteCount)
    let isReusable = x.layout.isContiguous && x.layout.offset == 0
    self.init(storage: storage, layout: isReusable ? x.layout : Layout(x.shape), dtype: dtype)
  }

  /// A tensor with a type but no elements, as ``withAbstractTensors(_:)`` makes them: it passes
  /// shape rules, layers and losses; reading an element traps.
  public init(abstract type: TensorType) {
    self.init(storage: .abstract, layout: Layout(type.shape), dtype: type.dtype)
  }

  /// Whether it has a type only, and no elements.
  public var isAbstract: Bool {
    @inline(__always) get { UInt(bitPattern: storage.pointer) == Storage.abstractAddress }
  }

  /// Traps where there are no elements to read.
  func requireElements(_ operation: @autoclosure () -> String) {
    require(
      !isAbstract, operation(),
      "asks for the elements of an abstract tensor, \(type), which has none: only shapes and dtypes "
        + "are computed here" + (ExecutionContext.current.tracer == nil ? "" : Self.adviceInTrace))
  }

  private static let adviceInTrace =
    ". A traced program gets its numbers when it runs: return the tensor and read it after the call, "
    + "choose between tensors with Tensor.where, or leave this part out of the trace"

  /// The sizes of the axes.
  public var shape: Shape { layout.shape }
  /// The number of axes.
  public var rank: Int { layout.shape.rank }
  /// The number of elements.
  public var count: Int { layout.count }
  /// Bytes the elements take when they lie side by side.
  public var byteCount: Int { count * dtype.byteCount }

  var type: TensorType { TensorType(shape: layout.shape, dtype: dtype) }

  /// Tells apart tensors that are held: a tensor and its copies have one identity, views have others.
  package var identity: ObjectIdentifier { ObjectIdentifier(elements) }

  /// The same elements with another layout, outside the graph.
  package func view(_ layout: Layout) -> Tensor {
    Tensor(storage: storage, layout: layout, dtype: dtype)
  }

  /// The same values outside the graph.
  public func detached() -> Tensor {
    Tensor(elements, dtype)
  }

  /// Lets go of the elements; dtype and place in the graph stay, and the shape if `keepingShape`.
  mutating func dropElements(keepingShape: Bool = true) {
    if !keepingShape {
      elements = .none
    } else if hasElements {
      elements = SharedElements(.none, layout)
    }
  }

  /// Whether it was not dropped.
  var hasElements: Bool {
    @inline(__always) get { UInt(bitPattern: storage.pointer) != Storage.noAddress }
  }

  /// The address of the first element. Elements follow `layout`, not necessarily side by side.
  @inline(__always)
  package func pointer<S>(_ type: S.Type) -> UnsafeMutablePointer<S> {
    storage.pointer.assumingMemoryBound(to: S.self) + layout.offset
  }
}

/// Shape and element type of a tensor: all that a shape rule sees.
public struct TensorType: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The sizes of the axes.
  public var shape: Shape
  /// The type of the elements.
  public var dtype: DType

  /// A type such as float32 [2, 3].
  public init(shape: Shape, dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  public var description: String { "\(dtype)\(shape)" }
}

// MARK: Elements

extension Tensor {
  /// Calls `body` with the contiguous elements in row-major order (copied first if necessary).
  /// Traps unless `S` is the Swift type of this dtype.
  public func withElements<S: TensorScalar, R, E: Error>(
    of type: S.Type, _ body: (UnsafeBufferPointer<S>) throws(E) -> R
  ) throws(E) -> R {
    require(
      S.dtype == dtype, "withElements",
      "a \(dtype) tensor's elements are not \(S.self), whose dtype is \(S.dtype)")
    requireElements("withElements")
    let compact = layout.isContiguous ? self : ExecutionContext.current.backend.copy(self)
    return try withExtendedLifetime(compact.storage) { () throws(E) -> R in
      try body(UnsafeBufferPointer(start: compact.pointer(S.self), count: count))
    }
  }

  /// A new tensor whose elements `body` writes, in row-major order.
  public init<S: TensorScalar, E: Error>(
    shape: Shape, writing type: S.Type,
    _ body: (UnsafeMutableBufferPointer<S>) throws(E) -> Void
  ) throws(E) {
    let context = ExecutionContext.current
    if context.isAbstract && context.tracer == nil {
      self.init(abstract: TensorType(shape: shape, dtype: S.dtype))
      return
    }
    self.init(uninitialized: shape, S.dtype)
    try body(UnsafeMutableBufferPointer(start: pointer(S.self), count: count))
    if let tracer = context.tracer { tracer.noteLiteral(self) }
  }

  /// The elements in row-major order, converted to `S`: `x.array()` is `[Float]`,
  /// `labels.array(of: Int.self)` is `[Int]`. Integers are kept exact; floating-point numbers are
  /// truncated towards zero when `S` is an integer type.
  public func array<S: TensorScalar>(of type: S.Type = Float.self) -> [S] {
    requireElements("array")
    return dtype.withScalarType { elementsConverted(from: $0, to: S.self) }
  }

  private func elementsConverted<From: TensorScalar, To: TensorScalar>(
    from: From.Type, to: To.Type
  ) -> [To] {
    withExtendedLifetime(storage) {
      var result: [To] = []
      result.reserveCapacity(count)
      if From.self == To.self {
        let base = storage.pointer.assumingMemoryBound(to: To.self)
        if layout.isContiguous {
          return Array(UnsafeBufferPointer(start: base + layout.offset, count: count))
        }
        layout.forEachPosition { result.append(base[$0]) }
      } else {
        let base = storage.pointer.assumingMemoryBound(to: From.self)
        if From.dtype.isFloatingPoint {
          layout.forEachPosition { result.append(To(exactOrRounded: base[$0].asDouble)) }
        } else {
          layout.forEachPosition { result.append(To(wrapping: base[$0].asInt64)) }
        }
      }
      return result
    }
  }

  /// The value of a tensor with one element: `loss.item()`.
  public func item() -> Double {
    require(count == 1, "item", "needs exactly one element, the shape is \(shape)")
    requireElements("item")
    return dtype.withScalarType { scalarType in firstElement(scalarType) }
  }

  private func firstElement<S: TensorScalar>(_ type: S.Type) -> Double {
    withExtendedLifetime(storage) { pointer(S.self).pointee.asDouble }
  }
}

// MARK: In place

extension Tensor {
  /// Whether the elements may be written in place: they are contiguous, in memory that may be
  /// written, and nothing else holds their storage.
  var isOnlyWriter: Bool {
    mutating get {
      layout.isContiguous && isOnlyHolder && !storage.isReadOnly && !isAbstract
    }
  }

  /// Whether nothing else holds the storage, not even a copy of this tensor.
  var isOnlyHolder: Bool {
    mutating get {
      isKnownUniquelyReferenced(&elements) && isKnownUniquelyReferenced(&elements.storage)
    }
  }

  /// Whether the elements may be overwritten: by the only writer, where no gradient is recorded.
  var isSafeToOverwrite: Bool { mutating get { node == nil && isOnlyWriter } }

  /// Makes this tensor the only holder of contiguous storage that may be written, copying if it must.
  package mutating func makeUnique() {
    if !isAbstract && !isOnlyWriter {
      elements = ExecutionContext.current.backend.copy(self).elements
    }
  }
}

/// Where a tensor's elements are; copies of the tensor share it.
private final class SharedElements: @unchecked Sendable {
  /// Never replaced. It is a variable because Swift can say only of a variable whether it has other
  /// holders; unchecked, because asking is not writing.
  @exclusivity(unchecked) var storage: Storage
  let layout: Layout

  static let none = SharedElements(.none, Layout([]))

  @inline(__always)
  init(_ storage: Storage, _ layout: Layout) {
    self.storage = storage
    self.layout = layout
  }
}
