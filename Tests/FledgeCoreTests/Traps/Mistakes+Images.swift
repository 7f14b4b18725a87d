import FledgeCore

extension Mistake {
  static let inImages: [Mistake] = [
    Mistake(
      "conv2d: filters for 3 channels (3 in each of 1 groups), the image has 4: [1, 4, 8, 8] ∗ "
        + "[2, 3, 3, 3]"
    ) {
      _ = conv2d(Tensor.zeros([1, 4, 8, 8]), weight: Tensor.zeros([2, 3, 3, 3]))
    },
    Mistake(
      "conv2d: needs x [N, C, H, W] and weight [M, C/groups, h, w], got [4, 8, 8] and [2, 4, 3, 3]"
    ) {
      _ = conv2d(Tensor.zeros([4, 8, 8]), weight: Tensor.zeros([2, 4, 3, 3]))
    },
    Mistake("conv2d: 3 filters cannot be divided into 2 groups") {
      _ = conv2d(Tensor.zeros([1, 4, 8, 8]), weight: Tensor.zeros([3, 2, 3, 3]), groups: 2)
    },
    Mistake("conv2d: 2 filters need a bias [2], got [3]") {
      _ = conv2d(
        Tensor.zeros([1, 1, 8, 8]), weight: Tensor.zeros([2, 1, 3, 3]), bias: Tensor.zeros([3]))
    },
    Mistake(
      "conv2d: a kernel that spans 5 × 5 does not fit the image of 2 × 8, 4 × 10 with its padding"
    ) {
      _ = conv2d(
        Tensor.zeros([1, 1, 2, 8]), weight: Tensor.zeros([2, 1, 3, 3]), padding: 1, dilation: 2)
    },
    Mistake("conv2d: padding .same keeps the size for a stride of 1 only, got 2 × 2") {
      _ = conv2d(
        Tensor.zeros([1, 1, 8, 8]), weight: Tensor.zeros([2, 1, 3, 3]), stride: 2, padding: .same)
    },
    Mistake("conv2d: the stride must be positive, got 0 × 1") {
      _ = conv2d(
        Tensor.zeros([1, 1, 8, 8]), weight: Tensor.zeros([2, 1, 3, 3]), stride: Size2d(0, 1))
    },
    Mistake(
      "convTranspose2d: filters for 3 channels, the image has 2: [1, 2, 4, 4] and [3, 1, 2, 2]"
    ) {
      _ = convTranspose2d(Tensor.zeros([1, 2, 4, 4]), weight: Tensor.zeros([3, 1, 2, 2]))
    },
    Mistake("convTranspose2d: the output padding must be less than the stride 2 × 2, got 2 × 2") {
      _ = convTranspose2d(
        Tensor.zeros([1, 3, 4, 4]), weight: Tensor.zeros([3, 1, 2, 2]), stride: 2, outputPadding: 2)
    },
    Mistake("maxPool2d: the padding must be at most half of the kernel 2 × 2, got 2 × 2") {
      _ = maxPool2d(Tensor.zeros([1, 1, 8, 8]), kernel: 2, padding: 2)
    },
    Mistake("avgPool2d: needs images [N, C, H, W], got [8, 8]") {
      _ = avgPool2d(Tensor.zeros([8, 8]), kernel: 2)
    },
    Mistake("adaptiveAvgPool2d: the size must be positive, got 0 × 2") {
      _ = adaptiveAvgPool2d(Tensor.zeros([1, 1, 8, 8]), to: Size2d(0, 2))
    },
    Mistake(
      "col2im: needs columns [N, C·4, 9] for windows of 2 × 2 over 4 × 4, got [1, 4, 8]"
    ) {
      _ = col2im(Tensor.zeros([1, 4, 8]), image: 4, kernel: 2)
    },
    Mistake("batchNorm: one element a channel has no variance: [1, 3]") {
      _ = batchNorm(Tensor.zeros([1, 3]))
    },
    Mistake("groupNorm: 4 channels cannot be divided into 3 groups") {
      _ = groupNorm(Tensor.zeros([2, 4, 5]), groups: 3)
    },
    Mistake(
      "rmsNorm: the weight must be float32[4] for an input float32[2, 4], got float32[3]"
    ) {
      _ = rmsNorm(Tensor.zeros([2, 4]), weight: Tensor.ones([3]))
    },
  ]
}
