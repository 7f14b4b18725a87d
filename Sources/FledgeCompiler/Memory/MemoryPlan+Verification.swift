import FledgeCore

extension MemoryPlan {
  /// Throws the first rule that the plan breaks, with the operation at which it does:
  ///
  /// - every buffer of every operation is in the plan once, with its size;
  /// - while a value is still read, nothing else is written to its bytes, except that an output may
  ///   overwrite an input which its operation is the last to read, element by element;
  /// - what is returned, or left behind and not cleared, is not in the arena;
  /// - places are aligned and lie within the arena.
  ///
  /// It does not trust the lifetimes of the plan: it walks through the graph from value to value and
  /// keeps who owns the bytes.
  public func verify(for graph: Graph, footprints: [Footprint]? = nil) throws(GraphError) {
    let footprints = footprints ?? graph.assumedFootprints
    let places = try places(for: graph, footprints)
    var readers = graph.equations.reduce(into: [Graph.Value: Int]()) { counts, equation in
      for value in equation.inputs { counts[value, default: 0] += 1 }
    }
    for value in graph.results { readers[value, default: 0] += 1 }
    let owners = graph.owners(footprints)
    /// Buffers in the arena, and how many reads of values in them are still to come.
    var alive: [BufferID: Int] = [:]
    for (position, equation) in graph.equations.enumerated() {
      let new = footprints[position].buffers.indices.map {
        BufferID(equation: position, buffer: $0)
      }
      let overwritten = equation.overwritable(footprints[position], owners) {
        footprints[$0.equation].buffers[$0.buffer]
      }
      for id in new {
        guard let range = places[id]! else { continue }
        for (other, reads) in alive where places[other]!!.overlaps(range) {
          let isOverwritten = overwritten.contains { $0.buffer == id.buffer && $0.owner == other }
          let last = equation.inputs.count { owners[$0] == other }
          if isOverwritten && reads == last && places[other]! == range { continue }
          throw .invalid(
            place: "\(equation)",
            problem: "the bytes \(range) are written while buffer \(other.buffer) of "
              + "`\(graph.equations[other.equation])` in \(places[other]!!) is needed")
        }
        alive[id] = 0
      }
      // Also a view of an older buffer is one more that will read it.
      for value in equation.outputs {
        if let owner = owners[value], places[owner]! != nil {
          alive[owner, default: 0] += readers[value] ?? 0
        }
      }
      for value in equation.inputs {
        if let owner = owners[value], places[owner]! != nil { alive[owner]! -= 1 }
      }
      alive = alive.filter { $0.value > 0 }
    }
    for value in Self.outliving(of: graph, cleared) {
      guard let owner = owners[value], let range = places[owner]! else { continue }
      throw .invalid(
        place: "\(value)", problem: "it outlives the run and lies in the arena, at \(range)")
    }
  }

  /// The place of each buffer, nil outside of the arena.
  private func places(
    for graph: Graph, _ footprints: [Footprint]
  ) throws(GraphError) -> [BufferID: Range<Int>?] {
    var places: [BufferID: Range<Int>?] = [:]
    for block in blocks {
      let id = BufferID(equation: block.equation, buffer: block.buffer)
      guard
        graph.equations.indices.contains(block.equation),
        footprints[block.equation].buffers.indices.contains(block.buffer),
        footprints[block.equation].buffers[block.buffer] == block.byteCount,
        places.updateValue(block.range, forKey: id) == nil
      else {
        throw .invalid(
          place: "buffer \(block.buffer) of operation \(block.equation)",
          problem: "no operation asks for it, or it is planned twice, or its size is wrong")
      }
      guard let range = block.range else { continue }
      guard range.lowerBound >= 0, range.upperBound <= arenaBytes,
        range.lowerBound % Self.alignment == 0
      else {
        throw .invalid(
          place: "\(graph.equations[block.equation])",
          problem:
            "the bytes \(range) are not aligned, or not within the \(arenaBytes) of the arena")
      }
    }
    for (position, footprint) in footprints.enumerated() {
      for buffer in footprint.buffers.indices
      where places[BufferID(equation: position, buffer: buffer)] == nil {
        throw .invalid(
          place: "\(graph.equations[position])", problem: "its buffer \(buffer) has no plan")
      }
    }
    return places
  }
}
