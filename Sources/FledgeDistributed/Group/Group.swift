import FledgeCore
import Synchronization

/// Ranks in an order, that work together: the whole world, or a part of it.
///
///     try launch(ranks: 4) { world in
///       var gradient = Tensor.ones([1000]) * Double(world.rank)
///       try world.allReduce(&gradient)                            // 6 everywhere
///       let half = try world.split(color: world.rank % 2)!        // ranks 0, 2 and ranks 1, 3
///     }
///
/// All ranks of a group call its collectives in the same order, each on an object of its own. A rank
/// that calls another one, or with another shape or dtype, is found and named by
/// ``DistributedError``; so is one that has failed or ended, or does not come in time.
public final class Group: Sendable {
  /// This rank's place in the group, 0 ..< ``count``.
  public let rank: Int
  /// The group's name in messages: `world`, `world.dp`.
  public let name: String
  /// The ranks of the world that belong to it, in their order.
  public let members: [Int]
  let world: RankWorld
  private let number: Int32
  private let calls = Atomic<Int32>(0)

  init(_ members: [Int], rank: Int, name: String, number: Int32, world: RankWorld) {
    self.members = members
    self.rank = rank
    self.name = name
    self.number = number
    self.world = world
  }

  /// The group of all ranks that `transport` reaches.
  ///
  /// ``launch(ranks:deadline:threads:transport:_:)`` makes it; for a transport of one's own, each
  /// rank calls this once.
  public convenience init(over transport: any Transport) {
    for operation in [
      SumOverRanks.self, CopyToRanks.self, GatherRows.self, ReduceScatterRows.self,
      ExchangeRows.self,
    ] as [any Primitive.Type] {
      Registry.register(operation)
    }
    self.init(
      Array(0..<transport.rankCount), rank: transport.rank, name: "world", number: 0,
      world: RankWorld(transport))
  }

  /// How many ranks it has.
  public var count: Int { members.count }

  /// What this rank has sent in all its groups, by collective.
  public var traffic: [Collective: Traffic] { world.transport.traffic }

  /// What `body` sends from this rank.
  public func traffic(of body: () throws -> Void) rethrows -> [Collective: Traffic] {
    let before = traffic
    try body()
    return traffic.reduce(into: [:]) { result, entry in
      let difference = entry.value - (before[entry.key] ?? Traffic())
      if difference != Traffic() { result[entry.key] = difference }
    }
  }

  /// The next collective of this group. Its number is taken here, so that those in the background
  /// have the order in which they were called.
  func next(_ call: Call) -> Exchange {
    let sequence = calls.wrappingAdd(1, ordering: .relaxed).oldValue & 0xf_ffff
    return Exchange(
      self, Envelope(group: number, sequence: sequence, call: call), members, rank)
  }

  /// A message between two ranks, apart from all collectives.
  func next(tag: Int, _ call: Call) -> Exchange {
    require(
      (0..<1000).contains(tag), "send", "a tag is a number from 0 to 999, got \(tag)")
    return Exchange(
      self, Envelope(group: number, sequence: Int32(-1 - tag), call: call), members, rank)
  }

  // MARK: Parts

  /// Makes groups: one of the ranks with the same color each, ordered by key (by default as they are
  /// here). Nil for a rank without color. All ranks of this group call it.
  public func split(color: Int?, key: Int = 0, name: String? = nil) throws -> Group? {
    let own = Tensor([color ?? -1, key, world.groupCount], shape: [1, 3])
    let all = try gatherAll(own, Call(.split, dtype: .int64, elements: 3 * count))
      .array(of: Int.self)
    let rows = (0..<count).map { (color: all[3 * $0], key: all[3 * $0 + 1], rank: $0) }
    // A number that none of the ranks has used: groups that have ranks in common never share one.
    let number = (0..<count).map { all[3 * $0 + 2] }.max()!
    world.groupCount = number + 1
    guard let color else { return nil }
    require(color >= 0, "split", "a color is 0 or more, or nil; got \(color)")
    let chosen = rows.filter { $0.color == color }
      .sorted { ($0.key, $0.rank) < ($1.key, $1.rank) }.map(\.rank)
    return Group(
      chosen.map { members[$0] }, rank: chosen.firstIndex(of: rank)!,
      name: "\(self.name).\(name ?? "\(color)")", number: Int32(number), world: world)
  }
}

/// What the groups of one rank have in common.
final class RankWorld: Sendable {
  let transport: CountingTransport
  /// The transport's own collectives, if it has any and nothing stands around it.
  let native: (any NativeCollectives)?
  let background = BackgroundThread()
  private let groups = Atomic<Int>(1)

  init(_ transport: any Transport) {
    self.transport = CountingTransport(transport)
    native = transport as? any NativeCollectives
  }

  deinit { background.end() }

  /// How many numbers of groups are taken.
  var groupCount: Int {
    get { groups.load(ordering: .relaxed) }
    set { groups.store(newValue, ordering: .relaxed) }
  }
}
