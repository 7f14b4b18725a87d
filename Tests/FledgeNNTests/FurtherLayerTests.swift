import FledgeCore
import FledgeNN
import Testing

/// What the further layers do that a comparison with PyTorch does not show.
@Suite struct FurtherLayerTests {
  @Test func `a cell called step by step computes what the layer does`() throws {
    let x = Tensor.normal([5, 2, 4], using: Generator(seed: 1))
    let (lstm, lstmCell) = (LSTM(4, 3), LSTMCell(4, 3))
    let (gru, gruCell) = (GRU(4, 3), GRUCell(4, 3))
    for (layer, cell) in [(lstm, lstmCell), (gru, gruCell)] as [(RecurrentLayer, RecurrentCell)] {
      var state: [String: Tensor] = [:]
      for (name, value) in layer.stateDict() {
        state[String(name.dropFirst("forward.0.".count))] = value
      }
      try cell.load(state)
    }
    var (state, h): (LSTM.State?, Tensor?) = (nil, nil)
    for t in 0..<5 {
      state = lstmCell(x[t], state: state)
      h = gruCell(x[t], state: h)
    }
    let (long, gated) = (lstm(x, state: nil), gru(x, state: nil))
    for (found, expected) in [
      (state!.h, long.state.h[0]), (state!.c, long.state.c[0]), (h!, gated.state[0]),
    ] {
      #expect(found.isClose(to: expected, absoluteTolerance: 1e-6))
    }
  }

  @Test func `the weights of a cell have PyTorch's names at hand`() {
    #expect(
      GRUCell(4, 3).pyTorchNames == [
        "inputWeight": "weight_ih", "recurrentWeight": "weight_hh", "inputBias": "bias_ih",
        "recurrentBias": "bias_hh",
      ])
    let plain = LSTMCell(4, 3, bias: false)
    #expect(Set(plain.pyTorchNames.values) == ["weight_ih", "weight_hh"])
    #expect(plain.stateDict().map { $0.value.shape } == [[12, 4], [12, 3]])
  }

  @Test func `what is not there is not saved either`() {
    func names(_ module: Module) -> [String] { module.stateDict().map(\.name) }
    #expect(names(BatchNorm2d(3, keepsMoments: false)) == ["weight", "bias"])
    #expect(names(BatchNorm2d(3, bias: false)) == ["weight", "runningMean", "runningVariance"])
    #expect(names(LayerNorm(3, affine: false)).isEmpty)
    #expect(names(LayerNorm([3, 4], bias: false)) == ["weight"])
    #expect(names(GroupNorm(groups: 1, 3, bias: false)) == ["weight"])
    #expect(names(InstanceNorm2d(3)).isEmpty)
    #expect(names(PReLU(3)) == ["weight"])
    #expect(names(Identity()).isEmpty)
  }

  @Test func `prelu takes no part of what it does not scale`() {
    for dtype in [DType.float32, .float64, .float16, .bfloat16] {
      func check() {
        let x = Tensor([.infinity, 2, -3], dtype: dtype).requiringGradients()
        let weight = Tensor([0.5], dtype: dtype).requiringGradients()
        let y = prelu(x, weight: weight)
        #expect(y.dtype == dtype && y.array() == [.infinity, 2, -1.5])
        y.backward(gradient: Tensor([1, .infinity, 1], dtype: dtype))
        #expect(weight.grad!.array() == [-3])
        #expect(x.grad!.array() == [1, .infinity, 0.5])
      }
      withBackend(.cpu) { check() }
      withBackend(.reference) { check() }
    }
  }

  @Test func `identity is x itself`() {
    let x = Tensor.normal([2, 3], using: Generator(seed: 1))
    #expect(Identity()(x).isIdentical(to: x))
  }

  @Test func `upsampling takes whole and broken factors`() {
    let x = Tensor.zeros([1, 2, 4, 6])
    #expect(Upsample(2)(x).shape == [1, 2, 8, 12])
    #expect(Upsample(Size2d(1, 3))(x).shape == [1, 2, 4, 18])
    #expect(Upsample(1.5)(x).shape == [1, 2, 6, 9])
    #expect(Upsample(Scale2d(0.5, 2.5), interpolation: .bicubic)(x).shape == [1, 2, 2, 15])
  }

  @Test func `padding in empty and single axes`() {
    #expect(Tensor.zeros([0, 2]).padded([(0, 0), (1, 1)], mode: .reflect).shape == [0, 4])
    let one = Tensor([[7]])
    #expect(one.padded([(0, 2), (1, 0)], mode: .replicate).array() == [7, 7, 7, 7, 7, 7])
    #expect(one.padded([(1, 0), (0, 1)], mode: .circular).array() == [7, 7, 7, 7])
    let bytes = Tensor([UInt8(1), 2, 3])
    let mirrored = bytes.padded([(2, 1)], mode: .reflect)
    #expect(mirrored.dtype == .uint8 && mirrored.array(of: Int.self) == [3, 2, 1, 2, 3, 2])
  }

  static var summaries: [(layer: any Layer, line: String)] {
    [
      (PReLU(3), "PReLU 3"), (HardTanh(min: 0), "HardTanh 0.0…1.0"),
      (LayerNorm([3, 4]), "LayerNorm 3 × 4"), (LayerNorm(5), "LayerNorm 5"),
      (InstanceNorm2d(3), "InstanceNorm2d 3"), (MaxPool1d(3, stride: 2), "MaxPool1d 3, stride 2"),
      (AvgPool1d(2), "AvgPool1d 2"), (AdaptiveMaxPool2d(Size2d(3, 2)), "AdaptiveMaxPool2d 3 × 2"),
      (PixelShuffle(2), "PixelShuffle 2"),
      (Upsample(1.5, interpolation: .bicubic), "Upsample 1.5 × 1.5, bicubic"),
      (
        Conv2d(1, 2, kernel: 3, padding: 1, paddingMode: .reflect),
        "Conv2d 1 → 2, 3 × 3, padding 1 × 1, padding mode reflect"
      ),
      (Conv3d(2, 4, kernel: 3, stride: 2), "Conv3d 2 → 4, 3 × 3 × 3, stride 2 × 2 × 2"),
      (ConvTranspose1d(4, 2, kernel: 3), "ConvTranspose1d 4 → 2, 3"),
      (ConvTranspose3d(4, 2, kernel: 2), "ConvTranspose3d 4 → 2, 2 × 2 × 2"),
    ]
  }

  @Test func `summaries name the sizes`() {
    for (layer, line) in Self.summaries {
      let first = layer.summary().split(separator: "\n")[0]
      #expect(first.hasPrefix(line + " "), "\(first)")
    }
    #expect(LSTMCell(4, 3).summary().hasPrefix("LSTMCell 4 → 3 "))
  }
}
