import FledgeNN
import FledgeOptim
import Testing

@Suite struct ParameterGroupTests {
  @Test("Matrices decay, biases and norms do not, and every parameter is in one group")
  func decayingMatrices() {
    let block = TransformerBlock(8, heads: 2)
    let groups = block.parameterGroups(learningRate: 0.1, decayingMatricesBy: 0.2)
    #expect(groups.map(\.weightDecay) == [0.2, 0])
    #expect(groups.map(\.learningRate) == [0.1, 0.1])
    func identities(_ parameters: [AnyParameter]) -> [ObjectIdentifier] {
      parameters.map { ObjectIdentifier($0) }
    }
    let grouped = groups.flatMap { identities($0.parameters) }
    #expect(grouped.count == 12)
    #expect(Set(grouped) == Set(identities(block.parameters())))
    #expect(groups[0].parameters.allSatisfy { $0.value?.rank == 2 })
    #expect(groups[1].parameters.allSatisfy { $0.value?.rank == 1 })
  }
}
