import Fledge

extension Workload {
  /// One step of training each: forward, backward, optimizer.
  static let training: [Workload] = [
    Workload("tiny-ops", "five operations on 4×4, forward and backward") {
      let (x, w) = (
        Tensor.normal([4, 4]).requiringGradients(), Tensor.normal([4, 4]).requiringGradients()
      )
      let b = Tensor.normal([4]).requiringGradients()
      return {
        for leaf in [x, w, b] { leaf.zeroGrad() }
        (tanh(x.matmul(w) + b) * x).sum().backward()
      }
    },
    tinyMLP.workload, mnistMLP.workload,
    Workload("cnn-mnist", "conv 1→16→32 (3×3), ReLU, pool 2, linear, batch 64, Adam") {
      let model = Sequential {
        Conv2d(1, 16, kernel: 3, padding: 1)
        ReLU()
        MaxPool2d(2)
        Conv2d(16, 32, kernel: 3, padding: 1)
        ReLU()
        MaxPool2d(2)
        Flatten()
        Linear(32 * 7 * 7, 10)
      }
      let optimizer = Adam(model.parameters(), learningRate: 1e-3)
      let x = Tensor.uniform([64, 1, 28, 28])
      let labels = Tensor((0..<64).map { $0 % 10 })
      return {
        optimizer.zeroGrad()
        crossEntropy(model(x), labels).backward()
        optimizer.step()
      }
    },
    Workload(
      "lstm", "LSTM 128 → 256, T 35, batch 20, forward and backward",
      // Forward 4H (I + H) a step and row, twice that backward.
      .operations(3 * 2 * 35 * 20 * 1024 * (128 + 256))
    ) {
      let model = LSTM(128, 256)
      let x = Tensor.normal([35, 20, 128]).requiringGradients()
      return {
        model.zeroGrad()
        x.zeroGrad()
        model(x).sum().backward()
      }
    },
    charGPT.workload,
    gpt(
      "gpt-mid", GPTConfiguration(vocabulary: 256, context: 128, channels: 256, bias: false),
      batch: 8),
    gpt(
      "gpt2-124m",
      GPTConfiguration(vocabulary: 50257, context: 64, layers: 12, heads: 12, channels: 768),
      batch: 4),
  ]

  static func gpt(
    _ name: String, _ c: GPTConfiguration, batch: Int, stepsDuringBackward: Bool = false
  ) -> Workload {
    gptStep(name, c, batch: batch, stepsDuringBackward: stepsDuringBackward).workload
  }

  static func gptStep(
    _ name: String, _ c: GPTConfiguration, batch: Int, stepsDuringBackward: Bool = false
  ) -> StepWorkload {
    StepWorkload(
      name: name,
      about:
        "\(c.layers) layers, \(c.heads) heads, \(c.channels) channels, T \(c.context), batch \(batch)",
      work: .operations(operations(c, batch: batch))
    ) {
      let model = GPT(c)
      let optimizer = AdamW(
        model.parameterGroups(learningRate: 1e-3, decayingMatricesBy: 0.1), beta2: 0.99)
      let count = batch * c.context
      let tokens = Tensor((0...count).map { $0 * 7919 % c.vocabulary })
      let inputs = tokens[0..<count].reshaped([batch, c.context])
      let targets = tokens[1..<count + 1].reshaped([batch, c.context])
      return (
        [inputs, targets],
        { arguments in
          if stepsDuringBackward {
            optimizer.stepDuringBackward(of: crossEntropy(model(arguments[0]), arguments[1]))
            return []
          }
          optimizer.zeroGrad()
          crossEntropy(model(arguments[0]), arguments[1]).backward()
          clipGradientNorm(model.parameters(), maximum: 1)
          optimizer.step()
          return []
        }
      )
    }
  }

  /// Floating-point operations of the matrix products of one step: twice the forward's go backward.
  private static func operations(_ c: GPTConfiguration, batch: Int) -> Double {
    let (t, channels) = (Double(c.context), Double(c.channels))
    let layer = 12 * channels * channels + t * channels  // weights, and q kᵀ and p v under the mask
    return 3 * 2 * Double(batch) * t * (Double(c.layers) * layer + channels * Double(c.vocabulary))
  }
}
