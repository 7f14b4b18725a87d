extension Generator {
  /// The generator used where none is named, outside every ``withGenerator(_:_:)``. It belongs to
  /// the current rank: one for the whole process, unless
  /// ``withRank(_:of:threads:generator:ledger:_:)`` opened another rank.
  public static var `default`: Generator { ExecutionContext.current.rank.generator }

  static func resolve(_ generator: Generator?) -> Generator {
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
    let unit = drawn(RandomUniform(shape: shape), generator)
    let isUnit = range.lowerBound == 0 && range.upperBound == 1
    let scaled = isUnit ? unit : unit * (range.upperBound - range.lowerBound) + range.lowerBound
    return scaled.cast(to: dtype)
  }

  /// Independent numbers from the normal distribution.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: Generator? = nil
  ) -> Tensor {
    let standard = drawn(RandomNormal(shape: shape), generator)
    let isStandard = mean == 0 && standardDeviation == 1
    return (isStandard ? standard : standard * standardDeviation + mean).cast(to: dtype)
  }

  /// 1 with the given probability, else 0.
  public static func bernoulli(
    _ shape: Shape, probability: Double, dtype: DType = .float32, using generator: Generator? = nil
  ) -> Tensor {
    (uniform(shape, using: generator) .< probability).cast(to: dtype)
  }

  /// 0, …, count − 1 in random order, int64.
  public static func permutation(_ count: Int, using generator: Generator? = nil) -> Tensor {
    // The draws decide how many words it takes, so its part of the stream cannot be reserved for an
    // operation. The numbers come from outside, like an array's.
    if ExecutionContext.current.isAbstract {
      return Tensor(abstract: TensorType(shape: [count], dtype: .int64))
    }
    return Tensor(Generator.resolve(generator).permutation(count))
  }

  /// By an operation at the door; straight from the kernel where nobody looks.
  private static func drawn<P: RandomPrimitive>(
    _ primitive: P, _ generator: Generator?
  ) -> Tensor {
    if ExecutionContext.current.isPlain {
      let place = StreamPlace(Generator.resolve(generator), count: primitive.shape.count)
      return P.drawn(primitive.shape, place)
    }
    return apply(primitive, StreamPlace.drawing(primitive.shape.count, from: generator))
  }
}
