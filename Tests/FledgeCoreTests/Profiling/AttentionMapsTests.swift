import FledgeCore
import Testing

@Suite struct AttentionMapsTests {
  private func uniform(_ shape: Shape, _ seed: UInt64) -> Tensor {
    Tensor.uniform(shape, in: -1...1, using: Generator(seed: seed))
  }

  @Test("The weights are those that the values were summed up with, one map for each attention")
  func weights() {
    let (q, k, v) = (
      uniform([2, 3, 4, 8], 1), uniform([2, 3, 5, 8], 2), uniform([2, 3, 5, 8], 3)
    )
    let mask = Tensor(
      [true, true, false, true, true, true, false, true, true, false], shape: [2, 1, 1, 5])
    let (outputs, maps) = withAttentionMaps {
      [attention(q, k, v), attention(k, k, v, isCausal: true), attention(q, k, v, mask: mask)]
    }
    #expect(maps.map(\.shape) == [[2, 3, 4, 5], [2, 3, 5, 5], [2, 3, 4, 5]])
    for (map, output) in zip(maps, outputs) {
      #expect(map.matmul(v).isClose(to: output, absoluteTolerance: 1e-6))
      #expect(map.sum(axis: -1).isClose(to: .ones([2, 3, map.shape[2]]), absoluteTolerance: 1e-6))
    }
    #expect(maps[1].array() == maps[1].lowerTriangle().array())
    #expect(maps[2][0, 1, 2, 2].item() == 0 && maps[2][1, 0, 0, 1].item() == 0)
  }

  @Test("Looking changes neither results nor gradients, and a backward pass has no maps")
  func onlyLooks() {
    func gradient() -> Tensor {
      let q = uniform([1, 3, 4], 1).requiringGradients()
      attention(q, q, q, isCausal: true).square().sum().backward()
      return q.grad!
    }
    let (looked, maps) = withAttentionMaps { gradient() }
    #expect(looked.array() == gradient().array())
    #expect(maps.count == 1 && !maps[0].requiresGradients)
    let (_, halves) = withAttentionMaps {
      autocast(.bfloat16) { attention(looked, looked, looked) }
    }
    #expect(halves[0].dtype == .float32)
  }
}
