import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

/// Layers and functions of images against PyTorch: outputs and all gradients.
@Suite struct VisionGoldenTests {
  static let layers: [String: @Sendable () -> any Layer & Module] = [
    "conv1d": { Conv1d(3, 4, kernel: 3, stride: 2, padding: 1) },
    "conv1d.same": { Conv1d(4, 4, kernel: 2, padding: .same, dilation: 3, groups: 2) },
    "conv2d": { Conv2d(2, 3, kernel: 3) },
    "conv2d.stride": {
      Conv2d(3, 4, kernel: Size2d(3, 2), stride: Size2d(2, 3), padding: .zeros(Size2d(1, 2)))
    },
    "conv2d.same": { Conv2d(2, 3, kernel: Size2d(2, 3), padding: .same, dilation: 2) },
    "conv2d.groups": { Conv2d(4, 6, kernel: 3, padding: 1, groups: 2, bias: false) },
    "conv2d.depthwise": { Conv2d(4, 4, kernel: 3, padding: 1, groups: 4) },
    "conv2d.wide": { Conv2d(2, 7, kernel: 3, padding: 1) },
    "conv2d.point": { Conv2d(5, 3, kernel: 1, stride: 2) },
    "convTranspose2d": { ConvTranspose2d(3, 2, kernel: 3) },
    "convTranspose2d.stride": {
      ConvTranspose2d(
        3, 4, kernel: Size2d(3, 2), stride: Size2d(2, 3), padding: 1, outputPadding: Size2d(1, 2))
    },
    "convTranspose2d.groups": {
      ConvTranspose2d(4, 6, kernel: 2, stride: 2, dilation: 3, groups: 2, bias: false)
    },
    "batchNorm1d": { BatchNorm1d(3) },
    "batchNorm1d.sequence": { BatchNorm1d(3, momentum: 0.3, epsilon: 1e-3) },
    "batchNorm2d": { BatchNorm2d(3) },
    "batchNorm2d.plain": { BatchNorm2d(2, affine: false) },
    "batchNorm2d.eval": {
      let layer = BatchNorm2d(3)
      layer.eval()
      return layer
    },
    "groupNorm": { GroupNorm(groups: 2, 6) },
    "rmsNorm": { RMSNorm(7, epsilon: 1e-5) },
    "residual": {
      Residual {
        Conv2d(2, 2, kernel: 3, padding: 1)
        Tanh()
      }
    },
  ]

  @Test("Layers equal PyTorch's, with all gradients", arguments: layers.keys)
  func layer(name: String) throws {
    let layer = Self.layers[name]!()
    try checkModule(layer, name, in: "vision") { layer($0) }
  }

  @Test(
    "The running moments after one batch equal PyTorch's",
    arguments: layers.keys.filter { $0.hasPrefix("batchNorm") })
  func runningMoments(name: String) throws {
    let golden = try GoldenFile("vision")
    let layer = Self.layers[name]!()
    try layer.load(golden.tensors(under: "\(name)/parameters"))
    _ = layer(try golden["\(name)/x0"])
    let state = Dictionary(uniqueKeysWithValues: layer.stateDict().map { ($0.name, $0.value) })
    for key in ["runningMean", "runningVariance"] {
      let problem = difference(state[key]!, try golden["\(name)/after/\(key)"], 1e-5, 1e-6)
      #expect(problem == nil, "\(key): \(problem ?? "")")
    }
  }

  static let functions: [String: @Sendable (Tensor) -> Tensor] = [
    "maxPool2d": { maxPool2d($0, kernel: 2) },
    "maxPool2d.overlapping": { maxPool2d($0, kernel: 3, stride: 2, padding: 1) },
    "maxPool2d.dilated": {
      maxPool2d(
        $0, kernel: Size2d(2, 3), stride: 1, padding: .zeros(Size2d(0, 1)), dilation: Size2d(3, 2))
    },
    "maxPool2d.ties": { maxPool2d($0, kernel: 2) },
    "avgPool2d": { avgPool2d($0, kernel: 2) },
    "avgPool2d.padded": { avgPool2d($0, kernel: Size2d(3, 2), stride: 2, padding: 1) },
    "avgPool2d.inside": {
      avgPool2d($0, kernel: Size2d(3, 2), stride: 2, padding: 1, countsPadding: false)
    },
    "adaptiveAvgPool2d": { adaptiveAvgPool2d($0, to: Size2d(3, 2)) },
    "adaptiveAvgPool2d.one": { AdaptiveAvgPool2d(1)($0) },
    "adaptiveAvgPool2d.larger": { adaptiveAvgPool2d($0, to: Size2d(5, 7)) },
    "resized.nearest": { resized($0, to: Size2d(7, 3)) },
    "resized.bilinear": { resized($0, to: Size2d(7, 3), interpolation: .bilinear) },
    "upsample.nearest": { Upsample(Size2d(2, 3))($0) },
    "upsample.bilinear": { Upsample(2, interpolation: .bilinear)($0) },
    "im2col": {
      im2col(
        $0, kernel: Size2d(3, 2), stride: Size2d(2, 1), padding: .zeros(Size2d(1, 0)),
        dilation: Size2d(1, 2))
    },
    "col2im": {
      col2im(
        $0, image: Size2d(5, 6), kernel: Size2d(3, 2), stride: Size2d(2, 1),
        padding: .zeros(Size2d(1, 0)), dilation: Size2d(1, 2))
    },
  ]

  @Test("Functions equal PyTorch's, with their gradients", arguments: functions.keys)
  func function(name: String) throws {
    try GoldenFile("vision").check(name) { [Self.functions[name]!($0[0])] }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    #expect(
      Set(try GoldenFile("vision").cases) == Set(Self.layers.keys).union(Self.functions.keys))
  }
}
