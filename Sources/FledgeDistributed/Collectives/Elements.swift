import FledgeCore

/// Contiguous elements in memory that a collective works on; valid during the call.
struct Elements {
  let pointer: UnsafeMutableRawPointer
  let count: Int
  let dtype: DType

  /// Those of `tensor`, which is contiguous, and which the caller keeps alive.
  init(_ tensor: Tensor) {
    pointer = tensor.storage.pointer + tensor.layout.offset * tensor.dtype.byteCount
    (count, dtype) = (tensor.count, tensor.dtype)
  }

  private init(_ pointer: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType) {
    (self.pointer, self.count, self.dtype) = (pointer, count, dtype)
  }

  var byteCount: Int { count * dtype.byteCount }
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: pointer, count: byteCount)
  }

  subscript(_ range: Range<Int>) -> Elements {
    Elements(pointer + range.lowerBound * dtype.byteCount, range.count, dtype)
  }

  func copy(_ bytes: UnsafeRawBufferPointer) {
    if byteCount > 0 { pointer.copyMemory(from: bytes.baseAddress!, byteCount: byteCount) }
  }

  /// x = x + y, max(x, y) or min(x, y), where y are the elements in `bytes`; halves are rounded.
  func combine(_ bytes: UnsafeRawBufferPointer, _ reduction: Reduction) {
    if count == 0 { return }
    let other = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
    var x = tensor(pointer, isWritable: true)
    let y = tensor(other, isWritable: false)
    switch reduction {
    case .sum, .mean:
      x += y
      copy(x)
    case .max: copy(maximum(x, y))
    case .min: copy(minimum(x, y))
    }
  }

  /// x = x / n.
  func divide(by count: Int) {
    if self.count == 0 { return }
    var x = tensor(pointer, isWritable: true)
    x *= 1 / Double(count)
    copy(x)
  }

  /// Takes the elements of `tensor`, unless it stands here: some updates in place make a new one.
  private func copy(_ tensor: Tensor) {
    let other = Elements(tensor)
    if other.pointer != pointer { copy(other.bytes) }
  }

  /// Truth values are the numbers 0 and 1 here, so that `max` is "or" and `min` is "and".
  private func tensor(_ pointer: UnsafeMutableRawPointer, isWritable: Bool) -> Tensor {
    let memory = ForeignMemory(pointer, byteCount: byteCount, isWritable: isWritable) {}
    return Tensor(over: memory, shape: [count], dtype: dtype == .bool ? .uint8 : dtype)
  }
}

/// `count` things in `parts` ranges, one after another; the first ones have one more where `parts` does not
/// divide `count`.
func partition(_ count: Int, _ parts: Int) -> [Range<Int>] {
  let (size, rest) = (count / parts, count % parts)
  var begin = 0
  return (0..<parts).map { part in
    defer { begin += size + (part < rest ? 1 : 0) }
    return begin..<begin + size + (part < rest ? 1 : 0)
  }
}

/// Ranges of these sizes, one after another.
func ranges(of sizes: [Int]) -> [Range<Int>] {
  var begin = 0
  return sizes.map { size in
    defer { begin += size }
    return begin..<begin + size
  }
}
