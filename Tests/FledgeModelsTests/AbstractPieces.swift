import FledgeCore
import FledgeModels
import FledgeNN

/// A layer, loss or model that is built and run once, in whatever scope the caller is.
struct AbstractPiece: Sendable {
  /// What of the library it runs: names of public classes and functions.
  let covers: [String]
  /// The module with the parameters, if there is one, and what came out.
  let run: @Sendable () -> (module: Module?, outputs: [Tensor])

  /// Layers of one input, in training and in evaluation.
  static func layers(
    _ covers: String..., on shape: Shape, _ make: @escaping @Sendable () -> [any Layer]
  ) -> AbstractPiece {
    AbstractPiece(covers: covers) {
      let model = Sequential(make())
      let x = Tensor.normal(shape).requiringGradients()
      let inTraining = model.layers.map { $0(x) }
      model.eval()
      return (model, inTraining + model.layers.map { $0(x) })
    }
  }

  /// A module that is called in another way.
  static func module<M: Module>(
    _ covers: String..., make: @escaping @Sendable () -> M,
    run: @escaping @Sendable (M) -> [Tensor]
  ) -> AbstractPiece {
    AbstractPiece(covers: covers) {
      let model = make()
      return (model, run(model))
    }
  }

  /// Functions, on inputs that require gradients.
  static func functions(
    _ covers: String..., of shapes: [Shape], run: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) -> AbstractPiece {
    AbstractPiece(covers: covers) {
      (nil, run(shapes.map { Tensor.uniform($0, in: 0.1...0.9).requiringGradients() }))
    }
  }
}

private final class Cells: Module {
  let rnn = RNNCell(4, 3, function: .relu)
  let gru = GRUCell(4, 3)
  let lstm = LSTMCell(4, 3, bias: false)
}

private func tokens(_ rows: Int, _ count: Int) -> Tensor {
  Tensor((0..<rows * count).map { $0 % 5 }, shape: [rows, count])
}

private func isKey(_ rows: Int, _ count: Int) -> Tensor {
  Tensor((0..<rows * count).map { $0 % count < count - 1 }, shape: [rows, count])
}

