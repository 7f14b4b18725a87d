import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTrain
import Testing

/// A validation leaves the model as it found it.
@Suite struct TrainerStateTests {
  private struct Stop: Error {}

  @Test func `modules that do not train still do not after a validation`() throws {
    let run = MoonsRun()
    let frozen = run.model.layers[2]
    frozen.eval()
    var meanwhile: [Bool] = []
    run.trainer.validate(every: .epochs(1)) {
      meanwhile = run.model.modules().map(\.isTraining)
      return ["zero": 0]
    }
    let before = run.model.modules().map(\.isTraining)
    try run.trainer.train(until: .epochs(1))
    #expect(!meanwhile.isEmpty && !meanwhile.contains(true))
    #expect(run.model.modules().map(\.isTraining) == before)
    #expect(!frozen.isTraining && run.model.isTraining)
  }

  @Test func `a validation that throws leaves modes and weights as they were`() throws {
    let run = MoonsRun()
    run.model.layers[2].eval()
    run.trainer.average = WeightAverage(run.model.parameters(), decay: 0.9)
    try run.trainer.train(until: .steps(2))
    let (modes, weights) = (run.model.modules().map(\.isTraining), run.weights)
    run.trainer.validate(every: .epochs(1)) { () throws -> KeyValuePairs<String, Double> in
      throw Stop()
    }
    #expect(throws: Stop.self) { try run.trainer.validate() }
    #expect(run.model.modules().map(\.isTraining) == modes)
    #expect(run.weights == weights)
    #expect(run.trainer.average?.isSwappedIn == false)
  }
}
