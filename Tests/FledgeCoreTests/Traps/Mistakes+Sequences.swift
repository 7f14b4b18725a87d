import FledgeCore

extension Mistake {
  static let inSequences: [Mistake] = [
    Mistake(
      "lstm: needs z [T, B, 4H] with T > 0 and weights [4H, H], got [5, 2, 12] and [12, 4]"
    ) {
      _ = lstm(Tensor.zeros([5, 2, 12]), weight: Tensor.zeros([12, 4]))
    },
    Mistake("gru: a state must be float32[2, 3], got float32[3, 2]") {
      _ = gru(
        Tensor.zeros([5, 2, 9]), weight: Tensor.zeros([9, 3]), state: Tensor.zeros([3, 2]))
    },
    Mistake("rnn: the bias must be [3], the shape is [4]") {
      _ = rnn(Tensor.zeros([5, 2, 3]), weight: Tensor.zeros([3, 3]), bias: Tensor.zeros([4]))
    },
    Mistake("lstm: lengths must be int64[2], got int64[3]") {
      _ = lstm(
        Tensor.zeros([5, 2, 8]), weight: Tensor.zeros([8, 2]), lengths: Tensor([1, 2, 3] as [Int]))
    },
    Mistake("rotary: needs [b…, T, D] with an even D, the shape is [4, 3]") {
      _ = rotary(Tensor.zeros([4, 3]))
    },
    Mistake("rotary: needs [b…, T, D], the shape is [4]") { _ = rotary(Tensor.zeros([4])) },
    Mistake("elu: α cannot be negative, got -1.0") { _ = elu(Tensor.zeros([4]), alpha: -1) },
    Mistake("softmax: needs floating-point numbers, got int64[2]; cast first") {
      _ = softmax(Tensor([1, 2] as [Int]))
    },
  ]
}
