/// A reference-counted, pooled buffer of elements.
///
/// Storage is written once, while the tensor that owns it is made, and then only read: many
/// tensors (views, saved values of the autograd graph) share it. In-place updates go through
/// `Tensor.makeUnique()`, which copies first where anyone else holds it. So a tensor
/// can cross threads, and a value saved for a gradient can never change.
public final class Storage: @unchecked Sendable {
  /// The first byte; aligned to 64 bytes.
  public let pointer: UnsafeMutableRawPointer
  /// The bytes asked for; the buffer may be a little longer.
  public let byteCount: Int
  private let block: MemoryPool.Block

  /// Uninitialised memory, aligned to 64 bytes, counted under the scope's memory tag.
  public init(byteCount: Int, tag: MemoryTag? = nil) {
    let tag = tag ?? ExecutionContext.current.memoryTag
    block = MemoryPool.allocate(byteCount, tag: tag)
    pointer = block.pointer
    self.byteCount = byteCount
  }

  /// Stands where elements were let go; never read, and not from the pool, which counts its buffers.
  static let none = Storage(standsFor: UnsafeMutableRawPointer(bitPattern: 64)!)

  /// Stands where there are a shape and a dtype and no elements; see ``Tensor/isAbstract``.
  static let abstract = Storage(standsFor: UnsafeMutableRawPointer(bitPattern: abstractAddress)!)
  static let abstractAddress: UInt = 128

  private init(standsFor nothing: UnsafeMutableRawPointer) {
    block = MemoryPool.Block(pointer: nothing, byteCount: 0, tag: .temporary)
    pointer = nothing
    byteCount = 0
  }

  deinit { MemoryPool.release(block) }
}
