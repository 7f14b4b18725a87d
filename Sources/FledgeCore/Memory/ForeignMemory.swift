/// Memory that the pool did not hand out: a mapped file, memory shared with other processes, a
/// buffer of another library. Tensors stand over it without a copy and keep it alive.
///
///     let memory = ForeignMemory(pointer, byteCount: 4096, isWritable: false) { munmap(pointer, 4096) }
///     let x = Tensor(over: memory, shape: [32, 32], dtype: .float32)
///
/// Over memory that may not be written, every update of a tensor copies first. Over memory that may,
/// an update stays in place where the tensor is the only holder of its storage, and whoever else
/// uses the memory sees it.
public final class ForeignMemory: @unchecked Sendable {
  /// The first byte.
  public let pointer: UnsafeMutableRawPointer
  /// The bytes there.
  public let byteCount: Int
  /// Whether tensors may write there.
  public let isWritable: Bool
  private let release: @Sendable () -> Void
  private let account: LedgerAccount.Pointer

  /// `release` is called once, when no tensor stands over the memory any more. Counted as
  /// ``MemoryStatistics/foreignBytes`` of the ledger in force.
  public init(
    _ pointer: UnsafeMutableRawPointer, byteCount: Int, isWritable: Bool,
    release: @escaping @Sendable () -> Void
  ) {
    require(byteCount >= 0, "ForeignMemory", "the size is negative (\(byteCount))")
    self.pointer = pointer
    self.byteCount = byteCount
    self.isWritable = isWritable
    self.release = release
    account = ExecutionContext.current.account
    MemoryPool.addForeign(account, byteCount)
  }

  deinit {
    release()
    MemoryPool.removeForeign(account, byteCount)
  }
}

extension Tensor {
  /// A tensor over foreign memory from `byteOffset` on: contiguous, and not copied.
  ///
  /// Traps where the elements do not lie within the memory, or begin at an address that is no
  /// multiple of their size, which typed loads need.
  public init(over memory: ForeignMemory, byteOffset: Int = 0, shape: Shape, dtype: DType) {
    let byteCount = shape.count * dtype.byteCount
    require(
      byteOffset >= 0 && byteCount <= memory.byteCount - byteOffset, "Tensor",
      "bytes \(byteOffset) ..< \(byteOffset + byteCount) do not lie within \(memory.byteCount) "
        + "bytes of foreign memory")
    require(
      UInt(bitPattern: memory.pointer + byteOffset) % UInt(dtype.byteCount) == 0, "Tensor",
      "byte \(byteOffset) of the foreign memory is not aligned for \(dtype)")
    self.init(
      storage: Storage(over: memory, at: byteOffset, byteCount: byteCount), layout: Layout(shape),
      dtype: dtype)
  }
}
