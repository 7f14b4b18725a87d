import FledgeCore
import FledgeNN
import Testing

@Suite struct VisionLayerTests {
  @Test func `a convolution starts within 1 / √(inputs · kernel area)`() {
    let layer = Conv2d(4, 50, kernel: Size2d(2, 2), groups: 2)
    let values = layer.weight.array() + layer.bias!.array()
    let bound = 1 / Float(8).squareRoot()
    #expect(values.allSatisfy { abs($0) <= bound })
    #expect(values.contains { abs($0) > 0.97 * bound })
    #expect(layer.weight.shape == [50, 2, 2, 2])
  }

  @Test func `a filter with one weight moves the image`() {
    let layer = Conv2d(1, 1, kernel: 3, padding: .same, bias: false)
    layer.weight = Tensor([[[[0, 0, 0], [1, 0, 0], [0, 0, 0]]]])
    let y = layer(Tensor([[[[1, 2, 3], [4, 5, 6]]]]))
    #expect(y.array() == [0, 1, 2, 0, 4, 5])
  }

  @Test func `batch norm gives mean 0 and variance 1, and follows the moments of the batches`() {
    let layer = BatchNorm1d(1)
    let x = Tensor([[1], [2], [3], [6]])
    let y = layer(x)
    #expect(abs(y.mean().item()) < 1e-6)
    #expect(abs(y.square().mean().item() - 1) < 1e-4)
    // 0.9 · 0 + 0.1 · 3, and 0.9 · 1 + 0.1 · 14/3: the variance by n − 1.
    #expect(abs(layer.runningMean!.item() - 0.3) < 1e-6)
    #expect(abs(layer.runningVariance!.item() - (0.9 + 1.4 / 3)) < 1e-6)
  }

  @Test func `batch norm in evaluation depends on each image alone and leaves its buffers`() {
    let layer = BatchNorm2d(2)
    let x = Tensor.normal([4, 2, 3, 3], using: Generator(seed: 1))
    for _ in 0..<3 { _ = layer(x + 1) }
    layer.eval()
    let mean = layer.runningMean!
    let (all, first) = (layer(x), layer(x[0..<1]))
    #expect(first.isClose(to: all[0..<1], relativeTolerance: 1e-6, absoluteTolerance: 1e-6))
    #expect(layer.runningMean!.isIdentical(to: mean))
    let trained = BatchNorm2d(2)
    let (many, one) = (trained(x), trained(x[0..<1]))
    #expect(!one.isClose(to: many[0..<1], relativeTolerance: 1e-3, absoluteTolerance: 1e-3))
  }

  @Test func `the buffers of batch norm are saved and are not trained`() throws {
    let (layer, other) = (BatchNorm2d(3), BatchNorm2d(3))
    _ = layer(Tensor.normal([2, 3, 4, 4], using: Generator(seed: 2)))
    #expect(layer.namedParameters().map(\.name) == ["weight", "bias"])
    let names = layer.stateDict().map(\.name)
    #expect(names == ["weight", "bias", "runningMean", "runningVariance"])
    try other.load(Dictionary(uniqueKeysWithValues: layer.stateDict().map { ($0.name, $0.value) }))
    #expect(other.runningVariance!.isIdentical(to: layer.runningVariance!))
  }

  @Test func `dropout2d drops whole channels and keeps the mean`() {
    let layer = Dropout2d(0.25)
    let y = withGenerator(Generator(seed: 1)) { layer(Tensor.ones([40, 50, 2, 3])) }
    let planes = y.reshaped([2000, 6]).array()
    var dropped = 0
    for plane in 0..<2000 {
      let values = Set(planes[6 * plane..<6 * plane + 6])
      #expect(values.count == 1)
      if values.first == 0 { dropped += 1 }
    }
    #expect((420...580).contains(dropped))
    #expect(abs(y.max().item() - 4 / 3) < 1e-6)
    layer.eval()
    #expect(layer(y).isIdentical(to: y))
  }

  @Test func `flatten keeps the first axis and joins the others`() {
    #expect(Flatten()(Tensor.zeros([2, 3, 4, 5])).shape == [2, 60])
    #expect(Flatten()(Tensor.zeros([2])).shape == [2, 1])
  }

  @Test func `residual adds its input, lambda applies its function`() {
    let model = Sequential {
      Residual { Lambda("doubled") { $0 * 2 } }
      Lambda { $0.sum(axis: 1) }
    }
    #expect(model(Tensor([[1, 2], [3, 4]])).array() == [9, 21])
    #expect(model.parameters().isEmpty)
  }

  static var summaries: [(layer: any Layer, line: String)] {
    [
      (Conv2d(1, 6, kernel: 5), "Conv2d 1 → 6, 5 × 5"),
      (
        Conv2d(4, 8, kernel: Size2d(3, 1), stride: 2, padding: .same, groups: 2),
        "Conv2d 4 → 8, 3 × 1, stride 2 × 2, padding same, groups 2"
      ),
      (Conv1d(2, 3, kernel: 5, padding: 2, dilation: 2), "Conv1d 2 → 3, 5, padding 2, dilation 2"),
      (
        ConvTranspose2d(3, 2, kernel: 4, stride: 2, padding: 1),
        "ConvTranspose2d 3 → 2, 4 × 4, stride 2 × 2, padding 1 × 1"
      ),
      (MaxPool2d(3, stride: 2), "MaxPool2d 3 × 3, stride 2 × 2"), (AvgPool2d(2), "AvgPool2d 2 × 2"),
      (AdaptiveAvgPool2d(Size2d(3, 2)), "AdaptiveAvgPool2d 3 × 2"),
      (Upsample(2, interpolation: .bilinear), "Upsample 2 × 2, bilinear"),
      (BatchNorm2d(7), "BatchNorm2d 7"), (GroupNorm(groups: 2, 6), "GroupNorm 2 groups of 3"),
      (RMSNorm(5), "RMSNorm 5"), (Dropout2d(0.1), "Dropout2d 0.1"),
      (Lambda("mean") { $0.mean() }, "Lambda mean"),
    ]
  }

  @Test func `summaries name the sizes`() {
    for (layer, line) in Self.summaries {
      let first = layer.summary().split(separator: "\n")[0]
      #expect(first.hasPrefix(line + " "), "\(first)")
    }
  }
}
