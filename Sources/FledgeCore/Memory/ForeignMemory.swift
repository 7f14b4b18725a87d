/// Memory that the pool did not hand out: a mapped file, memory shared with other processes, a
/// buffer of another library. Tensors use it without a copy and keep it alive.
///
///     let memory = ForeignMemory(pointer, byteCount: 4096, isWritable: false) { munmap(pointer, 4096) }
///     let x = Tensor(over: memory, shape: [32, 32], dtype: .float32)
///
/// If the memory is read-only, every update of a tensor copies first. In writable memory an update
/// stays in place if the tensor is the only holder of its storage, and all other users of the
/// memory see it.
public final class ForeignMemory: @unchecked Sendable {
  /// The first byte.
  public let pointer: UnsafeMutableRawPointer
  /// The bytes there.
  public let byteCount: Int
  /// Whether tensors may write there.
  public let isWritable: Bool
  private let release: @Sendable () -> Void
  private let account: LedgerAccount.Pointer

  /// `release` is called once, when no tensor uses the memory any more. The memory counts as
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
  /// A contiguous tensor over foreign memory from `byteOffset` on, without a copy.
  ///
  /// Traps if the elements exceed the memory, or begin at an address that is not a multiple of
  /// their size, which typed loads need.
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
