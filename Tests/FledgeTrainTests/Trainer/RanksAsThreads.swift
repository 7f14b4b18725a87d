import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTrain
import Foundation

/// Where ranks that are threads of one process meet.
final class Mailbox: @unchecked Sendable {
  struct LostRank: Error {}

  let count: Int
  private let condition = NSCondition()
  private var letters: [(any Sendable)?]
  private var complete: [any Sendable] = []
  private var round = 0

  init(_ count: Int) {
    self.count = count
    letters = Array(repeating: nil, count: count)
  }

  /// The letters of all ranks, once the last one has come. A rank that does not come in time is lost.
  func gather<Letter: Sendable>(_ letter: Letter, from rank: Int) throws -> [Letter] {
    condition.lock()
    defer { condition.unlock() }
    let current = round
    letters[rank] = letter
    if letters.allSatisfy({ $0 != nil }) {
      complete = letters.map { $0! }
      letters = Array(repeating: nil, count: count)
      round += 1
      condition.broadcast()
    }
    let patience = Date(timeIntervalSinceNow: 60)
    while round == current {
      if !condition.wait(until: patience) && round == current { throw LostRank() }
    }
    return complete.map { $0 as! Letter }
  }
}

/// Data-parallel training of ranks that are threads: the gradients of the last batch's backward pass
/// are averaged.
class ThreadStrategy: TrainingStrategy {
  let rank: Int
  let mailbox: Mailbox
  /// false forgets the exchange of gradients.
  let averages: Bool
  var parameters: [AnyParameter] = []
  private(set) var calls: [String] = []

  init(_ rank: Int, _ mailbox: Mailbox, averages: Bool = true) {
    (self.rank, self.mailbox, self.averages) = (rank, mailbox, averages)
  }

  var rankCount: Int { mailbox.count }

  func prepare(_ model: Module, _ optimizer: Optimizer) throws {
    calls.append("prepare")
    parameters = model.parameters()
    // The weights of rank 0 for all.
    for parameter in parameters {
      let values = try mailbox.gather(parameter.value!.array(), from: rank)
      parameter.value = Tensor(values[0], shape: parameter.value!.shape)
    }
  }

  func backward(_ loss: Tensor, isLast: Bool) throws {
    calls.append(isLast ? "last" : "backward")
    loss.backward()
    guard isLast && averages else { return }
    for parameter in parameters {
      let own = parameter.grad!
      let all = try mailbox.gather(own.array(of: Double.self), from: rank)
      let mean = own.array().indices.map { i in
        all.reduce(0) { $0 + $1[i] } / Double(all.count)
      }
      parameter.grad = Tensor(mean, shape: own.shape, dtype: own.dtype)
    }
  }

  func sum(_ values: [Double]) throws -> [Double] {
    try mailbox.gather(values, from: rank).reduce(Array(repeating: 0, count: values.count)) {
      zip($0, $1).map { $0 + $1 }
    }
  }

  func totalSquares(_ local: Tensor) throws -> Tensor { local }

  func gather(_ text: String) throws -> [String] { try mailbox.gather(text, from: rank) }
}

/// Runs `body` for each rank on a thread of its own and gives what they return, or throws what one of
/// them has thrown.
func onThreads<R: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (_ rank: Int, _ mailbox: Mailbox) throws -> R
) throws -> [R] {
  let (mailbox, results) = (Mailbox(count), Results<R>(count))
  let group = DispatchGroup()
  for rank in 0..<count {
    group.enter()
    let thread = Thread {
      results.set(rank, Result { try body(rank, mailbox) })
      group.leave()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
  group.wait()
  return try results.values.map { try $0.get() }
}

private final class Results<R: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var kept: [Result<R, any Error>?]
  init(_ count: Int) { kept = Array(repeating: nil, count: count) }
  func set(_ rank: Int, _ result: Result<R, any Error>) { lock.withLock { kept[rank] = result } }
  var values: [Result<R, any Error>] { kept.map { $0! } }
}
