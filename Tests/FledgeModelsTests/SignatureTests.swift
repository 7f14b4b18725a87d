import FledgeCore
import FledgeModels
import FledgeNN
import Testing

@Suite struct SignatureTests {
  /// A call from outside and what is wrong with it; nil where nothing is.
  struct Call: Sendable {
    let name: String
    let error: InputError?
    let check: @Sendable () throws -> Void
  }

  private static func gpt() -> GPT {
    GPT(GPTConfiguration(vocabulary: 5, context: 4, layers: 1, heads: 1, channels: 2))
  }
  private static func translator() -> Seq2SeqTransformer {
    Seq2SeqTransformer(
      .init(vocabulary: 5, beginToken: 3, endToken: 4, layers: 1, heads: 1, channels: 2))
  }
  private static func lstm() -> LSTMLanguageModel {
    LSTMLanguageModel(.init(vocabulary: 5, channels: 2, hidden: 3, layers: 2))
  }
  private static func tokens(_ values: [Int], _ rows: Int = 1) -> Tensor {
    Tensor(values, shape: [rows, values.count / rows])
  }

  static let calls: [Call] = [
    Call(name: "tokens that fit", error: nil) { try gpt().checkInputs(tokens([0, 4, 1, 2])) },
    Call(
      name: "a token behind the vocabulary",
      error: .value(input: "tokens", index: 3, allowed: 0...4, found: 5)
    ) { try gpt().checkInputs(tokens([0, 1, 2, 5], 2)) },
    Call(
      name: "a negative token", error: .value(input: "tokens", index: 0, allowed: 0...4, found: -1)
    ) { try gpt().checkInputs(tokens([-1])) },
    Call(
      name: "a text longer than the context",
      error: .shape(input: "tokens", expected: "[B, T ≤ 4]", found: [1, 5])
    ) { try gpt().checkInputs(tokens([0, 1, 2, 3, 4])) },
    Call(
      name: "no token at all",
      error: .shape(input: "tokens", expected: "[B, T ≤ 4]", found: [1, 0])
    ) { try gpt().checkInputs(Tensor.zeros([1, 0], dtype: .int64)) },
    Call(
      name: "no row at all", error: .shape(input: "tokens", expected: "[B, T ≤ 4]", found: [0, 2])
    ) { try gpt().checkInputs(Tensor.zeros([0, 2], dtype: .int64)) },
    Call(
      name: "tokens without a batch",
      error: .shape(input: "tokens", expected: "[B, T ≤ 4]", found: [3])
    ) { try gpt().checkInputs(Tensor([0, 1, 2] as [Int])) },
    Call(
      name: "tokens that are no integers",
      error: .dtype(input: "tokens", expected: .int64, found: .float32)
    ) { try gpt().checkInputs(Tensor.zeros([1, 2])) },
    Call(name: "no input", error: .missing(input: "tokens")) { try gpt().checkInputs([:]) },
    Call(
      name: "an input of another name", error: .unknown(input: "ids", known: ["tokens"])
    ) { try gpt().checkInputs(["tokens": tokens([0]), "ids": tokens([0]), "text": tokens([0])]) },
    Call(
      name: "tokens behind a cache that is full",
      error: .option(name: "cache", reason: "has no room for 2 tokens behind 3")
    ) {
      let (model, read) = (gpt(), tokens([0, 1, 2]))
      let cache = model.makeCache()
      try model.checkInputs(read, cache: cache)
      _ = model(read, cache: cache)
      try model.checkInputs(tokens([0]), cache: cache)
      try model.checkInputs(tokens([0, 1]), cache: cache)
    },
    Call(
      name: "a cache for another batch",
      error: .option(name: "cache", reason: "has 1 rows, the tokens have 2")
    ) { try gpt().checkInputs(tokens([0, 1], 2), cache: gpt().makeCache()) },
    Call(
      name: "a cache of another model",
      error: .option(name: "cache", reason: "needs 1 parts, it has 0")
    ) { try gpt().checkInputs(tokens([0]), cache: []) },

    Call(name: "a prompt longer than the context", error: nil) {
      try gpt().checkGeneration(of: [0, 1, 2, 3, 4, 0], count: 0, temperature: 0, topK: 9)
    },
    Call(
      name: "an empty prompt", error: .option(name: "prompt", reason: "needs at least one token")
    ) { try gpt().checkGeneration(of: [], count: 1) },
    Call(
      name: "a prompt with an unknown token",
      error: .value(input: "prompt", index: 1, allowed: 0...4, found: 9)
    ) { try lstm().checkGeneration(of: [0, 9], count: 1) },
    Call(
      name: "a negative count",
      error: .option(name: "count", reason: "cannot be negative, it is -1")
    ) { try gpt().checkGeneration(of: [0], count: -1) },
    Call(
      name: "a temperature that is no number",
      error: .option(name: "temperature", reason: "must be a number from 0 on, it is nan")
    ) { try gpt().checkGeneration(of: [0], count: 1, temperature: .nan) },
    Call(
      name: "a choice among no token",
      error: .option(name: "topK", reason: "must be positive, it is 0")
    ) { try gpt().checkGeneration(of: [0], count: 1, topK: 0) },

    Call(name: "a source, a target and a mask", error: nil) {
      try translator().checkInputs([
        "source": tokens([0, 1]), "target": tokens([3]),
        "sourceMask": Tensor([true, false], shape: [1, 2]),
      ])
    },
    Call(
      name: "a target for other rows",
      error: .size(axis: "B", input: "target", expected: 2, found: 1)
    ) { try translator().checkInputs(["source": tokens([0, 1], 2), "target": tokens([3])]) },
    Call(
      name: "a mask of another length",
      error: .size(axis: "S", input: "sourceMask", expected: 2, found: 1)
    ) {
      try translator().checkInputs([
        "source": tokens([0, 1]), "target": tokens([3]),
        "sourceMask": Tensor([true], shape: [1, 1]),
      ])
    },
    Call(
      name: "a mask of numbers",
      error: .dtype(input: "sourceMask", expected: .bool, found: .float32)
    ) {
      try translator().checkTranslation(
        of: tokens([0, 1]), sourceMask: Tensor.ones([1, 2]), maximum: 3)
    },
    Call(
      name: "a translation of negative length",
      error: .option(name: "maximum", reason: "cannot be negative, it is -2")
    ) { try translator().checkTranslation(of: tokens([0, 1]), maximum: -2) },

    Call(name: "a state of the LSTM", error: nil) {
      try lstm().checkInputs([
        "tokens": tokens([0, 1], 2), "state.h": .zeros([2, 2, 3]), "state.c": .zeros([2, 2, 3]),
      ])
    },
    Call(
      name: "a state of other rows",
      error: .size(axis: "B", input: "state.h", expected: 1, found: 2)
    ) { try lstm().checkInputs(["tokens": tokens([0, 1]), "state.h": .zeros([2, 2, 3])]) },
    Call(
      name: "a state of other layers",
      error: .shape(input: "state.c", expected: "[2, B, 3]", found: [1, 1, 3])
    ) { try lstm().checkInputs(["tokens": tokens([0, 1]), "state.c": .zeros([1, 1, 3])]) },

    Call(name: "rows of 2 × 3 for a perceptron of 6", error: nil) {
      for shape in [[4, 6], [4, 2, 3], [1, 1, 2, 3]] {
        try MLP(sizes: [6, 2]).checkInputs(Tensor.zeros(Shape(shape)))
      }
      try MLP(sizes: [1, 2]).checkInputs(Tensor.zeros([3]))
    },
    Call(
      name: "rows of another size",
      error: .shape(input: "x", expected: "[B, … = 6]", found: [4, 2, 2])
    ) { try MLP(sizes: [6, 2]).checkInputs(Tensor.zeros([4, 2, 2])) },
    Call(
      name: "a scalar", error: .shape(input: "x", expected: "[B, … = 6]", found: [])
    ) { try MLP(sizes: [6, 2]).checkInputs(Tensor(1)) },
    Call(
      name: "bytes instead of numbers",
      error: .dtype(input: "images", expected: .float32, found: .uint8)
    ) { try LeNet().checkInputs(Tensor.zeros([1, 1, 28, 28], dtype: .uint8)) },
    Call(
      name: "colours for grey digits",
      error: .shape(input: "images", expected: "[N, 1, 28, 28]", found: [1, 3, 28, 28])
    ) { try LeNet().checkInputs(Tensor.zeros([1, 3, 28, 28])) },
    Call(
      name: "images of another size",
      error: .shape(input: "images", expected: "[N, 3, 32, 32]", found: [2, 3, 28, 28])
    ) { try ResNet9().checkInputs(Tensor.zeros([2, 3, 28, 28])) },
    Call(
      name: "an image without a batch",
      error: .shape(input: "images", expected: "[N, 3, 8, 8]", found: [3, 8, 8])
    ) {
      let model = VisionTransformer(.init(size: 8, planes: 3, layers: 1, heads: 1, channels: 2))
      try model.checkInputs(Tensor.zeros([5, 3, 8, 8]))
      try model.checkInputs(Tensor.zeros([3, 8, 8]))
    },
    Call(
      name: "a text for a classifier that is too long",
      error: .shape(input: "tokens", expected: "[B, T ≤ 3]", found: [1, 4])
    ) {
      let model = TextClassifier(
        vocabulary: 5, classes: 2, context: 3, layers: 1, heads: 1, channels: 2)
      try model.checkInputs([
        "tokens": tokens([0, 1, 2]), "mask": Tensor.ones([1, 3], dtype: .bool),
      ])
      try model.checkInputs(tokens([0, 1, 2, 3]))
    },
  ]

