import FledgeCore
import FledgeDistributed
import RankChecks
import Synchronization
import Testing

@Suite struct OperationTests {
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
