import Foundation

/// Counts the memory of a rank, a "device" or a piece of code, and may limit it.
///
///     let device = Ledger("device", budget: 40_000_000)
///     withLedger(device) { train(model) }
///     print(device.statistics.peakBytes, device.statistics.bytesByTagAtPeak[.activation]!)
///
/// A buffer is counted in the ledger in force where it is made, and is credited there when it is
/// freed, wherever that happens: on another thread, in another scope, or after the last reference
/// to the ledger is gone.
///
/// Ledgers nest: a ledger's bytes also count in the ledger in force where *it* was made, up to that
/// of the whole process (``process``, ``MemoryStatistics/current``).
///
/// A buffer that would exceed the budget of a ledger, or of one above it, ends the program like a
/// device that is out of memory, with the live bytes by tag.
public final class Ledger: @unchecked Sendable, CustomStringConvertible {
  /// What reports and traps call it.
  public let name: String
  /// The most bytes that may be alive in it at a time; nil where nothing limits them.
  public let budget: Int?
  let account: LedgerAccount.Pointer

  /// A ledger below the one in force.
  public convenience init(_ name: String = "ledger", budget: Int? = nil) {
    self.init(name, budget: budget, parent: ExecutionContext.current.account)
  }

  private init(_ name: String, budget: Int?, parent: LedgerAccount.Pointer?) {
    require(budget ?? 0 >= 0, "Ledger", "the budget is negative (\(budget ?? 0))")
    self.name = name
    self.budget = budget
    account = MemoryPool.openAccount(name: name, budget: budget, parent: parent)
  }

  deinit { MemoryPool.closeAccount(account) }

  /// Counts everything.
  public static let process = Ledger("process", budget: nil, parent: nil)

  /// The ledger in force.
  public static var current: Ledger { ExecutionContext.current.ledger }

  /// The counters at this moment.
  public var statistics: MemoryStatistics { MemoryPool.statistics(of: account) }

  /// Makes what is alive now the peak, in total and of each tag.
  public func resetPeak() { MemoryPool.resetPeak(of: account) }

  /// What is alive and what was alive at the peak, a line for each tag that was ever used.
  public var description: String {
    let statistics = statistics
    let limit = budget.map { ", budget \($0.formattedBytes)" } ?? ""
    var lines = [
      "\(name): \(statistics.liveBytes.formattedBytes) in \(statistics.liveBuffers) buffers, "
        + "peak \(statistics.peakBytes.formattedBytes)\(limit)"
    ]
    for tag in MemoryTag.allCases where statistics.peakBytesByTag[tag]! > 0 {
      lines.append(
        "  \(tag): \(statistics.liveBytesByTag[tag]!.formattedBytes), at the peak "
          + "\(statistics.bytesByTagAtPeak[tag]!.formattedBytes)")
    }
    return lines.joined(separator: "\n")
  }
}

/// Runs `body` with every new buffer counted in `ledger`.
public func withLedger<R, E: Error>(
  _ ledger: Ledger, _ body: () throws(E) -> R
) throws(E) -> R {
  try ExecutionContext.current.changing(ledger: ledger).run(body)
}

extension Int {
  /// Bytes in the decimal unit that suits them: "512 B", "4.10 KB", "1.99 GB".
  var formattedBytes: String {
    var (value, unit) = (Double(self), "B")
    for larger in ["KB", "MB", "GB", "TB"] where value >= 999.995 {
      (value, unit) = (value / 1000, larger)
    }
    return unit == "B" ? "\(self) B" : String(format: "%.2f ", value) + unit
  }
}
