import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

/// Weights that are swapped out for their averages come back bit by bit.
@Suite struct AverageStateTests {
  private struct Stop: Error {}

  @Test func `weights and averages are as before, also if the body throws`() {
    let layer = withGenerator(Generator(seed: 1)) { Linear(3, 2) }
    let average = WeightAverage(layer.parameters(), decay: 0.5)
    layer.weight = layer.weight.detached() * 3
    average.update()
    let weights = layer.stateDict().map(\.value)
    let trained = layer.weight.detached()
    let averages = average.state
    #expect(!averages.isEmpty)
    var runs = 0
    for fails in [false, true] {
      _ = try? average.withAverage { () throws(Stop) in
        runs += 1
        let isOther = !layer.weight.isIdentical(to: trained)
        #expect(average.isSwappedIn && isOther)
        if fails { throw Stop() }
      }
      #expect(!average.isSwappedIn)
      for (a, b) in zip(layer.stateDict().map(\.value), weights) {
        let isIdentical = a.isIdentical(to: b)
        #expect(isIdentical)
      }
      for (name, value) in average.state {
        let isIdentical = value.isIdentical(to: averages[name]!)
        #expect(isIdentical, "\(name)")
      }
    }
    #expect(runs == 2)
  }
}
