import FledgeCore
import FledgeNN
import Testing

/// What a user reads who gives a layer for sequences the wrong thing. Each runs in a process of its
/// own.
@Suite struct SequenceTrapTests {
  struct Mistake: Sendable {
    let message: String
    let make: @Sendable () -> Void
  }

  static let mistakes: [Mistake] = [
    Mistake(message: "LSTM: needs [T, B, 4], the shape is [5, 2, 3]") {
      _ = LSTM(4, 3)(Tensor.zeros([5, 2, 3]))
    },
    Mistake(message: "GRU: needs [B, T, 4], the shape is [4]") {
      _ = GRU(4, 3, isBatchFirst: true)(Tensor.zeros([4]))
    },
    Mistake(message: "GRUCell: needs [B, 4], the shape is [5, 2, 4]") {
      _ = GRUCell(4, 3)(Tensor.zeros([5, 2, 4]))
    },
    Mistake(message: "RNNCell: a state must be [3], the shape is [1, 3]") {
      _ = RNNCell(4, 3)(Tensor.zeros([4]), state: Tensor.zeros([1, 3]))
    },
    Mistake(message: "RNN: a state must be [4, 2, 3], the shape is [2, 2, 3]") {
      _ = RNN(4, 3, layers: 2, isBidirectional: true)(
        Tensor.zeros([5, 2, 4]), state: Tensor.zeros([2, 2, 3]))
    },
    Mistake(
      message: "LSTM: needs a length in 0…5 for each of the 2 sequences, got [6, 1]"
    ) {
      _ = LSTM(4, 3)(Tensor.zeros([5, 2, 4]), state: nil, lengths: [6, 1])
    },
    Mistake(message: "GRU: sizes must be positive, got 4 → 0 in 1 layers") { _ = GRU(4, 0) },
    Mistake(message: "LSTM: a sequence needs at least one step, the shape is [0, 2, 4]") {
      _ = LSTM(4, 3)(Tensor.zeros([0, 2, 4]))
    },
    Mistake(message: "MultiHeadAttention: 8 channels do not divide into 3 heads") {
      _ = MultiHeadAttention(8, heads: 3)
    },
    Mistake(
      message: "MultiHeadAttention: 4 query heads do not divide among 3 key and value heads"
    ) {
      _ = MultiHeadAttention(8, heads: 4, keyValueHeads: 3)
    },
    Mistake(message: "MultiHeadAttention: needs a memory [2, S, 8], the shape is [3, 5, 8]") {
      _ = MultiHeadAttention(8, heads: 2)(
        Tensor.zeros([2, 4, 8]), memory: Tensor.zeros([3, 5, 8]), mask: nil)
    },
    Mistake(message: "MultiHeadAttention: needs a key mask bool[2, 4], got float32[2, 4]") {
      _ = MultiHeadAttention(8, heads: 2)(
        Tensor.zeros([2, 4, 8]), mask: nil, keyMask: Tensor.ones([2, 4]))
    },
    Mistake(message: "LearnedPositions: needs [B, T, 4] with T ≤ 3, the shape is [1, 5, 4]") {
      _ = LearnedPositions(3, 4)(Tensor.zeros([1, 5, 4]))
    },
    Mistake(message: "sinusoidalPositions: needs an even number of channels, got 5") {
      _ = sinusoidalPositions(3, channels: 5)
    },
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in SequenceTrapTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let first = text.split(separator: "\n").first.map(String.init)
    #expect(first == "Fledge: \(Self.mistakes[index].message)")
  }
}
