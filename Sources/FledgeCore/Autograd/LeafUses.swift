/// For each leaf, the number of operations left that may add to its gradient.
///
/// A parameter may be used many times (a shared embedding, a layer applied twice); its gradient is
/// complete when the last operation that reads it has been differentiated, in whatever order. A
/// checkpointed part counts as one use of all it captured, until it has run again; then its own
/// operations count instead.
struct LeafUses {
  // By serial number: the address of a node that was freed during the pass may come again.
  private var remaining: [UInt64: Int] = [:]
  private var counted: Set<UInt64> = []

  /// Counts the uses in the graph above `root` that were not counted before.
  mutating func count(from root: Node) {
    var stack = [root]
    while let node = stack.popLast() {
      guard node.accumulator == nil, counted.insert(node.serial).inserted else {
        continue
      }
      for source in sources(of: node) {
        if source.accumulator != nil { remaining[source.serial, default: 0] += 1 }
        stack.append(source)
      }
    }
  }

  /// The leaves whose last use was `node`, which has been differentiated.
  mutating func completed(after node: Node) -> [Node] {
    sources(of: node).filter { source in
      guard source.accumulator != nil else { return false }
      remaining[source.serial]! -= 1
      return remaining[source.serial] == 0
    }
  }

  private func sources(of node: Node) -> [Node] {
    let sources = node.inputs.compactMap(\.node)
    guard node.isRematerialized else { return sources }
    return sources + ((node.primitive as? any Rematerializing)?.captured ?? [])
  }
}
