import FledgeCore
import FledgeNN
import FledgeOptim
import Foundation
import Synchronization
import Testing

@Suite struct RankTrainingTests {
  /// What a rank leaves behind: its weights, the loss of each step, and what its ledger counted.
  private struct Outcome: Sendable {
    var weights: [Tensor] = []
    var losses: [Double] = []
    var memory: MemoryStatistics?
  }

  /// Four different models with dropout, large enough that their kernels share work among threads.
  private static func train(_ rank: Int) -> Outcome {
    let ledger = Ledger("rank \(rank)")
    return withRank(
      rank, of: 4, threads: 2, generator: Generator(seed: UInt64(rank)), ledger: ledger
    ) {
      let width = 640 + 128 * rank
      let model = Sequential {
        Linear(64, width)
        GELU()
        Dropout(0.2 + 0.1 * Double(rank))
        for _ in 0..<rank { Linear(width, width) }
        Linear(width, 8)
      }
      let optimizer: Optimizer =
        rank % 2 == 0
        ? AdamW(model.parameters(), learningRate: 1e-3)
        : SGD(model.parameters(), learningRate: 0.05, momentum: 0.9)
      var outcome = Outcome()
      for _ in 0..<3 {
        let (x, y) = (Tensor.normal([64, 64]), Tensor.normal([64, 8]))
        optimizer.zeroGrad()
        let loss = meanSquaredError(model(x), y)
        loss.backward()
        optimizer.step()
        outcome.losses.append(loss.item())
      }
      outcome.weights = model.parameters().map { $0.value! }
      outcome.memory = ledger.statistics
      return outcome
    }
  }

  @Test func `four ranks as threads train four models to the bits that each reaches alone`() {
    let alone = (0..<4).map(Self.train)
    let together = Mutex([Outcome](repeating: Outcome(), count: 4))
    let group = DispatchGroup()
    for rank in 0..<4 {
      group.enter()
      Thread {
        let outcome = Self.train(rank)
        together.withLock { $0[rank] = outcome }
        group.leave()
      }.start()
    }
    group.wait()
    for (rank, (expected, outcome)) in zip(alone, together.withLock { $0 }).enumerated() {
      #expect(outcome.losses == expected.losses, "rank \(rank)")
      #expect(outcome.weights.count == expected.weights.count)
      for (a, b) in zip(outcome.weights, expected.weights) {
        let isIdentical = a.isIdentical(to: b)
        #expect(isIdentical, "rank \(rank)")
      }
      // Which buffers come from the system depends on what others left in the pool, and a peak on how
      // many threads had scratch memory at the same moment.
      #expect(outcome.memory?.liveBytesByTag == expected.memory?.liveBytesByTag, "rank \(rank)")
      #expect(outcome.memory?.liveBuffers == expected.memory?.liveBuffers, "rank \(rank)")
      #expect(outcome.memory?.allocations == expected.memory?.allocations, "rank \(rank)")
    }
    // The four are really different.
    #expect(Set(alone.map { $0.losses[0] }).count == 4)
  }

  @Test func `peak by tag of a training step equals a count by hand`() async {
    await #expect(processExitsWith: .success) {
      // Sizes in bytes, float32, batch 4:
      //   x 4·8 = 128; weights 16·8 → 512, 16·16 → 1024, 4·16 → 256: 1792 of parameters
      //   a hidden value 4·16 → 256, the output 4·4 → 64, a scalar 4
      let ledger = Ledger()
      withLedger(ledger) {
        let model = Sequential {
          Linear(8, 16, bias: false)
          Tanh()
          Linear(16, 16, bias: false)
          Tanh()
          Linear(16, 4, bias: false)
        }
        let optimizer = Adam(model.parameters(), learningRate: 0.01)
        let x = withMemoryTag(.data) { Tensor.normal([4, 8]) }
        ledger.resetPeak()
        // Forward: h₁ and a₁ = tanh h₁ (512); h₁ goes, since tanh saves its output only; h₂ (512);
        // a₂ (768: a₁, h₂, a₂). Then y and y² are small: a₁, a₂, y, y², loss = 644.
        // What stays: a₁ and a₂ (saved by tanh and the products), y (saved by the square), the loss.
        let loss = withMemoryTag(.activation) {
          model(x).square().sum()
        }
        #expect(ledger.statistics.peakBytesByTag[.activation] == 768)
        #expect(ledger.statistics.liveBytesByTag[.activation] == 256 + 256 + 64 + 4)
        // Backward: gradients of weights wait until the end, 256 (W₃), then 1024 (W₂), then 512
        // (W₁). The latter is made from the gradient of h₁, 256, which goes afterwards.
        loss.backward()
        #expect(ledger.statistics.peakBytesByTag[.gradient] == 1792 + 256)
        #expect(ledger.statistics.liveBytesByTag[.gradient] == 1792)
        #expect(ledger.statistics.liveBytesByTag[.activation] == 4, "the loss")
        // Step: two moments for each parameter, and the six doubles of the step's numbers, 48; the
        // weights change in place. This is the peak of all: 128 + 1792 + 4 + 1792 + 2·1792 + 48.
        optimizer.step()
        let statistics = ledger.statistics
        #expect(
          statistics.bytesByTagAtPeak == [
            .data: 128, .parameter: 1792, .activation: 4, .gradient: 1792, .optimizer: 3584 + 48,
            .temporary: 0,
          ])
        #expect(statistics.peakBytes == 7348 && statistics.peakBytes == statistics.liveBytes)
        withExtendedLifetime((x, loss)) {}
      }
    }
  }
}
