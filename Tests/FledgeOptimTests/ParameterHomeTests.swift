import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Testing

/// Keeps elements as arrays, which no ledger counts, and makes a tensor of them whenever it is asked.
private final class Shelf: ParameterHome {
  private var elements: [ObjectIdentifier: [Float]] = [:]
  private(set) var fetches = 0

  func fetch(_ parameter: AnyParameter) -> Tensor {
    fetches += 1
    return withMemoryTag(.parameter) {
      Tensor(elements[ObjectIdentifier(parameter)]!, shape: parameter.shape!)
    }
  }

  func store(_ value: Tensor, for parameter: AnyParameter) {
    elements[ObjectIdentifier(parameter)] = value.array()
  }
}

/// A table whose rows are looked up and that is the head as well, layers, and views of a weight.
private final class Net: Module {
  let table = Embedding(20, 12)
  let attention = MultiHeadAttention(12, heads: 2)
  let memory = MultiHeadAttention(12, heads: 3, bias: false)
  let hidden = Linear(12, 30)
  let output = Linear(30, 12)

  func callAsFunction(_ tokens: Tensor) -> Tensor {
    let x = table(tokens)
    let y = memory(attention(x), memory: x, mask: nil)
    let z = output(gelu(hidden(y)))
    return linear(z, weight: table.weight)
  }
}

@Suite struct ParameterHomeTests {
  private let tokens = Tensor((0..<12).map { $0 * 7 % 20 }, shape: [2, 6])
  private let targets = Tensor((0..<12).map { $0 * 3 % 20 }, shape: [2, 6])

  private func net() -> Net { withGenerator(Generator(seed: 5)) { Net() } }

  private func train(_ net: Net, steps: Int = 3) -> [Double] {
    let optimizer = AdamW(net.parameters(), learningRate: 1e-2)
    return (0..<steps).map { _ in
      let loss = crossEntropy(net(tokens), targets)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      return loss.item()
    }
  }

  @Test func aModelWhoseParametersLiveElsewhereTrainsToTheSameBits() throws {
    let (here, elsewhere) = (net(), net())
    let shelf = Shelf()
    for parameter in elsewhere.parameters() { parameter.move(to: shelf) }
    #expect(train(here) == train(elsewhere))
    for (a, b) in zip(here.stateDict(), elsewhere.stateDict()) {
      let isSame = a.value.isIdentical(to: b.value)
      #expect(isSame, "\(a.name)")
    }
  }

  @Test func noMoreThanOneLayersElementsAreAliveAtATime() {
    let net = net()
    let shelf = Shelf()
    let ledger = Ledger("parameters")
    withLedger(ledger) {
      for parameter in net.parameters() { parameter.move(to: shelf) }
      ledger.resetPeak()
      let loss = crossEntropy(net(tokens), targets)
      #expect(ledger.statistics.liveBytesByTag[.parameter] == 0, "a graph holds elements")
      loss.backward()
      AdamW(net.parameters(), learningRate: 1e-2).step()
    }
    // The largest layer is the attention's first: [36, 12] and [36].
    let largest = 4 * (36 * 12 + 36)
    #expect(ledger.statistics.peakBytesByTag[.parameter]! <= largest)
    #expect(ledger.statistics.liveBytesByTag[.parameter] == 0)
    #expect(shelf.fetches > 2 * net.parameters().count)
  }

  @Test func identityShapeAndGradientStay() {
    let layer = Linear(3, 2)
    let weight = layer.parameters()[0]
    layer(Tensor.ones([1, 3])).sum().backward()
    let (before, gradient) = (layer.weight.detached(), weight.grad)
    let shelf = Shelf()
    weight.move(to: shelf)
    let fetches = shelf.fetches
    #expect(weight.shape == [2, 3] && weight.dtype == .float32)
    #expect(layer.parameterCount == 8 && shelf.fetches == fetches)
    #expect(weight.grad?.array() == gradient?.array())
    #expect(layer.weight.array() == before.array())
    weight.value = before * 2
    weight.moveBack()
    #expect(layer.weight.array() == (before * 2).array() && weight.home == nil)
  }

  @Test func goingBackwardAfterAStepTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let layer = Linear(3, 2)
      let weight = layer.parameters()[0]
      let shelf = Shelf()
      weight.move(to: shelf)
      let loss = layer(Tensor.ones([1, 3]).requiringGradients()).sum()
      weight.value = Tensor.zeros([2, 3])
      loss.backward()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("changed after the forward pass (version 0, now 1)"), "\(text)")
  }
}
