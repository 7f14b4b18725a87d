import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

/// Further layers and operations on images against PyTorch: outputs and all gradients.
@Suite struct FurtherLayerGoldenTests {
  private static let file = "further_layers"

  static let layers: [String: @Sendable () -> any Layer & Module] = [
    "prelu.layer": { PReLU(3) },
    "softmax": { Softmax(axis: 1) },
    "logSoftmax": { LogSoftmax() },
    "instanceNorm1d": { InstanceNorm1d(3, affine: true) },
    "instanceNorm1d.single": { InstanceNorm1d(3) },
    "instanceNorm2d": { InstanceNorm2d(3) },
    "instanceNorm2d.single": { InstanceNorm2d(3, epsilon: 1e-3, affine: true) },
    "instanceNorm2d.noBias": { InstanceNorm2d(3, affine: true, bias: false) },
    "layerNorm.axes": { LayerNorm([3, 4]) },
    "layerNorm.axesNoBias": { LayerNorm([5, 3, 4], bias: false) },
    "layerNorm.plain": { LayerNorm(4, affine: false) },
    "layerNorm.axesPlain": { LayerNorm([3, 4], affine: false) },
    "groupNorm.noBias": { GroupNorm(groups: 2, 6, bias: false) },
    "groupNorm.plain": { GroupNorm(groups: 3, 6, affine: false) },
    "batchNorm2d.noBias": { BatchNorm2d(3, bias: false) },
    "batchNorm2d.noBiasEval": { evaluating(BatchNorm2d(3, bias: false)) },
    "batchNorm1d.batch": { BatchNorm1d(3, keepsMoments: false) },
    "batchNorm2d.batchEval": { evaluating(BatchNorm2d(3, keepsMoments: false)) },
    "conv1d.single": { Conv1d(3, 4, kernel: 3, padding: 1) },
    "conv2d.single": { Conv2d(2, 3, kernel: 3, stride: 2) },
    "convTranspose2d.single": { ConvTranspose2d(2, 3, kernel: 2, stride: 2) },
    "convTranspose1d": { ConvTranspose1d(3, 2, kernel: 3) },
    "convTranspose1d.stride": {
      ConvTranspose1d(
        4, 6, kernel: 3, stride: 3, padding: 1, outputPadding: 2, dilation: 2, groups: 2)
    },
    "convTranspose1d.single": { ConvTranspose1d(3, 2, kernel: 2, bias: false) },
    "conv3d": { Conv3d(2, 3, kernel: 2) },
    "conv3d.stride": {
      Conv3d(
        4, 6, kernel: Size3d(3, 2, 1), stride: Size3d(2, 1, 3), padding: Size3d(2, 1, 0),
        dilation: Size3d(2, 1, 1), groups: 2)
    },
    "conv3d.single": { Conv3d(2, 3, kernel: 2, bias: false) },
    "convTranspose3d": { ConvTranspose3d(2, 3, kernel: 2) },
    "convTranspose3d.stride": {
      ConvTranspose3d(
        4, 6, kernel: Size3d(3, 2, 1), stride: Size3d(2, 1, 3), padding: Size3d(1, 1, 0),
        outputPadding: Size3d(1, 0, 2), dilation: Size3d(2, 1, 1), groups: 2)
    },
    "convTranspose3d.single": { ConvTranspose3d(2, 1, kernel: 2, bias: false) },
    "multiHead.single": { MultiHeadAttention(8, heads: 4) },
  ]

  static let modes: [PaddingMode] = [.reflect, .replicate, .circular]

  private static func evaluating<L: Layer>(_ layer: L) -> L {
    layer.eval()
    return layer
  }

  @Test("Layers equal PyTorch's, with all gradients", arguments: layers.keys)
  func layer(name: String) throws {
    let layer = Self.layers[name]!()
    try checkModule(layer, name, in: Self.file) { layer($0) }
  }

  @Test("Convolutions with every kind of padding equal PyTorch's", arguments: modes)
  func paddingModes(mode: PaddingMode) throws {
    let sequences = Conv1d(2, 3, kernel: 4, stride: 2, padding: 3, paddingMode: mode)
    try checkModule(sequences, "conv1d.\(mode)", in: Self.file) { sequences($0) }
    let images = Conv2d(
      2, 3, kernel: Size2d(2, 3), padding: .same, dilation: Size2d(3, 1), paddingMode: mode)
    try checkModule(images, "conv2d.\(mode)", in: Self.file) { images($0) }
    let volumes = Conv3d(1, 2, kernel: 2, padding: Size3d(1, 0, 1), paddingMode: mode)
    try checkModule(volumes, "conv3d.\(mode)", in: Self.file) { volumes($0) }
    try GoldenFile(Self.file).check("padded.\(mode)") {
      [$0[0].padded([(0, 0), (0, 0), (0, 3), (2, 1)], mode: mode)]
    }
  }

