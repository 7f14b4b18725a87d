/// The counters of a ``Ledger``: plain memory that the pool's lock guards.
///
/// They are not part of the ledger object, so that a buffer can refer to its account by a bare
/// pointer; a reference would cost two atomic operations per buffer. An account lives as long as
/// anything may still be credited to it: its ledger, an account below it, foreign memory, or a live
/// buffer.
struct LedgerAccount {
  /// An account's address. What is there may be touched under the lock only.
  struct Pointer: @unchecked Sendable, Equatable {
    fileprivate let address: UnsafeMutablePointer<LedgerAccount>

    var pointee: LedgerAccount {
      @inline(__always) unsafeAddress { UnsafePointer(address) }
      @inline(__always) nonmutating unsafeMutableAddress { address }
    }
  }

  /// The bytes of one tag.
  private struct Tally {
    var live = 0
    var peak = 0
    var atPeak = 0
  }

  let name: String
  let budget: Int
  private let parent: Pointer?
  private(set) var liveBytes = 0
  private var peakBytes = 0
  private var liveBuffers = 0
  private var allocations = 0
  private var systemAllocations = 0
  private var foreignBytes = 0
  private let tallies: UnsafeMutablePointer<Tally>
  private let tagCount = MemoryTag.allCases.count
  /// Its ledger, accounts below it and foreign memory; live buffers have a count already.
  private var holders = 1

  private init(name: String, budget: Int, parent: Pointer?) {
    self.name = name
    self.budget = budget
    self.parent = parent
    tallies = .allocate(capacity: tagCount)
    tallies.initialize(repeating: Tally(), count: tagCount)
  }

  static func open(name: String, budget: Int?, parent: Pointer?) -> Pointer {
    parent?.pointee.holders += 1
    let address = UnsafeMutablePointer<LedgerAccount>.allocate(capacity: 1)
    address.initialize(to: LedgerAccount(name: name, budget: budget ?? .max, parent: parent))
    return Pointer(address: address)
  }

  /// Gives up one of the holders; the last one frees the account, and with it its hold on the parent.
  static func drop(_ account: Pointer) {
    account.pointee.holders -= 1
    freeIfUnused(account)
  }

  private static func freeIfUnused(_ account: Pointer) {
    guard account.pointee.holders == 0, account.pointee.liveBuffers == 0 else { return }
    let parent = account.pointee.parent
    account.pointee.tallies.deallocate()
    account.address.deinitialize(count: 1)
    account.address.deallocate()
    if let parent { drop(parent) }
  }

  // MARK: Counting

  /// Counts a new buffer in the account and all above it; the first whose budget it exceeds, if any.
  @inline(__always)
  static func charge(_ account: Pointer, _ byteCount: Int, _ tag: MemoryTag) -> Pointer? {
    var exceeded: Pointer?
    var next: Pointer? = account
    while let account = next {
      if account.pointee.add(byteCount, tag) { exceeded = exceeded ?? account }
      next = account.pointee.parent
    }
    return exceeded
  }

  /// Returns whether the budget is exceeded. Only a new peak can do that, since the program ends
  /// when it happens.
  @inline(__always)
  private mutating func add(_ byteCount: Int, _ tag: MemoryTag) -> Bool {
    liveBuffers &+= 1
    allocations &+= 1
    liveBytes &+= byteCount
    let tally = tallies + Int(tag.rawValue)
    tally.pointee.live &+= byteCount
    if tally.pointee.live > tally.pointee.peak { tally.pointee.peak = tally.pointee.live }
    if liveBytes <= peakBytes { return false }
    notePeak()
    return liveBytes > budget
  }

  @inline(never)
  private mutating func notePeak() {
    peakBytes = liveBytes
    for i in 0..<tagCount { tallies[i].atPeak = tallies[i].live }
  }

  /// Takes a freed buffer off the account that it was made under, and off all above.
  @inline(__always)
  static func credit(_ account: Pointer, _ byteCount: Int, _ tag: MemoryTag) {
    var next: Pointer? = account
    while let account = next {
      account.pointee.liveBuffers &-= 1
      account.pointee.liveBytes &-= byteCount
      account.pointee.tallies[Int(tag.rawValue)].live &-= byteCount
      next = account.pointee.parent
    }
    freeIfUnused(account)
  }

  static func countSystemAllocation(_ account: Pointer) {
    forEach(from: account) { $0.systemAllocations += 1 }
  }

  /// Foreign memory holds the account for as long as it lives.
  static func addForeign(_ account: Pointer, _ byteCount: Int) {
    account.pointee.holders += 1
    forEach(from: account) { $0.foreignBytes += byteCount }
  }

  static func removeForeign(_ account: Pointer, _ byteCount: Int) {
    forEach(from: account) { $0.foreignBytes -= byteCount }
    drop(account)
  }

  private static func forEach(from account: Pointer, _ body: (inout LedgerAccount) -> Void) {
    var next: Pointer? = account
    while let account = next {
      body(&account.pointee)
      next = account.pointee.parent
    }
  }

  // MARK: Reading

  mutating func resetPeak() {
    notePeak()
    for i in 0..<tagCount { tallies[i].peak = tallies[i].live }
  }

  var statistics: MemoryStatistics {
    var result = MemoryStatistics()
    result.liveBytes = liveBytes
    result.peakBytes = peakBytes
    result.liveBuffers = liveBuffers
    result.allocations = allocations
    result.systemAllocations = systemAllocations
    result.foreignBytes = foreignBytes
    for tag in MemoryTag.allCases {
      let tally = tallies[Int(tag.rawValue)]
      result.liveBytesByTag[tag] = tally.live
      result.bytesByTagAtPeak[tag] = tally.atPeak
      result.peakBytesByTag[tag] = tally.peak
    }
    return result
  }
}
