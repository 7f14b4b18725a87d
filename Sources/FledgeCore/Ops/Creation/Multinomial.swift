/// y = class indices drawn from each row of weights, with replacement, from a Philox stream.
/// Shape: [C], int64 [3] → int64 [count]; [N, C], int64 [3] → int64 [N, count]
///
/// The second input is the place in the stream where drawing begins: key, block and lane, since a
/// draw takes two words and not a block.
struct Multinomial: SingleOutput {
  static let name = "multinomial"
  static let formula = "y ~ weights / Σ weights from the stream at (key, block, lane)"
  static var precision: AutocastRule { .given }
  /// Draws from each row.
  let count: Int

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let shape = inputs[0].shape
    require(
      (1...2).contains(shape.rank), Self.name, "needs weights [C] or [N, C], got shape \(shape)")
    require(count >= 0, Self.name, "the count is negative (\(count))")
    require(
      inputs[1] == GeneratorState.placeType, Self.name,
      "needs a place in a stream, \(GeneratorState.placeType) (key, block, lane), got \(inputs[1])")
    return TensorType(shape: shape.rank == 1 ? [count] : [shape[0], count], dtype: .int64)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let weights = inputs[0].array(of: Double.self)
    let classes = inputs[0].shape[-1]
    let rows = inputs[0].rank == 1 ? 1 : inputs[0].shape[0]
    var words = WordStream(state: GeneratorState(place: inputs[1]))
    let draws = (0..<rows).flatMap { row in
      words.multinomial(Array(weights[row * classes..<(row + 1) * classes]), count: count)
    }
    return Tensor(draws, shape: outputType(of: inputs.types).shape)
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil, nil] }

  static var samples: [Sample] {
    [
      Sample(Multinomial(count: 7), .uniform([4], 0.1...2), .indices([3], below: 4)),
      Sample(Multinomial(count: 3), .uniform([5, 3], 0.1...2), .indices([3], below: 4)),
      Sample(Multinomial(count: 0), .uniform([2, 3], 0.1...2), .indices([3], below: 4)),
      Sample(Multinomial(count: 2), .uniform([0, 3], 0.1...2), .indices([3], below: 4)),
    ]
  }
}

extension Tensor {
  /// `count` draws from each row of weights, int64: independent ones, or without replacement as many
  /// different ones, in the order in which they are drawn. Traps on weights that are negative or not
  /// finite, where they sum to 0, and where too few are positive to draw different ones.
  /// Shape: [C] → [count], [N, C] → [N, count]
  public static func multinomial(
    _ weights: Tensor, count: Int, replacement: Bool = true, using generator: Generator? = nil
  ) -> Tensor {
    if !replacement { return differentDraws(weights, count, generator) }
    let rows = weights.rank == 2 ? weights.shape[0] : 1
    let words = 2 * rows.times(count, Multinomial.name)
    return apply(
      Multinomial(count: count), weights, GeneratorState.drawing(words: words, from: generator))
  }
}

extension Tensor {
  /// Weights race: each arrives after an exponential time of its own, the larger the sooner, and the
  /// order of arrival is that of drawing one after the other (Efraimidis and Spirakis 2006).
  private static func differentDraws(
    _ weights: Tensor, _ count: Int, _ generator: Generator?
  ) -> Tensor {
    let shape = weights.shape
    require(
      (1...2).contains(shape.rank), Multinomial.name,
      "needs weights [C] or [N, C], got shape \(shape)")
    require(
      count >= 0 && count <= shape[-1], Multinomial.name,
      "\(count) different draws from \(shape[-1]) weights")
    let weights = weights.detached().cast(to: .float64)
    if !weights.isAbstract { checkDifferentDraws(weights, count) }
    let time = -(-Tensor.uniform(shape, dtype: .float64, using: generator)).log1p()
    // log(weight / time), which neither overflows nor ends at 0.
    let order = (weights.log() - time.log()).masked(where: weights .== 0, with: -.infinity)
    return order.topK(count).indices
  }

  private static func checkDifferentDraws(_ weights: Tensor, _ count: Int) {
    let width = weights.shape[-1]
    var positive = 0
    for (i, weight) in weights.array(of: Double.self).enumerated() {
      require(
        weight >= 0 && weight.isFinite, Multinomial.name,
        "the weight \(weight) is negative or not finite")
      positive = (i % width == 0 ? 0 : positive) + (weight > 0 ? 1 : 0)
      if i % width == width - 1 {
        require(
          positive >= count, Multinomial.name,
          "\(count) different draws where \(positive) weights are positive")
      }
    }
  }
}

extension GeneratorState {
  static let placeType = TensorType(shape: [3], dtype: .int64)

  /// The place that a tensor (key, block, lane) names.
  init(place: Tensor) {
    let words = place.array(of: Int64.self)
    self.init(
      key: UInt64(bitPattern: words[0]), block: UInt64(bitPattern: words[1]), lane: Int(words[2]))
  }

  /// Reserves `words` words of a generator; their place is an operation's input. Draws nothing
  /// where only shapes are computed.
  static func drawing(words: Int, from generator: Generator?) -> Tensor {
    let context = ExecutionContext.current
    func place(in generator: Generator) -> Tensor {
      let state = generator.reserve(words: words)
      return Tensor(
        [Int64(bitPattern: state.key), Int64(bitPattern: state.block), Int64(state.lane)])
    }
    if let tracer = context.tracer { return tracer.draw(words, from: generator, place) }
    if context.isAbstract { return Tensor(abstract: placeType) }
    return place(in: Generator.resolve(generator))
  }
}
