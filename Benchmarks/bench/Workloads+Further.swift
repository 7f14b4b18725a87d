import Fledge

extension Workload {
  /// Measured where they are named: no other framework has the same work under these names.
  static let further: [Workload] = optimizers + halves + [resNet9, thriftyGPT2] + compiled

  /// `train-resnet`'s step.
  private static let resNet9 = Workload("resnet9", "ResNet9, 128 images of 32×32, Adam") {
    let model = ResNet9()
    let x = Tensor.uniform([128, 3, 32, 32])
    let labels = Tensor((0..<128).map { $0 % 10 })
    return step(model, Adam(model.parameters(), learningRate: 1e-3), .float32) {
      crossEntropy(model(x), labels)
    }
  }

  /// `gpt2-124m` with the least memory: each gradient is used up before the next is there. Its norm
  /// cannot be clipped, then.
  private static let thriftyGPT2 = gpt(
    "gpt2-124m-thrifty",
    GPTConfiguration(vocabulary: 50257, context: 64, layers: 12, heads: 12, channels: 768),
    batch: 4, stepsDuringBackward: true)

  /// One step over a matrix of 2²⁰ numbers.
  private static let optimizers: [Workload] = [
    optimizer("sgd") { SGD($0, learningRate: 1e-6, momentum: 0.9) },
    optimizer("adam") { Adam($0, learningRate: 1e-6) },
    optimizer("adamw") { AdamW($0, learningRate: 1e-6) },
    optimizer("rmsprop") { RMSprop($0, learningRate: 1e-6) },
    optimizer("adagrad") { Adagrad($0, learningRate: 1e-6) },
    optimizer("adadelta") { Adadelta($0, learningRate: 1e-6) },
    optimizer("nadam") { NAdam($0, learningRate: 1e-6) },
    optimizer("lion") { Lion($0, learningRate: 1e-6) },
    optimizer("lars") { LARS($0, learningRate: 1e-6) },
    optimizer("lamb") { LAMB($0, learningRate: 1e-6) },
    optimizer("muon") { Muon([ParameterGroup($0, learningRate: 1e-6)]) },
  ]

  private static func optimizer(
    _ name: String, _ make: @escaping @Sendable ([AnyParameter]) -> Optimizer
  ) -> Workload {
    Workload("optimizer-\(name)", "a step over 2²⁰ parameters") {
      let parameter = Parameter(wrappedValue: Tensor.normal([1024, 1024]))
      parameter.grad = .normal([1024, 1024])
      let optimizer = make([parameter])
      return { optimizer.step() }
    }
  }

  /// The same work in float32 and under autocast, where halves are computed in float32 and rounded.
  private static let halves: [Workload] = [DType.float32, .bfloat16, .float16].flatMap { dtype in
    let name = "\(dtype)"
    return [
      Workload(
        "half-product-\(name)", "[512, 512] × [512, 512] in \(name)",
        .operations(2 * 512 * 512 * 512)
      ) {
        let (a, b) = (Tensor.normal([512, 512]), Tensor.normal([512, 512]))
        let (x, y) = (a.cast(to: dtype), b.cast(to: dtype))
        return { blackHole(x.matmul(y)) }
      },
      Workload("half-mlp-\(name)", "mlp-mnist, a step in \(name)") {
        let model = MLP(sizes: [784, 256, 128, 10])
        let x = Tensor.uniform([64, 784])
        let labels = Tensor((0..<64).map { $0 % 10 })
        return step(model, Adam(model.parameters(), learningRate: 1e-3), dtype) {
          crossEntropy(model(x), labels)
        }
      },
      Workload("half-gpt-\(name)", "gpt-char, a step in \(name)") {
        let model = GPT(GPTConfiguration(vocabulary: 65, context: 64, bias: false))
        let tokens = Tensor((0...768).map { $0 * 7919 % 65 })
        let inputs = tokens[0..<768].reshaped([12, 64])
        let targets = tokens[1..<769].reshaped([12, 64])
        return step(model, AdamW(model.parameters(), learningRate: 1e-3), dtype) {
          crossEntropy(model(inputs), targets)
        }
      },
    ]
  }

  private static func step(
    _ model: Module, _ optimizer: Optimizer, _ dtype: DType, _ loss: @escaping () -> Tensor
  ) -> () -> Void {
    let rule: any StepRule = dtype == .float32 ? PlainStep() : MixedPrecision(dtype)
    return {
      optimizer.zeroGrad()
      // Neither throws on its own.
      try! rule.backward(rule.forward(loss)) { $0.backward() }
      try! rule.unscale(optimizer, SingleProcess())
      rule.update(optimizer)
    }
  }
}