  @Test(arguments: calls.indices) func `a malformed input is named before anything traps`(
    index: Int
  ) {
    let call = Self.calls[index]
    guard let error = call.error else {
      #expect(throws: Never.self, "\(call.name)") { try call.check() }
      return
    }
    #expect(throws: error, "\(call.name)") { try call.check() }
    #expect(!"\(error)".isEmpty && error.localizedDescription == "\(error)")
  }

  /// What passes the check, a model takes: the smallest inputs that its signature allows.
  @Test func `every model takes the smallest inputs of its signature`() throws {
    func run<M: CheckableModel>(_ model: M, _ forward: (M, [String: Tensor]) -> Tensor) throws {
      var inputs: [String: Tensor] = [:]
      for input in model.signature.inputs where !input.isOptional {
        let shape = input.shape.map { axis in
          switch axis {
          case .size(let size), .flattened(let size): size
          case .free(_, let range): range.lowerBound
          }
        }
        inputs[input.name] = .full(
          Shape(shape), Double(input.values?.upperBound ?? 1), dtype: input.dtype)
      }
      try model.checkInputs(inputs)
      let y = model.evaluating { forward(model, inputs) }
      #expect(y.shape[0] == 1, "\(type(of: model))")
    }
    try run(Self.gpt()) { $0($1["tokens"]!) }
    try run(Self.lstm()) { $0($1["tokens"]!) }
    try run(Self.translator()) { $0($1["source"]!, $1["target"]!) }
    try run(MLP(sizes: [6, 2])) { $0($1["x"]!) }
    try run(LeNet()) { $0($1["images"]!) }
    // In training its normalizations need more than one image.
    try run(ResNet9()) { $0($1["images"]!) }
    try run(VisionTransformer(.init(layers: 1))) { $0($1["images"]!) }
    try run(TextClassifier(vocabulary: 5, classes: 2, context: 3)) { $0($1["tokens"]!) }
  }

