/// Tensors of one dtype that lie one after another in one buffer, so that a single call reaches all
/// of them: an all-reduce over the bucket of gradients, a shard of all parameters, a copy to disk.
///
///     elements   0        6    16         20        32
///                ├─[2, 3]─┤░░░░├──[4]─────┤░░░░░░░░░┤      ░ padding, zeros
///                part 0        part 1               count
///
/// Each part begins at a multiple of 64 bytes, as a tensor of its own would.
///
/// Aliasing is intended here: what is written to a ``part(_:)`` is read from the whole, and the
/// other way round. Otherwise a part is like any tensor: an update is in place if the part has one
/// holder, and a modified copy is independent. `FlatParameters` puts a model's parameters onto a
/// flat buffer and keeps snapshots of their values unchanged.
///
/// The idea is that of PyTorch's DDP (buckets: Li et al. 2020, "PyTorch Distributed") and of ZeRO
/// (Rajbhandari et al. 2020), where a rank owns a range of the flat buffer.
public final class FlatBuffer {
  /// The type of all elements.
  public let dtype: DType
  /// The parts' shapes, in their order.
  public let shapes: [Shape]
  /// Where each part lies in the flat list of elements, without the padding behind it.
  public let ranges: [Range<Int>]
  /// The elements of the whole buffer, padding included.
  public let count: Int
  private let storage: Storage

  /// A buffer of zeros, counted under the memory tag in force. Its `count` is a multiple of
  /// `divisor`, the number of ranks that get equal ranges of it.
  public init(shapes: [Shape], dtype: DType = .float32, divisibleBy divisor: Int = 1) {
    require(
      divisor > 0 && divisor <= ElementCount.most, "FlatBuffer",
      "cannot be divided into \(divisor) ranges")
    self.dtype = dtype
    self.shapes = shapes
    let line = 64 / dtype.byteCount
    var end = 0
    ranges = shapes.map { shape in
      let range = end..<end + shape.count
      end = (range.upperBound + line - 1) / line * line
      return range
    }
    count = (end + divisor - 1) / divisor * divisor
    storage = Storage(byteCount: count * dtype.byteCount)
    storage.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: storage.byteCount)
  }

  /// Bytes of the whole buffer.
  public var byteCount: Int { storage.byteCount }

  /// Part `index` as a tensor that stands in this buffer and keeps it alive.
  public func part(_ index: Int) -> Tensor {
    require(
      shapes.indices.contains(index), "FlatBuffer", "there is no part \(index) of \(shapes.count)")
    return view(ranges[index], shapes[index])
  }

  /// Changes the elements of `range` (by default all) in place. `body` gets them as a tensor of one
  /// axis and must keep its shape and dtype.
  public func update<R>(_ range: Range<Int>? = nil, _ body: (inout Tensor) -> R) -> R {
    let range = checked(range)
    var elements = view(range, [range.count])
    return elements.updateInPlace(body)
  }

  /// The elements of `range` (all, unless it is given), copied. Shape: [count]
  public func copy(_ range: Range<Int>? = nil) -> Tensor {
    let range = checked(range)
    return ExecutionContext.current.backend.copy(view(range, [range.count]))
  }

  /// The elements of `range` (all, unless it is given) as a tensor that stands in this buffer, for
  /// work that goes on after a call, such as an exchange in the background.   Shape: [count]
  package func elements(_ range: Range<Int>? = nil) -> Tensor {
    let range = checked(range)
    return view(range, [range.count])
  }

  /// Whether the elements of `tensor` lie in this buffer.
  package func holds(_ tensor: Tensor) -> Bool {
    let begin = storage.pointer
    return tensor.storage.pointer >= begin && tensor.storage.pointer < begin + max(byteCount, 1)
  }

  private func checked(_ range: Range<Int>?) -> Range<Int> {
    let range = range ?? 0..<count
    require(
      range.lowerBound >= 0 && range.upperBound <= count, "FlatBuffer",
      "elements \(range) do not lie within 0 ..< \(count)")
    return range
  }

  private func view(_ range: Range<Int>, _ shape: Shape) -> Tensor {
    let part = Storage(
      partOf: storage, at: range.lowerBound * dtype.byteCount,
      byteCount: range.count * dtype.byteCount)
    return Tensor(storage: part, layout: Layout(shape), dtype: dtype)
  }
}
