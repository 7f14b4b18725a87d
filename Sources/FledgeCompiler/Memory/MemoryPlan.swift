import FledgeCore

/// Where the buffers of a graph lie in one arena, so that buffers which are never needed at the same
/// time share their bytes.
///
/// A buffer is needed from the operation that asks for it until the last operation that reads a value in
/// it, be it a view. Buffers of what is returned or left behind outlive the run and get no place. The
/// others are placed one after another, the largest first, each in the tightest gap between those that are
/// needed at the same time (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net
/// Inference", greedy by size).
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

    /// The bytes of the arena that it takes.
    public var range: Range<Int>? { offset.map { $0..<$0 + byteCount } }
  }

  /// Places are multiples of so many bytes, as those of buffers from the pool are.
  public static let alignment = 64

  /// The buffers in the order in which they are asked for.
  public internal(set) var blocks: [Block]
  /// The size of the arena.
  public internal(set) var arenaBytes: Int

  /// Plans a graph. `footprints` has one for each operation; see ``Footprint``.
  public init(_ graph: Graph, footprints: [Footprint]? = nil) {
    let footprints = footprints ?? graph.assumedFootprints
    require(
      footprints.count == graph.equations.count, "MemoryPlan",
      "\(graph.equations.count) operations and \(footprints.count) footprints")
    blocks = Self.blocks(of: graph, footprints)
    arenaBytes = 0
    place()
  }

  /// The most bytes that are needed at the same time: no plan has a smaller arena. Results are left out,
  /// as they are of the arena.
  public var leastBytes: Int {
    var changes: [Int: Int] = [:]
    for block in blocks where block.offset != nil {
      changes[block.lifetime.lowerBound, default: 0] += block.byteCount
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

  /// Buffers with lifetimes; those that get a place have the offset 0.
  private static func blocks(of graph: Graph, _ footprints: [Footprint]) -> [Block] {
    let (owners, lastUses) = (graph.owners(footprints), graph.lastUses)
    var ends: [BufferID: Int] = [:]
    for (value, owner) in owners { ends[owner] = max(ends[owner] ?? 0, lastUses[value]!) }
    var blocks: [Block] = []
    for (position, footprint) in footprints.enumerated() {
      for (buffer, byteCount) in footprint.buffers.enumerated() {
        // What holds no output is free when the operation is done.
        let end = ends[BufferID(equation: position, buffer: buffer)] ?? position
        blocks.append(
          Block(
            equation: position, buffer: buffer, byteCount: byteCount, lifetime: position...end,
            offset: end < graph.equations.count ? 0 : nil))
      }
    }
    return blocks
  }

  private mutating func place() {
    let order = blocks.indices.filter { blocks[$0].offset != nil }.sorted {
      (blocks[$1].byteCount, blocks[$0].equation) < (blocks[$0].byteCount, blocks[$1].equation)
    }
    /// Those that have their places, by offset.
    var placed: [Block] = []
    for index in order {
      let block = blocks[index]
      let taken = placed.filter { $0.lifetime.overlaps(block.lifetime) }.compactMap(\.range)
      let offset = Self.tightestGap(between: taken, for: block.byteCount)
      blocks[index].offset = offset
      arenaBytes = max(arenaBytes, offset + block.byteCount)
      let position = placed.firstIndex { $0.offset! >= offset } ?? placed.count
      placed.insert(blocks[index], at: position)
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
        return owner.equation == position ? place : "view in \(place)"
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
