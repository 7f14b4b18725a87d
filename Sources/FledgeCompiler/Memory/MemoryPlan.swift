import FledgeCore

/// Where the buffers of a graph lie in one arena, so that buffers which are never needed at the same
/// time share their bytes.
///
/// A buffer is needed from the operation that asks for it until the last operation that reads a value in
/// it, be it a view. Buffers of what is returned or left behind outlive the run and get no place, save
/// those that the next run clears first, such as gradients. The others are placed one after another,
/// the largest first, each in the tightest gap between those that are needed at the same time
/// (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", greedy by
/// size). Where an elementwise operation is the last to read an input, its output follows in that
/// input's place.
///
///     let plan = MemoryPlan(graph)
///     print(plan.description(of: graph))    // each operation with the bytes of its outputs
public struct MemoryPlan: Sendable, Hashable {
  /// A buffer with its place.
  public struct Block: Sendable, Hashable {
    /// The position of the operation that asks for it.
    public var equation: Int
    /// Which of the operation's buffers it is.
    public var buffer: Int
    /// Its size.
    public var byteCount: Int
    /// The positions of the first and the last operation that need it.
    public var lifetime: ClosedRange<Int>
    /// Where it begins in the arena; nil where it outlives the run.
    public var offset: Int?
    /// The position in ``MemoryPlan/blocks`` of the buffer that is overwritten by this one; nil where
    /// there is none.
    public var predecessor: Int?

    /// The bytes of the arena that it takes.
    public var range: Range<Int>? { offset.map { $0..<$0 + byteCount } }
  }

  /// Places are multiples of so many bytes, as those of buffers from the pool are.
  public static let alignment = 64

  /// The buffers in the order in which they are asked for.
  public internal(set) var blocks: [Block]
  /// The size of the arena.
  public internal(set) var arenaBytes: Int
  /// The updates whose values stay in the arena until the next run.
  public let cleared: Set<String>

  /// Plans a graph.
  ///
  /// - Parameters:
  ///   - footprints: One for each operation; see ``Footprint``.
  ///   - cleared: The names of updates that are cleared before each run.
  public init(_ graph: Graph, footprints: [Footprint]? = nil, cleared: Set<String> = []) {
    self.cleared = cleared
    let footprints = footprints ?? graph.assumedFootprints
    require(
      footprints.count == graph.equations.count, "MemoryPlan",
      "\(graph.equations.count) operations and \(footprints.count) footprints")
    let owners = graph.owners(footprints)
    blocks = Self.blocks(of: graph, footprints, owners, cleared)
    arenaBytes = 0
    chain(graph, footprints, owners)
    place()
  }

  /// The most bytes that are needed at the same time: no plan has a smaller arena. Results are left out,
  /// as they are of the arena.
  public var leastBytes: Int {
    var changes: [Int: Int] = [:]
    for block in blocks where block.offset != nil {
      // What overwrites another buffer counts from the next operation on.
      let first = block.lifetime.lowerBound + (block.predecessor == nil ? 0 : 1)
      changes[first, default: 0] += block.byteCount
      changes[block.lifetime.upperBound + 1, default: 0] -= block.byteCount
    }
    var (bytes, most) = (0, 0)
    for position in changes.keys.sorted() {
      bytes += changes[position]!
      most = max(most, bytes)
    }
    return most
  }

  /// Bytes of the buffers that outlive the run.
  public var resultBytes: Int { blocks.reduce(0) { $0 + ($1.offset == nil ? $1.byteCount : 0) } }

  /// What is returned, or left behind and not cleared before the next run.
  static func outliving(of graph: Graph, _ cleared: Set<String>) -> [Graph.Value] {
    graph.outputs
      + graph.updates.compactMap { cleared.contains($0.name) ? nil : $0.value }
  }

  /// Buffers with lifetimes; those that get a place have the offset 0.
  private static func blocks(
    of graph: Graph, _ footprints: [Footprint], _ owners: [Graph.Value: BufferID],
    _ cleared: Set<String>
  ) -> [Block] {
    let lastUses = graph.lastUses
    let outliving = Set(Self.outliving(of: graph, cleared).compactMap { owners[$0] })
    var ends: [BufferID: Int] = [:]
    for (value, owner) in owners { ends[owner] = max(ends[owner] ?? 0, lastUses[value]!) }
    var blocks: [Block] = []
    for (position, footprint) in footprints.enumerated() {
      for (buffer, byteCount) in footprint.buffers.enumerated() {
        // What holds no output is free when the operation is done.
        let id = BufferID(equation: position, buffer: buffer)
        let end = ends[id] ?? position
        blocks.append(
          Block(
            equation: position, buffer: buffer, byteCount: byteCount, lifetime: position...end,
            offset: outliving.contains(id) ? nil : 0))
      }
    }
    return blocks
  }

