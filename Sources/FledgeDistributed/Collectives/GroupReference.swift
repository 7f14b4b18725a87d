import FledgeCore
import Synchronization

/// A group as an attribute of an operation: compared, encoded and found again by a number, within
/// the process that made it and as long as the group is there.
struct GroupReference: Sendable, Hashable, Codable {
  let group: Group

  private struct Weak: Sendable {
    weak var group: Group?
  }
  private static let alive = Mutex<[ObjectIdentifier: (number: Int, group: Weak)]>([:])
  private static let numbers = Atomic<Int>(1)

  init(_ group: Group) { self.group = group }

  /// Given when it is asked for: most groups are no attribute of anything.
  var number: Int {
    Self.alive.withLock { alive in
      if let entry = alive[ObjectIdentifier(group)], entry.group.group === group {
        return entry.number
      }
      alive = alive.filter { $0.value.group.group != nil }
      let number = Self.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
      alive[ObjectIdentifier(group)] = (number, Weak(group: group))
      return number
    }
  }

  static func == (a: GroupReference, b: GroupReference) -> Bool { a.group === b.group }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(group)) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }

  init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Int.self)
    let found = Self.alive.withLock { alive in
      alive.values.first { $0.number == number }?.group.group
    }
    guard let found else { throw AttributeError.notRebuildable("group \(number)") }
    group = found
  }
}
