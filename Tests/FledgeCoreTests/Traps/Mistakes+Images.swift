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
      "conv2d: needs x [N, C, H, W] and weight [M, C/groups, h, w], got [8, 8] and [2, 4, 3, 3]"
    ) {
      _ = conv2d(Tensor.zeros([8, 8]), weight: Tensor.zeros([2, 4, 3, 3]))
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
    Mistake("maxPool2d: needs floating-point numbers, got int64[1, 1, 3, 3]; cast first") {
      _ = maxPool2d(Tensor.zeros([1, 1, 3, 3], dtype: .int64), kernel: 2, ceilMode: true)
    },
    Mistake("avgPool1d: needs sequences [N, C, L], got [1, 1, 3, 3]") {
      _ = avgPool1d(Tensor.zeros([1, 1, 3, 3]), kernel: 2)
    },
    Mistake("adaptiveMaxPool2d: the size must be positive, got 1 × 0") {
      _ = adaptiveMaxPool1d(Tensor.zeros([1, 8]), to: 0)
    },
    Mistake(
      "conv3d: filters for 3 channels in each of 1 groups, the volume has 2: [1, 2, 4, 4, 4] ∗ "
        + "[1, 3, 2, 2, 2]"
    ) {
      _ = conv3d(Tensor.zeros([1, 2, 4, 4, 4]), weight: Tensor.zeros([1, 3, 2, 2, 2]))
    },
    Mistake("convTranspose3d: nothing is left of the volume: [1, 1, 1, 4, 4], padding 1 × 0 × 0") {
      _ = convTranspose3d(
        Tensor.zeros([1, 1, 1, 4, 4]), weight: Tensor.zeros([1, 1, 2, 2, 2]),
        padding: Size3d(1, 0, 0))
    },
    Mistake(
      "padded: reflect padding is for fewer elements than the axis has: (before: 3, after: 0) for "
        + "axis 1 of size 3"
    ) {
      _ = Tensor.zeros([2, 3]).padded([(0, 0), (3, 0)], mode: .reflect)
    },
    Mistake("padded: a negative width (before: 0, after: -1) for axis 0") {
      _ = Tensor.zeros([2, 3]).padded([(0, -1), (0, 0)], mode: .circular)
    },
    Mistake("pixelShuffle: needs images [*, C·2², H, W] with a positive factor, got [6, 2, 2]") {
      _ = pixelShuffle(Tensor.zeros([6, 2, 2]), factor: 2)
    },
    Mistake("resized: nearest pixels have no corners to be aligned") {
      _ = resized(Tensor.zeros([1, 1, 2, 2]), to: 4, alignCorners: true)
    },
    Mistake("resized: the size must be positive, got 0 × 2") {
      _ = resized(Tensor.zeros([1, 1, 2, 2]), by: Scale2d(0.4, 1))
    },
    Mistake("instanceNorm: one element a channel has no variance: [2, 3, 1]") {
      _ = instanceNorm(Tensor.zeros([2, 3, 1]))
    },
    Mistake("layerNorm: needs [*] and [3, 4] behind it, got [4, 3]") {
      _ = layerNorm(Tensor.zeros([4, 3]), over: [3, 4])
    },
    Mistake("prelu: needs a weight [1] or one for each channel of [2, 3], got [2]") {
      _ = prelu(Tensor.zeros([2, 3]), weight: Tensor.zeros([2]))
    },
    Mistake("glu: axis 1 of shape [2, 3] does not divide into two halves") {
      _ = glu(Tensor.zeros([2, 3]))
    },
    Mistake("hardTanh: needs lower < upper, got 1.0 and 0.0") {
      _ = hardTanh(Tensor.zeros([2]), min: 1, max: 0)
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
    Mistake("groupNorm: 4 channels need a weight [4], got [2]") {
      _ = groupNorm(Tensor.zeros([2, 4, 5]), groups: 2, weight: Tensor.ones([2]))
    },
    Mistake("groupNorm: 4 channels need a bias [4], got [4, 1]") {
      _ = groupNorm(Tensor.zeros([2, 4, 5]), groups: 2, bias: Tensor.ones([4, 1]))
    },
    Mistake(
      "rmsNorm: the weight must be float32[4] for an input float32[2, 4], got float32[3]"
    ) {
      _ = rmsNorm(Tensor.zeros([2, 4]), weight: Tensor.ones([3]))
    },
  ]
}
