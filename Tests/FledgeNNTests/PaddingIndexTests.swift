import FledgeCore
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

@Suite struct PaddingIndexTests {
  @Test func `the padding's row starts at 0 and gets no gradient, the others as ever`() {
    let layer = withGenerator(Generator(seed: 1)) { Embedding(5, 3, paddingIndex: 2) }
    #expect(layer.weight[2].array() == [0, 0, 0])
    #expect(layer.weight[.all, 0].array().filter { $0 == 0 }.count == 1)
    let indices = Tensor([2, 0, 4, 4, 2, 2] as [Int], shape: [2, 3])
    let y = layer(indices)
    #expect(y.shape == [2, 3, 3])
    let plain = layer.weight.take(indices)
    #expect(y.isIdentical(to: plain))
    y.sum().backward()
    #expect(
      layer.$weight.grad!.array() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2])
  }

  @Test(arguments: [DType.int64, .int32, .uint8])
  func `a row that was loaded is looked up, though not trained`(dtype: DType) throws {
    let layer = Embedding(3, 2, paddingIndex: 0)
    try layer.load(["weight": Tensor([[7, 8], [1, 2], [3, 4]])])
    let y = layer(Tensor([0, 2, 0] as [Int]).cast(to: dtype))
    #expect(y.array() == [7, 8, 3, 4, 7, 8])
    y.sum().backward()
    #expect(layer.$weight.grad!.array() == [0, 0, 0, 0, 1, 1])
    #expect(layer.details == "3 × 2, padding 0")
  }

  @Test func `a padding index must be that of a row`() async {
    await #expect(processExitsWith: .success) {
      for index in [-1, 3] {
        let message = TrapCatching.message { _ = Embedding(3, 2, paddingIndex: index) }
        let expected =
          "Embedding: the padding index must be that of a row, in 0 ..< 3, got \(index)"
        if message != expected {
          FileHandle.standardError.write(Data("\(message ?? "accepted")\n".utf8))
          exit(1)
        }
      }
    }
  }
}

@Suite struct FullDropoutTests {
  @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
  func `what drops everything gives zeros and gradients of 0`(dtype: DType) {
    let values = Tensor(
      [1, -2, .infinity, 0, .nan, -.infinity] as [Double], shape: [1, 2, 3], dtype: dtype)
    for layer in [Dropout(1), Dropout2d(1)] as [any Layer] {
      let x = values.requiringGradients()
      let y = layer(x)
      #expect(y.array() == [0, 0, 0, 0, 0, 0] && y.dtype == dtype)
      y.sum().backward()
      #expect(x.grad!.array() == [0, 0, 0, 0, 0, 0])
      layer.eval()
      #expect(layer(x).isIdentical(to: values))
    }
  }
}
