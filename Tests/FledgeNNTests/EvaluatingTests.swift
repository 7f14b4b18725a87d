import FledgeCore
import FledgeNN
import Testing

@Suite struct EvaluatingTests {
  private struct Stop: Error {}

  @Test func `A model evaluates in its mode, without a graph, and goes back to the one it had`() {
    let model = Sequential { Dropout(0.5) }
    let x = Tensor.ones([64]).requiringGradients()
    let y = model.evaluating { model(x) * 1 }
    #expect(y.array() == [Float](repeating: 1, count: 64))
    #expect(!y.requiresGradients)
    #expect(model.isTraining)
    model.eval()
    model.evaluating {}
    #expect(!model.isTraining)
  }

  @Test func `The mode is restored when the body throws`() {
    let model = Sequential { Dropout(0.5) }
    #expect(throws: Stop.self) { try model.evaluating { () throws(Stop) in throw Stop() } }
    #expect(model.isTraining)
  }
}
