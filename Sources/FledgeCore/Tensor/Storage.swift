/// A reference-counted buffer of elements: pooled memory of its own, or a place in memory of
/// another owner.
///
/// Storage is written once, while the tensor that owns it is made, and then only read: many
/// tensors (views, saved values of the autograd graph) share it. In-place updates go through
/// `Tensor.makeUnique()`, which copies first where anyone else holds it. So a tensor
/// can cross threads, and a value saved for a gradient can never change.
///
/// A *borrowed* storage is in memory of another owner, which it keeps alive: a part of another
/// storage (``FlatBuffer``) or ``ForeignMemory``. Ledgers count memory at its owner, so it is
/// counted once. Each borrowed storage is a separate object: its number of holders tells whether
/// anyone else reads *this part*, whoever holds the rest.
///
/// A trained parameter in borrowed memory must stay in its place. So if its value has other holders
/// when it is written, they move instead: see `moveToOwnMemory()`.
public final class Storage: @unchecked Sendable {
  /// The first byte; aligned to 64 bytes where the memory is the storage's own.
  // Unchecked, as it is read for every operation; it changes in one place.
  @exclusivity(unchecked)
  public private(set) var pointer: UnsafeMutableRawPointer
  /// The bytes asked for; the buffer may be a little longer.
  public let byteCount: Int
  /// Whether writing needs a copy, even by the only holder.
  public let isReadOnly: Bool
  private var tag: MemoryTag
  /// Where the buffer was counted; nil where the memory is borrowed.
  private var account: LedgerAccount.Pointer?
  /// Whose memory it is; nil where it is the storage's own.
  private var owner: AnyObject?

  /// Uninitialised memory, aligned to 64 bytes, counted under the scope's memory tag and ledger.
  public convenience init(byteCount: Int, tag: MemoryTag? = nil) {
    let context = ExecutionContext.current
    self.init(byteCount: byteCount, tag: tag, context, context.buffers)
  }

  /// Memory that is no output of an operation and that threads may ask for in any order.
  convenience init(scratch byteCount: Int) {
    self.init(byteCount: byteCount, tag: nil, ExecutionContext.current, nil)
  }

  @inline(__always)
  private init(
    byteCount: Int, tag: MemoryTag?, _ context: ExecutionContext, _ tape: BufferTape?
  ) {
    self.byteCount = byteCount
    isReadOnly = false
    let (tag, account) = (tag ?? context.memoryTag, context.account)
    self.tag = tag
    if let tape, let place = tape.place(for: byteCount) {
      (pointer, owner) = (place, tape.arena)
      return
    }
    pointer = MemoryPool.allocate(byteCount, tag: tag, account: account)
    self.account = account
    tape?.note(pointer, byteCount)
  }

  private init(
    at pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject?, isReadOnly: Bool
  ) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.owner = owner
    self.isReadOnly = isReadOnly
    tag = .temporary
  }

  /// Stands where elements were let go; never read, and not from the pool, which counts its buffers.
  static let none = Storage(standsFor: UnsafeMutableRawPointer(bitPattern: noAddress)!)
  static let noAddress: UInt = 64

  /// Stands where there are a shape and a dtype and no elements; see ``Tensor/isAbstract``.
  static let abstract = Storage(standsFor: UnsafeMutableRawPointer(bitPattern: abstractAddress)!)
  static let abstractAddress: UInt = 128

  private convenience init(standsFor nothing: UnsafeMutableRawPointer) {
    self.init(at: nothing, byteCount: 0, owner: nil, isReadOnly: false)
  }

  deinit {
    if let account { MemoryPool.release(pointer, byteCount, tag: tag, account: account) }
  }
}

// MARK: Borrowed memory

extension Storage {
  /// A part of foreign memory.
  convenience init(over memory: ForeignMemory, at byteOffset: Int, byteCount: Int) {
    self.init(
      at: memory.pointer + byteOffset, byteCount: byteCount, owner: memory,
      isReadOnly: !memory.isWritable)
  }

  /// A part of `base`. What is written through one of them is read through the other.
  package convenience init(partOf base: Storage, at byteOffset: Int, byteCount: Int) {
    require(
      byteOffset >= 0 && byteCount >= 0 && byteOffset + byteCount <= base.byteCount, "Storage",
      "bytes \(byteOffset) ..< \(byteOffset + byteCount) are no part of \(base.byteCount)")
    self.init(
      at: base.pointer + byteOffset, byteCount: byteCount, owner: base.owner ?? base,
      isReadOnly: base.isReadOnly)
  }

  /// Whether it stands in memory of another owner.
  var isBorrowed: Bool { owner != nil }

  /// A place in borrowed memory, to come back to; it is no holder of the storage.
  struct Place {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    fileprivate let owner: AnyObject
  }

  /// The `byteCount` bytes from `byteOffset` on, where they are borrowed memory that may be written.
  func place(at byteOffset: Int, byteCount: Int) -> Place? {
    guard let owner, !isReadOnly else { return nil }
    return Place(pointer: pointer + byteOffset, byteCount: byteCount, owner: owner)
  }

  /// A new storage at a place.
  convenience init(at place: Place) {
    self.init(
      at: place.pointer, byteCount: place.byteCount, owner: place.owner, isReadOnly: false)
  }

  /// Copies the elements to pooled memory and uses it from now on, so that all holders of this
  /// storage keep their values while its old place is written.
  ///
  /// No other thread may read this storage *at the same time*.
  func moveToOwnMemory() {
    let account = ExecutionContext.current.account
    let memory = MemoryPool.allocate(byteCount, tag: .parameter, account: account)
    memory.copyMemory(from: pointer, byteCount: byteCount)
    pointer = memory
    self.account = account
    tag = .parameter
    owner = nil
  }
}