extension AbstractPiece {
  static let layers: [AbstractPiece] = [
    .layers(
      "ReLU", "GELU", "SiLU", "Sigmoid", "Tanh", "Softplus", "LeakyReLU", "ELU", "HardSwish",
      "Mish", "Lambda", "PReLU", "SELU", "HardTanh", "ReLU6", "Softmax", "LogSoftmax", "Identity",
      on: [2, 3]
    ) {
      [
        ReLU(), GELU(), GELU(form: .exact), SiLU(), Sigmoid(), Tanh(), Softplus(), LeakyReLU(),
        ELU(), HardSwish(), Mish(), Lambda { $0.square() }, PReLU(), PReLU(3), SELU(), HardTanh(),
        ReLU6(), Softmax(), LogSoftmax(axis: 0), Identity(),
      ]
    },
    .layers("GLU", on: [2, 3, 4]) { [GLU(), LayerNorm([3, 4]), LayerNorm(4, affine: false)] },
    .layers(
      "Linear", "DenseLinear", "LayerNorm", "RMSNorm", "Dropout", "Flatten", "Residual",
      "Sequential", on: [2, 3, 4]
    ) {
      let checkpointed = Sequential {
        Linear(4, 4)
        Dropout(0.5)
      }
      checkpointed.checkpointSegments = 2
      return [
        Linear(4, 5), Linear(4, 5, bias: false), LayerNorm(4), RMSNorm(4), Dropout(0.3), Flatten(),
        Residual { Linear(4, 4) }, checkpointed,
      ]
    },
    .layers(
      "Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Upsample",
      "BatchNorm", "BatchNorm2d", "GroupNorm", "Dropout2d", "InstanceNorm", "InstanceNorm2d",
      "AdaptiveMaxPool2d", "PixelShuffle", "PixelUnshuffle", on: [2, 4, 6, 6]
    ) {
      [
        InstanceNorm(4), InstanceNorm2d(4, affine: true), AdaptiveMaxPool2d(4), PixelShuffle(2),
        PixelUnshuffle(3), BatchNorm(4, bias: false, keepsMoments: false),
        GroupNorm(groups: 2, 4, bias: false), MaxPool2d(4, ceilMode: true),
        AvgPool2d(4, ceilMode: true), Conv2d(4, 2, kernel: 3, padding: 1, paddingMode: .reflect),
        Upsample(1.5, interpolation: .bicubic, alignCorners: true),
        Conv2d(4, 6, kernel: 3, stride: 2, padding: 1, groups: 2), ConvTranspose2d(4, 2, kernel: 2),
        MaxPool2d(2), AvgPool2d(2), AdaptiveAvgPool2d(4), Upsample(2),
        Upsample(2, interpolation: .bilinear), BatchNorm(4), BatchNorm2d(4),
        GroupNorm(groups: 2, 4), Dropout2d(0.3),
      ]
    },
    .layers(
      "Conv1d", "BatchNorm1d", "ConvTranspose1d", "InstanceNorm1d", "MaxPool1d", "AvgPool1d",
      "AdaptiveAvgPool1d", "AdaptiveMaxPool1d", on: [2, 4, 7]
    ) {
      [
        Conv1d(4, 3, kernel: 3), BatchNorm1d(4), ConvTranspose1d(4, 2, kernel: 3, stride: 2),
        Conv1d(4, 3, kernel: 3, padding: 2, paddingMode: .circular), InstanceNorm1d(4),
        MaxPool1d(2), AvgPool1d(2, ceilMode: true), AdaptiveAvgPool1d(3), AdaptiveMaxPool1d(3),
      ]
    },
    .layers("Conv3d", "ConvTranspose3d", on: [1, 2, 3, 4, 3]) {
      [
        Conv3d(2, 3, kernel: 2, padding: 1), ConvTranspose3d(2, 3, kernel: 2, stride: 2),
        Conv3d(2, 3, kernel: 2, padding: 1, paddingMode: .replicate),
      ]
    },
    // Without a batch axis.
    .layers(on: [4, 6]) {
      [
        Conv1d(4, 3, kernel: 3), MaxPool1d(2), MultiHeadAttention(6, heads: 2),
        LSTM(6, 3, isBidirectional: true),
      ]
    },
    .module(
      "RecurrentCell", "RNNCell", "GRUCell", "LSTMCell", make: { Cells() }
    ) { cells in
      let (x, h) = (Tensor.normal([2, 4]), Tensor.normal([2, 3]))
      let state = cells.lstm(x, state: LSTM.State(h: h, c: h))
      return [
        cells.rnn(x), cells.rnn(x, state: h), cells.gru(x, state: h), state.h, state.c,
        cells.lstm(Tensor.normal([4])).h,
      ]
    },
    .module("Embedding", make: { Embedding(5, 4) }) { [$0(tokens(2, 3))] },
    .layers(
      "FeedForward", "MultiHeadAttention", "TransformerBlock", "LearnedPositions",
      "SinusoidalPositions", on: [2, 3, 8]
    ) {
      [
        FeedForward(8, function: .relu), FeedForward(8), FeedForward(8, function: .exactGELU),
        FeedForward(8, function: .swiGLU), MultiHeadAttention(8, heads: 2),
        MultiHeadAttention(
          8, heads: 4, keyValueHeads: 2, headSize: 6, isCausal: true, dropout: 0.2,
          rotaryBase: 100),
        TransformerBlock(8, heads: 2, isCausal: true, dropout: 0.1),
        TransformerBlock(8, heads: 2, options: TransformerOptions(isNormFirst: false)),
        LearnedPositions(5, 8), SinusoidalPositions(),
      ]
    },
    .module("DecoderBlock", make: { DecoderBlock(8, heads: 2) }) { block in
      [
        block(
          .normal([2, 3, 8]), memory: .normal([2, 5, 8]), keyMask: isKey(2, 3),
          memoryKeyMask: isKey(2, 5))
      ]
    },
    .module(
      "KeyValueCache", make: { MultiHeadAttention(8, heads: 2, isCausal: true, rotaryBase: 100) }
    ) { layer in
      let cache = KeyValueCache(batch: 2, capacity: 8)
      let first = layer(.normal([2, 3, 8]), mask: nil, cache: cache)
      let together = layer(.normal([2, 1, 8]), mask: nil, cache: cache)
      cache.truncate(to: [4, 2])
      let apart = layer(
        .normal([2, 2, 8]), mask: .zeros([2, 6]), keyMask: isKey(2, 6), cache: cache)
      return [first, together, apart]
    },
    .module(
      "LowRankAdapter", "AdaptedLinear",
      make: { () -> Sequential in
        let model = Sequential { Linear(4, 6) }
        model.applyLoRA(rank: 2, alpha: 4, to: [.layer("layers.0")])
        return model
      }
    ) { model in
      let before = model(.normal([3, 4]))
      model.mergeLoRA()
      return [before, model(.normal([3, 4]))]
    },
    .module(
      "RNN", "GRU", "LSTM", "RecurrentLayer", "RecurrentWeights",
      make: {
        Sequential([
          RNN(4, 3, function: .relu), GRU(4, 3, layers: 2, dropout: 0.2),
          LSTM(4, 3, isBidirectional: true), LSTM(4, 3, isBatchFirst: true),
        ])
      }
    ) { model in
      let x = Tensor.normal([5, 2, 4])
      let layers = model.layers
      let lstm = layers[2] as! LSTM
      let state = LSTM.State(h: .normal([2, 2, 3]), c: .normal([2, 2, 3]))
      let read = lstm(x, state: state, lengths: [5, 2])
      let gated = (layers[1] as! GRU)(x, state: nil, lengths: [1, 5])
      return layers.map { $0(x) } + [read.y, read.state.h, read.state.c, gated.y, gated.state]
    },
  ]