  @Test func `signatures print as a line for each input`() {
    #expect("\(Self.gpt().signature)" == "tokens int64 [B, T ≤ 4] in 0…4")
    #expect(
      "\(Self.translator().signature)" == """
        source int64 [B, S] in 0…4
        target int64 [B, T] in 0…4
        sourceMask bool [B, S], optional
        """)
    #expect("\(MLP(sizes: [6, 2]).signature)" == "x float32 [B, … = 6]")
    #expect(
      "\(ModelSignature.Axis.free("T", 2...Int.max)) \(ModelSignature.Axis.free("T", 2...5))"
        == "T ≥ 2 2 ≤ T ≤ 5")
  }

  @Test func `configurations from a file are checked before a model is made`() throws {
    func option(_ check: () throws -> Void) -> String? {
      do { try check() } catch let error as InputError { return "\(error)" } catch {}
      return nil
    }
    var gpt = GPTConfiguration(vocabulary: 5)
    #expect(option { try gpt.check() } == nil)
    gpt.heads = 3
    #expect(option { try gpt.check() } == "heads 3 do not divide 128 channels")
    gpt.heads = 0
    #expect(option { try gpt.check() } == "heads must be positive, it is 0")
    gpt.heads = 4
    gpt.dropout = 1
    #expect(option { try gpt.check() } == "dropout must be in 0 ..< 1, it is 1.0")
    var pair = Seq2SeqConfiguration(vocabulary: 5, beginToken: 0, endToken: 1)
    #expect(option { try pair.check() } == nil)
    pair.endToken = 5
    #expect(option { try pair.check() } == "endToken is none of 5 tokens, it is 5")
    pair.channels = 5
    pair.heads = 5
    #expect(option { try pair.check() } == "channels must be even for waves, it is 5")
    var lstm = LSTMLanguageModelConfiguration(vocabulary: 5)
    #expect(option { try lstm.check() } == nil)
    lstm.hidden = -1
    #expect(option { try lstm.check() } == "hidden must be positive, it is -1")
    var images = VisionTransformerConfiguration()
    #expect(option { try images.check() } == nil)
    images.patch = 5
    #expect(option { try images.check() } == "patch of 5 does not divide images of 28")
  }
}
