import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

@Suite struct LearningRateTests {
  @Test func `the learning rate is the first group's, and is set for all`() {
    let (a, b) = (Linear(2, 2), Linear(2, 2))
    let optimizer = SGD([
      ParameterGroup(a.parameters(), named: "a", learningRate: 0.1),
      ParameterGroup(b.parameters(), named: "b", learningRate: 0.2),
    ])
    #expect(optimizer.learningRate == 0.1)
    optimizer.learningRate = 0.5
    #expect(optimizer.groups.map(\.learningRate) == [0.5, 0.5])
    optimizer.learningRate *= 0.5
    optimizer.groups[1].learningRate = 1
    #expect(optimizer.groups.map(\.learningRate) == [0.25, 1])
    #expect(optimizer.learningRate == 0.25)
  }

  @Test func `the next step takes the new rate`() throws {
    let layer = Linear(1, 1, bias: false)
    try layer.load(["weight": Tensor([[1]])])
    let optimizer = SGD(layer.parameters(), learningRate: 0.1)
    layer(Tensor([[1]])).sum().backward()
    optimizer.step()
    optimizer.learningRate = 0.25
    optimizer.step()
    let weight = try #require(layer.parameters()[0].value).item()
    #expect(abs(weight - 0.65) < 1e-6, "\(weight)")
  }
}
