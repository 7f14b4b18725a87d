import FledgeCore
import FledgeData
import FledgeTestSupport
import Foundation
import Testing

@Suite struct TensorDatasetTests {
  @Test func `an example is a row of each tensor`() {
    let x = Tensor.arange(20).reshaped([10, 2])
    let y = Tensor.arange(10).cast(to: .float32)
    let dataset = TensorDataset(x, y)
    #expect(dataset.count == 10)
    let batch = dataset.batch(indices: [3, 0, 3])
    #expect(batch[0].shape == [3, 2] && batch[0].array(of: Int.self) == [6, 7, 0, 1, 6, 7])
    #expect(batch[1].shape == [3] && batch[1].array() == [3, 0, 3])
    #expect(batch[0].dtype == .int64 && batch[1].dtype == .float32)
  }

  @Test func `a loader shuffles rows together, and every row comes once`() {
    let x = Tensor.arange(30).reshaped([10, 3])
    let loader = DataLoader(
      TensorDataset(x, Tensor.arange(10)), batchSize: 4, seed: 1, workers: 2)
    var seen: [Int] = []
    for batch in loader {
      let (rows, numbers) = (batch[0].array(of: Int.self), batch[1].array(of: Int.self))
      let expected = numbers.flatMap { Array(3 * $0..<3 * $0 + 3) }
      #expect(rows == expected)
      seen += numbers
    }
    #expect(seen.sorted() == Array(0..<10) && seen != Array(0..<10))
  }

  @Test func `other kinds of elements and shapes, views and tensors of a graph are examples, too`()
  {
    let mask = Tensor([true, false, true])
    let view = Tensor.arange(6).reshaped([2, 3]).transposed()
    let leaf = Tensor([1, 2, 3]).requiringGradients() * 2
    let batch = TensorDataset([mask, view, leaf, Tensor.zeros([3, 0])]).batch(indices: [2, 1])
    #expect(batch[0].array(of: Bool.self) == [true, false])
    #expect(batch[1].array(of: Int.self) == [2, 5, 1, 4])
    #expect(batch[2].array() == [6, 4] && !batch[2].requiresGradients)
    #expect(batch[3].shape == [2, 0])
  }

  @Test func `tensors that do not fit together are refused`() async {
    await #expect(processExitsWith: .success) {
      let rule =
        "TensorDataset: needs tensors with first axes of one size, an example a row, the shapes are "
      let mistakes: [(String, @Sendable () -> Void)] = [
        ("[3, 2], [2]", { _ = TensorDataset(Tensor.zeros([3, 2]), Tensor.zeros([2])) }),
        ("[3], []", { _ = TensorDataset(Tensor.zeros([3]), Tensor.zeros([])) }),
        ("[]", { _ = TensorDataset(Tensor.zeros([])) }),
        ("", { _ = TensorDataset([Tensor]()) }),
      ]
      for (shapes, make) in mistakes where TrapCatching.message(of: make) != rule + shapes {
        FileHandle.standardError.write(Data("not refused: \(shapes)\n".utf8))
        exit(1)
      }
    }
  }
}
