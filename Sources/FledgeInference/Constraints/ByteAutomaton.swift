/// Reads texts of a ``ByteGrammar`` byte by byte. What may follow is a set of stacks of rules; each set that is
/// met becomes a state with a number, whose transitions are found once.
final class ByteAutomaton {
  /// What nothing of the grammar begins like.
  static let dead = -1

  private let grammar: ByteGrammar
  /// Stacks by number, the top with the stack below it; 0 is empty.
  private var stacks: [Stack] = [Stack(rule: -1, progress: 0, below: -1)]
  private var stackNumbers: [Stack: Int] = [:]
  /// The fewest bytes that each stack needs.
  private var needs: [Int] = [0]
  private var states: [State] = []
  private var stateNumbers: [[Int]: Int] = [:]
  /// The state before the first byte.
  private(set) var start = 0

  private struct Stack: Hashable {
    var rule: Int
    /// Bytes that were read, parts of a sequence or of a repetition that were begun.
    var progress: Int
    var below: Int
  }

  private struct State {
    /// Stacks whose top reads a byte, and the empty one where the text may end.
    var stacks: [Int]
    var need: Int
    /// By byte: a state, ``ByteAutomaton/dead``, or -2 where it is not known yet.
    var next = [Int](repeating: -2, count: 256)
  }

  init(_ grammar: ByteGrammar) {
    self.grammar = grammar
    start = state([push(grammar.start, 0, on: 0)])
  }

  /// Whether the text may end here.
  func isEnd(_ state: Int) -> Bool { states[state].stacks.first == 0 }

  /// Whether the text has to end here.
  func isOver(_ state: Int) -> Bool { states[state].stacks == [0] }

  /// The fewest bytes to an end.
  func need(_ state: Int) -> Int { states[state].need }

  /// The state after one byte more.
  func next(_ state: Int, _ byte: UInt8) -> Int {
    let known = states[state].next[Int(byte)]
    if known != -2 { return known }
    let after = states[state].stacks.compactMap { advanced($0, byte) }
    let new = after.isEmpty ? Self.dead : self.state(after)
    states[state].next[Int(byte)] = new
    return new
  }

  private func push(_ rule: Int, _ progress: Int, on below: Int) -> Int {
    let stack = Stack(rule: rule, progress: progress, below: below)
    if let number = stackNumbers[stack] { return number }
    stacks.append(stack)
    needs.append(min(ByteGrammar.unreachable, need(of: stack) + needs[below]))
    stackNumbers[stack] = stacks.count - 1
    return stacks.count - 1
  }

  private func need(of stack: Stack) -> Int {
    switch grammar.rules[stack.rule] {
    case .bytes(let bytes): bytes.count - stack.progress
    case .sequence(let parts): parts[stack.progress...].reduce(0) { $0 + grammar.minimums[$1] }
    case .repetition(let part, let least, _):
      least <= stack.progress ? 0 : (least - stack.progress) * grammar.minimums[part]
    case .set, .choice: grammar.minimums[stack.rule]
    }
  }

  /// The stack after a byte that its top reads; nil if it reads others.
  private func advanced(_ number: Int, _ byte: UInt8) -> Int? {
    if number == 0 { return nil }
    let stack = stacks[number]
    switch grammar.rules[stack.rule] {
    case .bytes(let bytes) where bytes[stack.progress] == byte:
      return stack.progress + 1 == bytes.count
        ? stack.below : push(stack.rule, stack.progress + 1, on: stack.below)
    case .set(let set) where set.contains(byte): return stack.below
    default: return nil
    }
  }

  /// The state of stacks and of all that they become before a byte is read.
  private func state(_ open: [Int]) -> Int {
    var (open, seen) = (open, Set(open))
    var reading: [Int] = []
    func add(_ stack: Int) {
      if seen.insert(stack).inserted { open.append(stack) }
    }
    while let number = open.popLast() {
      let stack = stacks[number]
      if number == 0 {
        reading.append(0)
        continue
      }
      switch grammar.rules[stack.rule] {
      case .bytes(let bytes) where bytes.isEmpty: add(stack.below)
      case .bytes, .set: reading.append(number)
      case .sequence(let parts):
        let rest = stack.progress + 1
        let below = rest == parts.count ? stack.below : push(stack.rule, rest, on: stack.below)
        add(push(parts[stack.progress], 0, on: below))
      case .choice(let parts): for part in parts { add(push(part, 0, on: stack.below)) }
      case .repetition(let part, let least, let most):
        if stack.progress >= least { add(stack.below) }
        if most.map({ stack.progress < $0 }) ?? true {
          // Without a most, counting ends with the least.
          let count = most == nil ? min(stack.progress + 1, least) : stack.progress + 1
          add(push(part, 0, on: push(stack.rule, count, on: stack.below)))
        }
      }
    }
    reading.sort()
    if let number = stateNumbers[reading] { return number }
    states.append(State(stacks: reading, need: reading.map { needs[$0] }.min()!))
    stateNumbers[reading] = states.count - 1
    return states.count - 1
  }
}