  @Test func `the running moments of a batch norm without bias equal PyTorch's`() throws {
    let golden = try GoldenFile(Self.file)
    let name = "batchNorm2d.noBias"
    let layer = BatchNorm2d(3, bias: false)
    try layer.load(golden.tensors(under: "\(name)/parameters"))
    _ = layer(try golden["\(name)/x0"])
    for (key, moments) in [
      ("runningMean", layer.runningMean), ("runningVariance", layer.runningVariance),
    ] {
      let problem = difference(moments!, try golden["\(name)/after/\(key)"], 1e-5, 1e-6)
      #expect(problem == nil, "\(key): \(problem ?? "")")
    }
  }

  static let activations: [String: @Sendable (Tensor) -> Tensor] = [
    "hardTanh": { hardTanh($0) },
    "hardTanh.bounds": { hardTanh($0, min: -0.5, max: 3) },
    "relu6": { relu6($0) },
    "selu": { selu($0) },
    "glu": { glu($0) },
    "glu.axis": { GLU(axis: 1)($0) },
  ]

  static let pooling: [String: @Sendable (Tensor) -> Tensor] = [
    "maxPool2d.ceil": { maxPool2d($0, kernel: 2, ceilMode: true) },
    "maxPool2d.ceilPadded": {
      MaxPool2d(3, stride: 2, padding: 1, ceilMode: true)($0)
    },
    "maxPool2d.ceilLong": { maxPool2d($0, kernel: 2, stride: 3, padding: 1, ceilMode: true) },
    "maxPool2d.ceilDilated": {
      maxPool2d(
        $0, kernel: Size2d(3, 2), stride: Size2d(2, 3), padding: .zeros(Size2d(1, 0)),
        dilation: Size2d(1, 2), ceilMode: true)
    },
    "maxPool2d.ceilSmall": { maxPool2d($0, kernel: 3, stride: 2, ceilMode: true) },
    "maxPool2d.single": { maxPool2d($0, kernel: 2) },
    "avgPool2d.ceil": { avgPool2d($0, kernel: 2, ceilMode: true) },
    "avgPool2d.ceilPadded": { AvgPool2d(3, stride: 2, padding: 1, ceilMode: true)($0) },
    "avgPool2d.ceilInside": {
      avgPool2d(
        $0, kernel: Size2d(3, 2), stride: Size2d(2, 3), padding: 1, countsPadding: false,
        ceilMode: true)
    },
    "avgPool2d.single": { avgPool2d($0, kernel: 2, ceilMode: true) },
    "maxPool1d": { MaxPool1d(3, stride: 2, padding: 1)($0) },
    "maxPool1d.ceil": { maxPool1d($0, kernel: 2, stride: 2, dilation: 2, ceilMode: true) },
    "maxPool1d.single": { maxPool1d($0, kernel: 2) },
    "avgPool1d": { AvgPool1d(3, stride: 2, padding: 1)($0) },
    "avgPool1d.ceil": {
      avgPool1d($0, kernel: 3, stride: 2, padding: 1, countsPadding: false, ceilMode: true)
    },
    "adaptiveAvgPool1d": { AdaptiveAvgPool1d(3)($0) },
    "adaptiveAvgPool2d.single": { adaptiveAvgPool2d($0, to: Size2d(3, 2)) },
    "adaptiveMaxPool1d": { AdaptiveMaxPool1d(3)($0) },
    "adaptiveMaxPool2d": { AdaptiveMaxPool2d(Size2d(3, 2))($0) },
    "adaptiveMaxPool2d.larger": { adaptiveMaxPool2d($0, to: Size2d(5, 7)) },
    "adaptiveMaxPool2d.ties": { adaptiveMaxPool2d($0, to: Size2d(2, 3)) },
    "adaptiveMaxPool2d.single": { adaptiveMaxPool2d($0, to: 2) },
  ]