  static let losses: [AbstractPiece] = [
    .functions(
      "meanSquaredError", "meanAbsoluteError", "huber", "smoothL1", "binaryCrossEntropy",
      "binaryCrossEntropyWithLogits", "klDivergence", of: [[3, 4], [3, 4]]
    ) { x in
      [
        meanSquaredError(x[0], x[1]), meanAbsoluteError(x[0], x[1], reduction: .sum),
        huber(x[0], x[1], delta: 0.3), smoothL1(x[0], x[1]), binaryCrossEntropy(x[0], x[1]),
        binaryCrossEntropyWithLogits(x[0], x[1], positiveWeight: Tensor(2), reduction: .none),
        klDivergence(x[0].log(), x[1]), klDivergence(x[0].log(), x[1].log(), isLogTarget: true),
      ]
    },
    .functions("crossEntropy", "negativeLogLikelihood", of: [[3, 4, 5]]) { x in
      let targets = tokens(3, 4)
      let weights = Tensor.uniform([5], in: 0.5...1)
      return [
        crossEntropy(x[0], targets), crossEntropy(x[0], targets, ignoreIndex: 2),
        crossEntropy(x[0], targets, ignoreIndex: 2, labelSmoothing: 0.1, reduction: .none),
        crossEntropy(x[0], targets, weights: weights, ignoreIndex: 2, labelSmoothing: 0.1),
        crossEntropy(x[0], probabilities: softmax(x[0]), weights: weights),
        negativeLogLikelihood(logSoftmax(x[0]), targets, weights: weights, ignoreIndex: 1),
      ]
    },
    .functions(
      "cosineSimilarity", "cosineEmbeddingLoss", "tripletMarginLoss", "infoNCE",
      of: [[3, 4], [3, 4], [3, 4]]
    ) { x in
      [
        cosineSimilarity(x[0], x[1]),
        cosineEmbeddingLoss(x[0], x[1], labels: Tensor([1, -1, 1]), margin: 0.1),
        tripletMarginLoss(anchor: x[0], positive: x[1], negative: x[2], p: 1, swap: true),
        infoNCE(x[0], x[1], symmetric: true),
      ]
    },
    .functions(
      "gaussianNegativeLogLikelihood", "poissonNegativeLogLikelihood", "marginRankingLoss",
      "hingeEmbeddingLoss", of: [[3, 4], [3, 4], [3]]
    ) { x in
      [
        gaussianNegativeLogLikelihood(x[0], x[1], variance: x[2], full: true),
        gaussianNegativeLogLikelihood(x[0], x[1], variance: x[1], reduction: .none),
        poissonNegativeLogLikelihood(x[0], x[1], full: true),
        poissonNegativeLogLikelihood(x[0], tokens(3, 4), isLogInput: false, reduction: .sum),
        marginRankingLoss(x[0], x[1], labels: isKey(3, 4).cast(to: .int64), reduction: .none),
        hingeEmbeddingLoss(x[0], labels: x[1] - 0.5),
      ]
    },
    .functions("connectionistTemporalClassification", of: [[6, 3, 5]]) { x in
      let targets = Tensor([1, 2, 2, 3, 0, 0, 4, 4, 1], shape: [3, 3])
      return LossReduction.allCases.map { reduction in
        connectionistTemporalClassification(
          logSoftmax(x[0]), targets, inputLengths: [6, 4, 6], targetLengths: [3, 1, 2],
          zeroInfinity: true, reduction: reduction)
      }
    },
    .functions("swiGLU", of: [[2, 3], [2, 3]]) { x in [swiGLU(x[0], x[1])] },
    AbstractPiece(covers: ["sinusoidalPositions"]) {
      (
        nil,
        [
          sinusoidalPositions(3, channels: 4), sinusoidalPositions(at: tokens(2, 3), channels: 4),
        ]
      )
    },
  ]

