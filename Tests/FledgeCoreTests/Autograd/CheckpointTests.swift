import FledgeCore
import Testing

@Suite struct CheckpointTests {
  private typealias Function = (Tensor) -> Tensor
  private typealias Wrapper = (Tensor, @escaping Function) -> Tensor

  /// Two layers with dropout inside, each through `wrapper`; the output and all gradients.
  private func run(_ wrapper: Wrapper, seed: UInt64 = 11) -> [Tensor?] {
    let source = Generator(seed: 1)
    let x = Tensor.normal([6, 16], using: source).requiringGradients()
    let weights = (0..<2).map { _ in
      Tensor.normal([16, 16], standardDeviation: 0.3, using: source).requiringGradients()
    }
    let loss = withGenerator(Generator(seed: seed)) {
      var y = x
      for weight in weights {
        y = wrapper(y) { input in
          let hidden = gelu(input.matmul(weight))
          return hidden * Tensor.bernoulli(hidden.shape, probability: 0.7)
        }
      }
      // Draws after the checkpoints must not notice them either.
      return (y * Tensor.uniform(y.shape)).sum()
    }
    loss.backward()
    return [loss, x.grad] + weights.map(\.grad)
  }

  private func expectSame(_ wrapper: Wrapper, sourceLocation: SourceLocation = #_sourceLocation) {
    let plain = run { $1($0) }
    for (a, b) in zip(run(wrapper), plain) {
      expectIdentical(a?.detached(), b?.detached(), sourceLocation: sourceLocation)
    }
  }

  @Test func `gradients are bit-identical, dropout included`() {
    expectSame { checkpoint($0, $1) }
  }

  @Test func `another seed gives other gradients, so the check can fail`() {
    let (a, b) = (run({ checkpoint($0, $1) }, seed: 11), run({ checkpoint($0, $1) }, seed: 12))
    #expect(!a[1]!.isIdentical(to: b[1]!))
  }

  @Test func `checkpoints within checkpoints`() {
    expectSame { x, f in checkpoint(x) { checkpoint($0, f) } }
    expectSame { x, f in checkpoint(x) { x in checkpoint(checkpoint(x) { $0 * 1 }, f) * 1 } }
  }

  @Test func `the second run has the first one's backend`() {
    let plain = run { x, f in withBackend(.reference) { f(x) } }
    let again = run { x, f in withBackend(.reference) { checkpoint(x, f) } }
    for (a, b) in zip(again, plain) { expectIdentical(a?.detached(), b?.detached()) }
  }

  @Test func `the generator goes on as if nothing had been drawn twice`() {
    func next(_ wrapper: Wrapper) -> Double {
      let generator = Generator(seed: 3)
      withGenerator(generator) {
        let x = Tensor.ones([8]).requiringGradients()
        wrapper(x) { $0 * Tensor.uniform([8]) }.sum().backward()
      }
      return generator.uniform()
    }
    #expect(next { checkpoint($0, $1) } == next { $1($0) })
  }

  @Test func `several inputs and outputs, one of them not used`() {
    let (a, b) = (
      Tensor.doubles([1, 2]).requiringGradients(), Tensor.doubles([3, 4]).requiringGradients()
    )
    let outputs = checkpoint([a, b]) { [$0[0] * $0[1], $0[0].exp(), $0[1].square()] }
    (outputs[0] + outputs[2] * 2).sum().backward()
    expectElements(a.grad, [3, 4])
    expectElements(b.grad, [1 + 12, 2 + 16])
  }

  @Test func `an input that is also captured gets both contributions`() {
    let x = Tensor.doubles([2, 3]).requiringGradients()
    checkpoint(x) { $0 * x }.sum().backward()
    expectElements(x.grad, [4, 6])
  }

  @Test func `without recording a checkpoint is a plain call`() {
    let x = Tensor.doubles([2]).requiringGradients()
    let y = withoutGradients { checkpoint(x) { $0.square() } }
    #expect(!y.requiresGradients)
    expectElements(y, [4])
  }

  @Test func `gradients of gradients go through a checkpoint`() {
    let x = Tensor.doubles([2, -3]).requiringGradients()
    let y = checkpoint(x) { $0 * $0 * $0 }.sum()
    let first = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    expectElements(first, [12, 27])
    expectElements(gradients(of: first.sum(), withRespectTo: [x])[0], [12, -18])
  }

  @Test func `a retained checkpoint can be run backward again`() {
    let x = Tensor.doubles([2]).requiringGradients()
    let y = checkpoint(x) { $0.square() }.sum()
    y.backward(retainGraph: true)
    y.backward()
    expectElements(x.grad, [8])
  }

  @Test func `the insides are not kept between the passes`() async {
    // A process of its own: the counters are the whole process's.
    await #expect(processExitsWith: .success) {
      func peak(_ isCheckpointed: Bool) -> (peak: Int, live: Int) {
        let x = Tensor.ones([1024]).requiringGradients()
        MemoryStatistics.resetPeak()
        let start = MemoryStatistics.current.liveBytes
        let part = { (x: Tensor) -> Tensor in (0..<10).reduce(x) { y, _ in sin(y) } }
        let y = (0..<10).reduce(x) { y, _ in isCheckpointed ? checkpoint(y, part) : part(y) }
        let live = MemoryStatistics.current.liveBytes - start
        y.sum().backward()
        return (MemoryStatistics.current.peakBytes - start, live)
      }
      let (plain, saved) = (peak(false), peak(true))
      // 100 saved inputs against 10; in the backward pass 10 more are there at a time.
      #expect(plain.live >= 99 * 4096, "\(plain)")
      #expect(saved.live <= 12 * 4096, "\(saved)")
      #expect(saved.peak <= 26 * 4096 && plain.peak >= 100 * 4096, "\(saved), \(plain)")
    }
  }
}
