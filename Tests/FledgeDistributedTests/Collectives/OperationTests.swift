import FledgeCore
import FledgeDistributed
import RankChecks
import Synchronization
import Testing

@Suite struct OperationTests {
  /// Gradients of the sum of all ranks' losses by finite differences need all ranks at once, so they are
  /// written down: each loss is Σ w_r · y with weights of its own.
  @Test func `gradients are the adjoints`() throws {
    let results = try launch(ranks: 3) { world in
      let w = numbers([6], rank: world.rank + 4)
      func gradient(_ shape: Shape, _ f: (Tensor) -> Tensor, _ weight: Tensor) -> [Float] {
        let x = numbers(shape, rank: world.rank).requiringGradients()
        (f(x) * weight).sum().backward()
        return x.grad!.array()
      }
      return (
        sum: gradient([6], world.summed, w), copy: gradient([6], world.replicated, w),
        gather: gradient([2], world.allGathered, w),
        scatter: gradient([6], world.reduceScattered, w[0..<2]),
        exchange: gradient([6], world.exchanged, w)
      )
    }
    let weights = (0..<3).map { numbers([6], rank: $0 + 4).array() }
    let total = (0..<6).map { i in weights.reduce(Float(0)) { $0 + $1[i] } }
    for (rank, result) in results.enumerated() {
      #expect(result.sum == weights[rank])
      #expect(result.copy == total)
      #expect(result.gather == Array(total[2 * rank..<2 * rank + 2]))
      let (heads, parts) = (
        weights.flatMap { $0[0..<2] }, weights.flatMap { $0[2 * rank..<2 * rank + 2] }
      )
      #expect(result.scatter == heads)
      #expect(result.exchange == parts)
    }
  }

  @Test func `values are those of the collectives, and gradients can be differentiated again`()
    throws
  {
    let results = try launch(ranks: 2) { world in
      let x = numbers([4], rank: world.rank).requiringGradients()
      let y = world.summed(x.square())
      let first = gradients(of: y.square().sum(), withRespectTo: [x], createGraph: true)[0]
      let second = gradients(of: first.sum(), withRespectTo: [x])[0]
      return (y.array(), first.array(), second.array())
    }
    let x = (0..<2).map { numbers([4], rank: $0).array() }
    for (rank, (y, first, second)) in results.enumerated() {
      for i in 0..<4 {
        let s = x[0][i] * x[0][i] + x[1][i] * x[1][i]
        #expect(y[i] == s)
        #expect(first[i] == 4 * s * x[rank][i])
        // d/dx of Σ over both ranks of 4 s x: each rank's term holds s.
        let crossed: Float = 8 * x[rank][i] * (x[0][i] + x[1][i])
        #expect(second[i] == 4 * s + crossed)
      }
    }
  }

  @Test func `an operation is rebuilt from its attributes, with the same group`() throws {
    let isSame = try launch(ranks: 2) { world in
      let recorder = Recorder()
      let y = withTransformation(recorder) { world.summed(Tensor.ones([3])) }
      let seen = recorder.seen.withLock { $0 }
      let rebuilt = try Registry.make(seen[0].name, seen[0].attributes)
      return rebuilt.signature == seen[0].signature && y.array() == [2, 2, 2]
        && apply(rebuilt, [Tensor.ones([1])])[0].array() == [2]
    }
    #expect(isSame == [true, true])
  }
}

/// Notes the operations that pass the door.
final class Recorder: Transformation {
  let seen = Mutex<[(name: String, attributes: Attributes, signature: String)]>([])
  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let name = type(of: primitive).name
    if name.hasPrefix("ranks.") {
      seen.withLock { $0.append((name, primitive.attributes, primitive.signature)) }
    }
    return next(primitive, inputs)
  }
}