  static let models: [AbstractPiece] = [
    .module(
      "GPT",
      make: { () -> GPT in
        let model = GPT(
          GPTConfiguration(
            vocabulary: 5, context: 6, layers: 2, heads: 2, channels: 8, dropout: 0.1,
            tiedHead: false))
        model.checkpointSegments = 2
        return model
      }
    ) { model in
      let cache = model.makeCache(batch: 2)
      return [
        crossEntropy(model(tokens(2, 6)), tokens(2, 6)), model(tokens(2, 4), cache: cache),
        model(tokens(2, 1), cache: cache),
        model(tokens(2, 3), cache: nil, positions: Tensor([0, 2] as [Int])),
      ]
    },
    .module(
      "LSTMLanguageModel",
      make: { LSTMLanguageModel(.init(vocabulary: 5, channels: 3, hidden: 4, layers: 2)) }
    ) { model in
      let (logits, state) = model(tokens(2, 3), state: nil)
      return [logits, model(tokens(2, 3), state: state).logits]
    },
    .module(
      "Seq2SeqTransformer",
      make: {
        Seq2SeqTransformer(
          .init(
            vocabulary: 5, beginToken: 3, endToken: 4, layers: 1, heads: 2, channels: 8,
            dropout: 0.1))
      }
    ) { model in
      let cache = model.makeCache(batch: 2, capacity: 4)
      let memory = model.encode(tokens(2, 3))
      return [
        model(tokens(2, 3), tokens(2, 4), sourceMask: isKey(2, 3)),
        model.decode(tokens(2, 2), memory: memory, cache: cache),
        model.decode(tokens(2, 1), memory: memory, cache: cache),
      ]
    },
    .module(
      "TextClassifier",
      make: { TextClassifier(vocabulary: 5, classes: 3, context: 4, layers: 1, channels: 8) }
    ) { model in [model(tokens(2, 4), mask: isKey(2, 4))] },
    .module(
      "VisionTransformer",
      make: { VisionTransformer(.init(size: 8, layers: 1, heads: 2, channels: 8)) }
    ) { model in [model(.normal([2, 1, 8, 8]))] },
    .module("LeNet", make: { LeNet() }) { model in [model(.normal([2, 1, 28, 28]))] },
    .module("ResNet9", "ConvBN", make: { ResNet9() }) { model in [model(.normal([2, 3, 32, 32]))] },
    .module("MLP", make: { MLP(sizes: [12, 7, 3]) }) { model in [model(.normal([2, 3, 4]))] },
  ]

  static let all = layers + losses + models
}