  /// Lets outputs follow the inputs that they may overwrite and that nothing reads any more.
  private mutating func chain(
    _ graph: Graph, _ footprints: [Footprint], _ owners: [Graph.Value: BufferID]
  ) {
    var index: [BufferID: Int] = [:]
    for (i, block) in blocks.enumerated() {
      index[BufferID(equation: block.equation, buffer: block.buffer)] = i
    }
    for (position, equation) in graph.equations.enumerated() {
      let choices = equation.overwritable(footprints[position], owners) {
        blocks[index[$0]!].byteCount
      }
      guard let (buffer, _) = choices.first else { continue }
      let output = index[BufferID(equation: position, buffer: buffer)]!
      guard blocks[output].offset != nil else { continue }
      let last = choices.lazy.map { index[$0.owner]! }.first { [blocks] in
        blocks[$0].offset != nil && blocks[$0].lifetime.upperBound == position
      }
      blocks[output].predecessor = last
    }
  }

  /// Gives each chain of buffers its place.
  private mutating func place() {
    var chains: [Block] = []
    /// The chain of each block.
    var chainOf = [Int?](repeating: nil, count: blocks.count)
    for (i, block) in blocks.enumerated() where block.offset != nil {
      if let chain = block.predecessor.flatMap({ chainOf[$0] }) {
        chains[chain].lifetime =
          chains[chain].lifetime
          .lowerBound...max(
            chains[chain].lifetime.upperBound, block.lifetime.upperBound)
        chainOf[i] = chain
      } else {
        chainOf[i] = chains.count
        chains.append(block)
      }
    }
    let order = chains.indices.sorted {
      (chains[$1].byteCount, chains[$0].equation) < (chains[$0].byteCount, chains[$1].equation)
    }
    /// Those that have their places, by offset.
    var placed: [Block] = []
    for index in order {
      let chain = chains[index]
      let taken = placed.filter { $0.lifetime.overlaps(chain.lifetime) }.compactMap(\.range)
      let offset = Self.tightestGap(between: taken, for: chain.byteCount)
      chains[index].offset = offset
      arenaBytes = max(arenaBytes, offset + chain.byteCount)
      let position = placed.firstIndex { $0.offset! >= offset } ?? placed.count
      placed.insert(chains[index], at: position)
    }
    for (i, chain) in chainOf.enumerated() {
      if let chain { blocks[i].offset = chains[chain].offset }
    }
  }

  /// The beginning of the smallest gap that holds `byteCount`, or the end of all ranges, which are in the
  /// order of their beginnings.
  private static func tightestGap(between ranges: [Range<Int>], for byteCount: Int) -> Int {
    var best: (offset: Int, size: Int)?
    var end = 0
    for range in ranges {
      let size = range.lowerBound - end
      if size >= byteCount, size < best?.size ?? .max { best = (end, size) }
      end = max(end, (range.upperBound + alignment - 1) / alignment * alignment)
    }
    return best?.offset ?? end
  }

  // MARK: Text

  /// The graph, each operation with the bytes of its outputs: in the arena, in another value's buffer,
  /// or in memory of their own where they outlive the run.
  public func description(of graph: Graph, footprints: [Footprint]? = nil) -> String {
    let owners = graph.owners(footprints ?? graph.assumedFootprints)
    var byID: [BufferID: Block] = [:]
    for block in blocks { byID[BufferID(equation: block.equation, buffer: block.buffer)] = block }
    var lines = graph.description.split(separator: "\n").map(String.init)
    let first = 1 + graph.inputs.count + graph.constants.count
    for (position, equation) in graph.equations.enumerated() {
      var notes = equation.outputs.map { value -> String in
        guard let owner = owners[value], let block = byID[owner] else { return "lasting memory" }
        let place = block.range.map { "\($0.lowerBound)..<\($0.upperBound)" } ?? "own memory"
        if owner.equation != position { return "view in \(place)" }
        return block.predecessor == nil ? place : "\(place) in place"
      }
      let held = Set(equation.outputs.compactMap { owners[$0] })
      let scratch = blocks.filter {
        $0.equation == position
          && !held.contains(BufferID(equation: position, buffer: $0.buffer))
      }
      if !scratch.isEmpty {
        notes.append("scratch " + scratch.map { "\($0.byteCount)" }.joined(separator: ", "))
      }
      lines[first + position] += "   @ " + notes.joined(separator: ", ")
    }
    lines.append(
      "arena: \(arenaBytes) bytes, of which \(leastBytes) are needed at once; "
        + "without sharing \(blocks.reduce(0) { $0 + ($1.offset == nil ? 0 : $1.byteCount) }); "
        + "results: \(resultBytes)")
    return lines.joined(separator: "\n") + "\n"
  }
}
