import Testing

@testable import FledgeCore

/// What the counters say. They belong to the whole process, so each test has one of its own.
@Suite struct MemoryTests {
  @Test func `training steps leave nothing behind but values and gradients`() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor.normal([16, 8], using: Generator(seed: 1))
      var weights = [Tensor.ones([8, 32]) * 0.1, Tensor.ones([32, 4]) * 0.1]
        .map { $0.requiringGradients() }
      func step() {
        let loss = tanh(x.matmul(weights[0])).matmul(weights[1]).square().mean()
        loss.backward()
        for i in weights.indices {
          let gradient = weights[i].grad!
          weights[i].updateLeaf { $0 -= gradient * 0.1 }
          weights[i].zeroGrad()
        }
      }
      step()
      let (before, nodes) = (MemoryStatistics.current, Node.liveCount)
      for _ in 0..<20 { step() }
      let after = MemoryStatistics.current
      #expect(after.liveBytes == before.liveBytes && after.liveBuffers == before.liveBuffers)
      #expect(after.systemAllocations == before.systemAllocations, "the pool serves every step")
      #expect(after.allocations > before.allocations)
      #expect(Node.liveCount == nodes)
    }
  }

  @Test func `graphs and gradients that are dropped are freed`() async {
    await #expect(processExitsWith: .success) {
      let (before, nodes) = (MemoryStatistics.current, Node.liveCount)
      do {
        let x = Tensor.ones([100]).requiringGradients()
        // Never run backward; run backward and dropped; retained; differentiated again.
        _ = x.exp().sin()
        x.exp().sum().backward()
        x.square().sum().backward(retainGraph: true)
        let first = gradients(of: x.exp().sum(), withRespectTo: [x], createGraph: true)[0]
        _ = gradients(of: first.sum(), withRespectTo: [x])
        _ = checkpoint(x) { $0.exp() * x }
        checkpoint(x) { $0.exp() * x }.sum().backward()
        _ = vjp({ $0.exp() * x }, at: x).pullback(x.detached())
        _ = x.withGradientHook { $0 * 2 }.sum()
      }
      let after = MemoryStatistics.current
      #expect(after.liveBytes == before.liveBytes && after.liveBuffers == before.liveBuffers)
      #expect(Node.liveCount == nodes)
    }
  }

  @Test func `an error thrown inside scopes frees what was made there`() async {
    struct Failure: Error {}
    await #expect(processExitsWith: .success) {
      let (before, nodes) = (MemoryStatistics.current.liveBytes, Node.liveCount)
      for _ in 0..<10 {
        do {
          try withoutGradients {
            try withGradients {
              try withMemoryTag(.data) { () throws(Failure) in
                let x = Tensor.ones([64]).requiringGradients()
                let y = x.exp()
                if y.requiresGradients { throw Failure() }
              }
            }
          }
          Issue.record("nothing was thrown")
        } catch {}
      }
      #expect(MemoryStatistics.current.liveBytes == before && Node.liveCount == nodes)
      #expect(ExecutionContext.current.memoryTag == .temporary)
    }
  }

  @Test func `the backward pass frees what the graph saved as it goes`() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor.ones([1000]).requiringGradients()
      let start = MemoryStatistics.current.liveBytes
      let y = (0..<50).reduce(x) { y, _ in sin(y) }.sum()
      #expect(MemoryStatistics.current.liveBytes - start >= 49 * 4000)
      MemoryStatistics.resetPeak()
      let held = MemoryStatistics.current.liveBytes
      y.backward()
      #expect(MemoryStatistics.current.peakBytes - held <= 4 * 4000, "gradients replace values")
      // x's gradient and y itself.
      #expect(MemoryStatistics.current.liveBytes - start <= 4000 + 4)
    }
  }

  @Test func `attention's memory is linear in the length, not quadratic`() async {
    await #expect(processExitsWith: .success) {
      func peak(_ heads: Int, _ length: Int) -> Int {
        let start = MemoryStatistics.current.liveBytes
        MemoryStatistics.resetPeak()
        let leaves = (0..<3).map { _ in Tensor.ones([1, heads, length, 32]).requiringGradients() }
        attention(leaves[0], leaves[1], leaves[2], isCausal: true).sum().backward()
        return MemoryStatistics.current.peakBytes - start
      }
      // One head is cut among threads into parts, which are no longer more from 2048 keys on.
      for (heads, length) in [(8, 128), (8, 512), (1, 2048)] {
        let (once, twice) = (peak(heads, length), peak(heads, 2 * length))
        #expect(Double(twice) < 2.2 * Double(once), "\(heads), \(length): \(once), \(twice)")
      }
    }
  }

  @Test func `a chain of 100,000 operations holds one value each, and nothing afterwards`() async {
    await #expect(processExitsWith: .success) {
      let (count, bytes) = (100_000, 4 * 16)
      let x = Tensor.ones([4, 4]).requiringGradients()
      let (start, nodes) = (MemoryStatistics.current.liveBytes, Node.liveCount)
      MemoryStatistics.resetPeak()
      do {
        var y = x
        for _ in 0..<count { y = tanh(y) }
        y.sum().backward()
      }
      let after = MemoryStatistics.current
      #expect(after.peakBytes - start <= (count + 4) * bytes)
      #expect(after.liveBytes - start == bytes && Node.liveCount == nodes, "x's gradient is left")
    }
  }

  @Test func `bytes are counted under the tag in force, gradients under theirs`() async {
    await #expect(processExitsWith: .success) {
      func live(_ tag: MemoryTag) -> Int { MemoryStatistics.current.liveBytesByTag[tag]! }
      let w = withMemoryTag(.parameter) { Tensor.ones([250]) }.requiringGradients()
      let x = withMemoryTag(.data) { Tensor.ones([4, 250]) }
      #expect(live(.parameter) == 1000 && live(.data) == 4000 && live(.gradient) == 0)
      let y = withMemoryTag(.activation) { (x * w).exp() }
      // The product is not needed for the gradient, its exponential is.
      #expect(live(.activation) == 4000)
      (y * y).sum().backward()
      #expect(live(.gradient) == 1000 && live(.parameter) == 1000)
      w.zeroGrad()
      #expect(live(.gradient) == 0)
      // Recomputed activations are activations.
      let z = withMemoryTag(.activation) {
        checkpoint(w) { w in
          let inside = w.exp()
          #expect(ExecutionContext.current.memoryTag == .activation)
          return inside.sin()
        }
      }
      z.sum().backward()
      #expect(live(.gradient) == 1000)
      let statistics = MemoryStatistics.current
      #expect(statistics.liveBytesByTag.values.reduce(0, +) == statistics.liveBytes)
    }
  }

  @Test func `freed buffers are used again, and given back when asked`() async {
    await #expect(processExitsWith: .success) {
      MemoryStatistics.emptyCache()
      let first = Tensor.zeros([3000]).storage.pointer
      let before = MemoryStatistics.current
      #expect(before.cachedBytes >= 12_000 && before.cachedBytes <= 15_000)
      // The same class, not the same size.
      #expect(Tensor.zeros([2900]).storage.pointer == first)
      #expect(MemoryStatistics.current.systemAllocations == before.systemAllocations)
      MemoryStatistics.emptyCache()
      #expect(MemoryStatistics.current.cachedBytes == 0)
      _ = Tensor.zeros([3000])
      #expect(MemoryStatistics.current.systemAllocations == before.systemAllocations + 1)
    }
  }

  @Test func `the peak is the most there was at once`() async {
    await #expect(processExitsWith: .success) {
      let start = MemoryStatistics.current.liveBytes
      MemoryStatistics.resetPeak()
      do {
        let a = Tensor.zeros([1000])
        let b = Tensor.zeros([1000])
        withExtendedLifetime((a, b)) {}
      }
      do {
        let c = Tensor.zeros([1500])
        withExtendedLifetime(c) {}
      }
      #expect(MemoryStatistics.current.peakBytes - start == 8000)
      MemoryStatistics.resetPeak()
      #expect(MemoryStatistics.current.peakBytes == MemoryStatistics.current.liveBytes)
    }
  }

  @Test func `a module that captures its own output keeps no cycle`() async {
    await #expect(processExitsWith: .success) {
      let nodes = Node.liveCount
      do {
        let x = Tensor.ones([4]).requiringGradients()
        var y = x
        for _ in 0..<3 {
          let previous = y
          y = checkpoint(y) { $0 * previous }.withGradientHook { $0 + previous.detached() }
        }
        y.sum().backward()
      }
      #expect(Node.liveCount == nodes)
    }
  }
}
