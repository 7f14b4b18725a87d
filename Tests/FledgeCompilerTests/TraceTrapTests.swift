import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Testing

@testable import FledgeCompiler

/// What a user reads when a program cannot be traced. Each runs in a process of its own.
@Suite struct TraceTrapTests {
  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "item: asks for the elements of an abstract tensor, float32[]",
      { _ = trace([.float32([2])]) { x in x[0].sum().item() > 0 ? x : [-x[0]] } }
    ),
    (
      "return the tensor and read it after the call, choose between tensors with Tensor.where",
      { _ = trace([.float32([2])]) { x in x[0].array().isEmpty ? x : [] } }
    ),
    (
      "trace: float32[3], which `add` reads, was made outside of the traced program",
      {
        let batch = Tensor([1, 2, 3])
        _ = trace([.float32([3])]) { x in [x[0] + batch] }
      }
    ),
    (
      "trace: float32[3], which `return` reads, was made outside",
      {
        let batch = Tensor([1, 2, 3])
        _ = trace([]) { _ in [batch] }
      }
    ),
    (
      "two traces of one program differ: `constant %1: float32[1] = [1.0]`, then "
        + "`constant %1: float32[1] = [2.0]`",
      {
        var batches: IndexingIterator<[[Float]]> = [[1], [2]].makeIterator()
        _ = trace([.float32([1])]) { x in [x[0] + Tensor(batches.next()!)] }
      }
    ),
    (
      "two traces of one program differ: `%1: float32[] = fill[shape=(), value=1.0",
      {
        var step = 0.0
        _ = trace([.float32([1])]) { x in
          step += 1
          return [x[0] * step]
        }
      }
    ),
    (
      "Generator: draws a number while the program is traced",
      { _ = trace([.float32([1])]) { x in Generator.default.uniform() < 2 ? x : [] } }
    ),
    (
      "Generator: draws a number while the program is traced",
      { _ = trace([]) { _ in [Tensor.permutation(3)] } }
    ),
    (
      "LBFGS: its step is computed in Swift and cannot be traced",
      {
        let model = Linear(1, 1)
        let optimizer = LBFGS(model.parameters())
        _ = trace([.float32([1, 1])]) { x in
          model(x[0]).sum().backward()
          optimizer.step()
          return []
        }
      }
    ),
    (
      "OwnRule: its rule in advance(_:_:_:) is given the learning rate as a number",
      {
        let model = Linear(1, 1)
        let optimizer = OwnRule([ParameterGroup(model.parameters(), learningRate: 1)])
        _ = trace([.float32([1, 1])]) { x in
          model(x[0]).sum().backward()
          optimizer.step()
          return []
        }
      }
    ),
    (
      "Module: changes its mode while the program is traced",
      {
        let model = Linear(1, 1)
        _ = trace([.float32([1, 1])]) { x in
          model.eval()
          return [model(x[0])]
        }
      }
    ),
    (
      "trace: within a trace there is no other one",
      { _ = trace([]) { _ in trace([]) { _ in [] }.run([]) } }
    ),
    (
      "run: traced for [float32[1]] in the modes of then; got [\"float32[2]\"]",
      { _ = trace([.float32([1])]) { $0 }.run([Tensor([1, 2])]) }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `what cannot be traced is named, with its line`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in TraceTrapTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(Self.mistakes[index].message), "\(text)")
    #expect(text.contains("at TraceTrapTests.swift:"), "\(text)")
  }
}

private final class OwnRule: SlotOptimizer {
  override func advance(_ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep) {
    value -= step.gradient * step.learningRate
  }
}
