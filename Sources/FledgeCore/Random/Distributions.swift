extension Generator {
  /// The generator used where none is named, outside every ``withGenerator(_:_:)``. It belongs to
  /// the current rank: one for the whole process, unless
  /// ``withRank(_:of:threads:generator:ledger:_:)`` opened another rank.
  public static var `default`: Generator { ExecutionContext.current.rank.generator }

  package static func resolve(_ generator: Generator?) -> Generator {
    generator ?? ExecutionContext.current.generator ?? .default
  }
}

/// Restarts the default generator, as `torch.manual_seed` does; within a rank, that of the rank.
public func seed(_ seed: UInt64) { Generator.default.state = GeneratorState(key: seed) }

extension Tensor {
  /// Independent numbers, uniform over a range.
  public static func uniform(
    _ shape: Shape, in range: ClosedRange<Double> = 0...1, dtype: DType = .float32,
    using generator: Generator? = nil
  ) -> Tensor {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    let width = upper - lower
    let drawnType = dtype.ofRandomNumbers
    let largest = drawnType.magnitudes.largest
    require(dtype.reaches(range), "uniform", "the range \(range) reaches beyond \(dtype)")
    let unit = drawn(RandomUniform(shape: shape, dtype: drawnType), generator)
    if lower == 0 && upper == 1 { return unit.cast(to: dtype) }
    // Where the width itself is more than the type holds, both ends are weighted.
    let scaled = width <= largest ? unit * width + lower : unit * upper + (1 - unit) * lower
    return scaled.cast(to: dtype)
  }

  /// Independent numbers from the normal distribution.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: Generator? = nil
  ) -> Tensor {
    require(
      standardDeviation >= 0 && standardDeviation.isFinite && mean.isFinite, "normal",
      "needs a finite mean and deviation, which cannot be negative, got \(mean) and "
        + "\(standardDeviation)")
    let standard = drawn(RandomNormal(shape: shape, dtype: dtype.ofRandomNumbers), generator)
    let isStandard = mean == 0 && standardDeviation == 1
    return (isStandard ? standard : standard * standardDeviation + mean).cast(to: dtype)
  }

  /// 1 with the given probability, else 0.
  public static func bernoulli(
    _ shape: Shape, probability: Double, dtype: DType = .float32, using generator: Generator? = nil
  ) -> Tensor {
    require(
      (0...1).contains(probability), "bernoulli", "the probability \(probability) is not in 0…1")
    return (uniform(shape, using: generator) .< probability).cast(to: dtype)
  }

  /// Independent integers, each of the range as likely as any other (PyTorch's `randint`).
  public static func randomIntegers(
    _ shape: Shape, in range: Range<Int>, dtype: DType = .int64, using generator: Generator? = nil
  ) -> Tensor {
    require(
      !range.isEmpty || shape.count == 0, "randomIntegers", "the range \(range) has no integer")
    if let first = range.first, let last = range.last {
      let fits =
        dtype.integers.map { $0.contains(Int64(first)) && $0.contains(Int64(last)) }
        ?? (Double(Swift.max(first.magnitude, last.magnitude)) <= dtype.magnitudes.largest)
      require(fits, "randomIntegers", "the range \(range) reaches beyond \(dtype)")
    }
    let primitive = RandomIntegers(shape: shape, lower: range.lowerBound, upper: range.upperBound)
    return apply(primitive, StreamPlace.drawing(2 * shape.count, from: generator)).cast(to: dtype)
  }

  /// 0, …, count − 1 in random order, int64.
  public static func permutation(_ count: Int, using generator: Generator? = nil) -> Tensor {
    // The draws decide how many words it takes, so its part of the stream cannot be reserved for an
    // operation. The numbers come from outside, like an array's.
    let context = ExecutionContext.current
    if context.isAbstract && context.tracer == nil {
      return Tensor(abstract: TensorType(shape: [count], dtype: .int64))
    }
    return Tensor(Generator.resolve(generator).permutation(count))
  }

  /// By an operation at the door; straight from the kernel where nobody looks.
  private static func drawn(
    _ primitive: some RandomPrimitive, _ generator: Generator?
  ) -> Tensor {
    if ExecutionContext.current.isPlain {
      return primitive.drawn(
        from: StreamPlace(Generator.resolve(generator), count: primitive.wordCount))
    }
    return apply(primitive, StreamPlace.drawing(primitive.wordCount, from: generator))
  }
}

extension DType {
  /// The dtype in which random numbers are drawn before they are cast to this one: float64 where
  /// 24 random bits would leave most of its numbers out.
  fileprivate var ofRandomNumbers: DType {
    switch self {
    case .float64, .int64, .int32: .float64
    default: .float32
    }
  }

  /// Whether numbers of a range are among its own: integers drop fractions, so that 0...9.9 stays
  /// within 0 … 9.
  fileprivate func reaches(_ range: ClosedRange<Double>) -> Bool {
    guard let integers else {
      return Swift.max(-range.lowerBound, range.upperBound) <= magnitudes.largest
    }
    let lowest = Double(integers.lowerBound)
    return (range.lowerBound == lowest || range.lowerBound > lowest - 1)
      && range.upperBound < Double(integers.upperBound) + 1
  }
}
