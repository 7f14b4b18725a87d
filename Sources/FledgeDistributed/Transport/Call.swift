import FledgeCore

/// What ranks do together.
public enum Collective: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  /// One rank's values on all.
  case broadcast
  /// The values of all, reduced, on one.
  case reduce
  /// The values of all, reduced, on all.
  case allReduce
  /// The values of all, reduced, a part on each.
  case reduceScatter
  /// The parts of all on all.
  case allGather
  /// A part of each on each.
  case allToAll
  /// The parts of one rank's values, one on each.
  case scatter
  /// The parts of all on one.
  case gather
  /// Nobody goes on before all have come.
  case barrier
  /// Point to point: one rank sends, one receives.
  case send
  /// Making groups out of a group.
  case split

  public var description: String {
    switch self {
    case .allReduce: "all-reduce"
    case .reduceScatter: "reduce-scatter"
    case .allGather: "all-gather"
    case .allToAll: "all-to-all"
    default: "\(Self.names[Int(rawValue)])"
    }
  }

  private static let names = [
    "broadcast", "reduce", "", "", "", "", "scatter", "gather", "barrier", "send", "split",
  ]
}

/// How values of several ranks become one.
public enum Reduction: UInt8, Sendable, CaseIterable {
  /// x₀ + x₁ + …
  case sum
  /// The sum divided by the number of ranks; for floating types.
  case mean
  /// The largest; of truth values, whether any is true.
  case max
  /// The smallest; of truth values, whether all are true.
  case min
}

/// One call of a collective, as far as all its ranks must agree on it. Every message carries it, so
/// a rank that calls something else is found by the first message, and not by a hang.
public struct Call: Sendable, Hashable, CustomStringConvertible {
  /// What is done.
  public let collective: Collective
  /// By which algorithm: ranks with different ones would wait for messages that nobody sends.
  let algorithm: UInt16
  let reduction: Reduction?
  /// Nil where nothing is sent but the fact.
  let dtype: DType?
  /// The elements of the whole, over all ranks.
  let elements: Int
  /// The rank that gives or takes all, counted within the group.
  let root: Int?

  init(
    _ collective: Collective, algorithm: UInt16 = 0, _ reduction: Reduction? = nil,
    dtype: DType? = nil, elements: Int = 0, root: Int? = nil
  ) {
    self.collective = collective
    self.algorithm = algorithm
    self.reduction = reduction
    self.dtype = dtype
    self.elements = elements
    self.root = root
  }

  /// Such as `all-reduce (sum of float32 × 100)`.
  public var description: String {
    var details = dtype.map { "\($0) × \(elements)" } ?? ""
    if let reduction { details = "\(reduction) of " + details }
    if let root { details += details.isEmpty ? "root \(root)" : ", root \(root)" }
    if collective == .allReduce, let name = AllReduceAlgorithm.name(algorithm) {
      details += ", \(name)"
    }
    return details.isEmpty ? "\(collective)" : "\(collective) (\(details))"
  }
}

/// What a message says about itself.
public struct Envelope: Sendable, Hashable {
  /// The number of the group, the same on all its ranks.
  let group: Int32
  /// Counts the collectives of the group; below 0 for point-to-point messages, −1 − tag. Messages of
  /// one group and number between two ranks arrive in the order in which they were sent.
  let sequence: Int32
  /// What the sender is doing.
  public let call: Call

  /// Whether a message of the other belongs where one of this is expected.
  func hasAddress(of other: Envelope) -> Bool {
    group == other.group && sequence == other.sequence
  }
}