  static let images: [String: @Sendable (Tensor) -> Tensor] = [
    "pixelShuffle": { PixelShuffle(2)($0) },
    "pixelShuffle.single": { pixelShuffle($0, factor: 3) },
    "pixelUnshuffle": { PixelUnshuffle(2)($0) },
    "pixelUnshuffle.axes": { pixelUnshuffle($0, factor: 3) },
    "resized.bicubic": { resized($0, to: Size2d(7, 3), interpolation: .bicubic) },
    "resized.bicubicLarge": { resized($0, to: Size2d(8, 9), interpolation: .bicubic) },
    "resized.bicubicOne": { resized($0, to: Size2d(3, 1), interpolation: .bicubic) },
    "resized.corners": {
      resized($0, to: Size2d(7, 3), interpolation: .bilinear, alignCorners: true)
    },
    "resized.cornersOne": {
      resized($0, to: Size2d(1, 8), interpolation: .bilinear, alignCorners: true)
    },
    "resized.cornersBicubic": {
      resized($0, to: Size2d(7, 3), interpolation: .bicubic, alignCorners: true)
    },
    "resized.byNearest": { resized($0, by: Scale2d(1.5, 0.7)) },
    "resized.byBilinear": { resized($0, by: Scale2d(1.6, 0.7), interpolation: .bilinear) },
    "resized.byBicubic": { resized($0, by: Scale2d(1.6, 0.7), interpolation: .bicubic) },
    "resized.bySame": { resized($0, by: Scale2d(1.2, 1.9), interpolation: .bilinear) },
    "resized.byCorners": {
      Upsample(Scale2d(1.6, 2), interpolation: .bilinear, alignCorners: true)($0)
    },
  ]

  static let functions = activations.merging(pooling) { a, _ in a }.merging(images) { a, _ in a }

  @Test("Functions equal PyTorch's, with their gradients", arguments: functions.keys)
  func function(name: String) throws {
    try GoldenFile(Self.file).check(name, relativeTolerance: 5e-5, absoluteTolerance: 5e-6) {
      [Self.functions[name]!($0[0])]
    }
  }

  static let several: [String: @Sendable ([Tensor]) -> Tensor] = [
    "prelu": { prelu($0[0], weight: $0[1]) },
    "prelu.channels": { prelu($0[0], weight: $0[1]) },
    "attention.single": { attention($0[0], $0[1], $0[2]) },
  ]

  @Test("Functions of several inputs equal PyTorch's, too", arguments: several.keys)
  func functionOfSeveral(name: String) throws {
    try GoldenFile(Self.file).check(name) { [Self.several[name]!($0)] }
  }

  // MARK: Cells, and sequences without a batch axis

  static let cells = ["rnnCell", "lstmCell", "gruCell"].flatMap { cell in
    ["", ".state", ".single"].map { cell + $0 }
  }

  @Test("Recurrent cells equal PyTorch's, with all gradients", arguments: cells + ["rnnCell.relu"])
  func cell(name: String) throws {
    let bias = !name.hasSuffix("single")
    switch String(name.prefix { $0 != "." }) {
    case "lstmCell":
      let cell = LSTMCell(4, 3, bias: bias)
      try checkModule(cell, name, in: Self.file) { x in
        let state = cell(x[0], state: x.count > 1 ? LSTM.State(h: x[1], c: x[2]) : nil)
        return [state.h, state.c]
      }
    case "gruCell":
      let cell = GRUCell(4, 3, bias: bias)
      try checkModule(cell, name, in: Self.file) { [cell($0[0], state: $0.count > 1 ? $0[1] : nil)] }
    default:
      let cell = RNNCell(4, 3, function: name == "rnnCell.relu" ? .relu : .tanh, bias: bias)
      try checkModule(cell, name, in: Self.file) { [cell($0[0], state: $0.count > 1 ? $0[1] : nil)] }
    }
  }

  @Test func `a single sequence equals PyTorch's in every recurrent layer`() throws {
    let lstm = LSTM(4, 3, layers: 2, isBidirectional: true)
    try checkModule(lstm, "lstm.single", in: Self.file) { x in
      let result = lstm(x[0], state: LSTM.State(h: x[1], c: x[2]))
      return [result.y, result.state.h, result.state.c]
    }
    let gru = GRU(4, 3, layers: 2, isBidirectional: true)
    try checkModule(gru, "gru.single", in: Self.file) { x in
      let result = gru(x[0], state: x[1])
      return [result.y, result.state]
    }
    let rnn = RNN(4, 3, layers: 2, isBidirectional: true)
    try checkModule(rnn, "rnn.single", in: Self.file) { x in
      let result = rnn(x[0], state: x[1])
      return [result.y, result.state]
    }
  }

  @Test func `attention to a single memory equals PyTorch's`() throws {
    let layer = MultiHeadAttention(8, heads: 4)
    try checkModule(layer, "multiHead.singleMasked", in: Self.file) { x in
      let isKey = Tensor([true, true, false, true, false])
      return [layer(x[0], memory: x[1], mask: nil, keyMask: isKey)]
    }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    var names = Set(Self.layers.keys).union(Self.functions.keys).union(Self.several.keys)
    names.formUnion(Self.cells)
    names.formUnion([
      "rnnCell.relu", "lstm.single", "gru.single", "rnn.single", "multiHead.singleMasked",
    ])
    for mode in Self.modes {
      names.formUnion(["conv1d", "conv2d", "conv3d", "padded"].map { "\($0).\(mode)" })
    }
    #expect(Set(try GoldenFile(Self.file).cases) == names)
  }
}
