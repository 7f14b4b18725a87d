import FledgeCore
import FledgeDistributed
import Foundation

/// Numbers of a rank, different for each rank and place, small enough to be exact as sums in any dtype.
func numbers(_ shape: Shape, rank: Int, dtype: DType = .float32) -> Tensor {
  let values = (0..<shape.count).map { Float(($0 * 7 + rank * 5) % 13) }
  return Tensor(values, shape: shape).cast(to: dtype)
}

/// The sum over `ranks` ranks of ``numbers(_:rank:dtype:)``.
func sumOfNumbers(_ shape: Shape, ranks: Int) -> [Float] {
  (0..<shape.count).map { i in
    var sum = 0
    for rank in 0..<ranks { sum += (i * 7 + rank * 5) % 13 }
    return Float(sum)
  }
}

/// Normal numbers of a rank.
func normal(_ count: Int, rank: Int) -> Tensor {
  withGenerator(Generator(seed: UInt64(rank))) { Tensor.normal([count]) }
}

/// The error that `launch` throws; nil if it does not.
func failure(
  ranks: Int, deadline: Double = 20,
  transport: @escaping @Sendable (any Transport) -> any Transport = { $0 },
  _ body: @escaping @Sendable (Group) throws -> Void
) -> RankFailure? {
  do {
    _ = try launch(ranks: ranks, deadline: deadline, transport: transport, body)
    return nil
  } catch {
    return error as? RankFailure
  }
}

struct Broken: Error, CustomStringConvertible {
  let description: String
}
