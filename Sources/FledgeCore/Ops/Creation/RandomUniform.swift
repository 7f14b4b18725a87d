import CKernels

/// y ~ U[0, 1) from a Philox stream: a multiple of 2⁻²⁴ each in float32, of 2⁻⁵³ in float64.
/// Shape: int64 [2] → [shape]
///
/// The input is the place to begin: key and block of the stream. It is not an attribute, so that a
/// recorded program can be run again with other numbers.
struct RandomUniform: RandomPrimitive {
  static let name = "randomUniform"
  static let formula = "y ~ U[0, 1) from the stream at (key, block)"
  let shape: Shape
  var dtype = DType.float32

  static let wordsOfDouble = 2
  static func double(_ words: inout WordStream) -> Double { words.uniform() }
  static func fill(_ y: UnsafeMutableBufferPointer<Float>, _ place: StreamPlace) {
    fledge_uniform_f32(
      place.keyLow, place.keyHigh, 0, place.block, y.baseAddress!, y.count)
  }

  static var samples: [Sample] {
    [[], [5], [2, 3], [0], [129]].map {
      Sample(RandomUniform(shape: $0), .indices([2], below: 1000))
    } + [Sample(RandomUniform(shape: [7], dtype: .float64), .indices([2], below: 1000))]
  }
}

/// y ~ N(0, 1) from a Philox stream, by Box & Muller (1958).   Shape: int64 [2] → [shape]
struct RandomNormal: RandomPrimitive {
  static let name = "randomNormal"
  static let formula = "y ~ N(0, 1) from the stream at (key, block)"
  let shape: Shape
  var dtype = DType.float32

  static let wordsOfDouble = 4
  static func double(_ words: inout WordStream) -> Double { words.normal() }
  static func fill(_ y: UnsafeMutableBufferPointer<Float>, _ place: StreamPlace) {
    fledge_normal_f32(
      place.keyLow, place.keyHigh, 0, place.block, y.baseAddress!, y.count)
  }

  static var samples: [Sample] {
    [[], [5], [2, 3], [0], [129]].map {
      Sample(RandomNormal(shape: $0), .indices([2], below: 1000))
    } + [Sample(RandomNormal(shape: [7], dtype: .float64), .indices([2], below: 1000))]
  }
}

/// What draws numbers of a shape from a place in a stream. The same on every backend, so that a seed
/// is one.
protocol RandomPrimitive: SingleOutput {
  var shape: Shape { get }
  /// float32, or float64 for numbers of 53 random bits.
  var dtype: DType { get }
  /// Writes float32 numbers, a word each; `y` is not empty.
  static func fill(_ y: UnsafeMutableBufferPointer<Float>, _ place: StreamPlace)
  /// The next float64 number, as ``Generator`` draws it.
  static func double(_ words: inout WordStream) -> Double
  /// How many words it takes.
  static var wordsOfDouble: Int { get }
}

extension RandomPrimitive {
  static var precision: AutocastRule { .given }
  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    StreamPlace.check(inputs[0], Self.name)
    return TensorType(shape: shape, dtype: dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    drawn(from: StreamPlace(inputs[0]))
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  /// The words that all numbers take.
  var wordCount: Int { shape.count * (dtype == .float64 ? Self.wordsOfDouble : 1) }

  func drawn(from place: StreamPlace) -> Tensor {
    guard dtype == .float64 else {
      return Tensor(shape: shape, writing: Float.self) { if !$0.isEmpty { Self.fill($0, place) } }
    }
    var words = WordStream(state: GeneratorState(key: place.key, block: place.block))
    return Tensor(shape: shape, writing: Double.self) { y in
      for i in y.indices { y[i] = Self.double(&words) }
    }
  }
}

/// Where in the stream of a key a random operation begins.
struct StreamPlace {
  let key: UInt64
  let block: UInt64

  var keyLow: UInt32 { UInt32(truncatingIfNeeded: key) }
  var keyHigh: UInt32 { UInt32(truncatingIfNeeded: key >> 32) }

  /// Sets aside `count` words.
  init(_ generator: Generator, count: Int) {
    (key, block) = generator.reserve(blocks: (count + 3) / 4)
  }

  init(_ tensor: Tensor) {
    let words = tensor.array(of: Int64.self)
    (key, block) = (UInt64(bitPattern: words[0]), UInt64(bitPattern: words[1]))
  }

  /// As an input of an operation.   Shape: int64 [2]
  var tensor: Tensor { Tensor([Int64(bitPattern: key), Int64(bitPattern: block)]) }

  /// Reserves `count` words of a generator; their place is an operation's input. Draws nothing
  /// where only shapes are computed.
  static func drawing(_ count: Int, from generator: Generator?) -> Tensor {
    let context = ExecutionContext.current
    if let tracer = context.tracer {
      return tracer.draw(count, from: generator) { StreamPlace($0, count: count).tensor }
    }
    if context.isAbstract { return Tensor(abstract: type) }
    return StreamPlace(Generator.resolve(generator), count: count).tensor
  }

  private static let type = TensorType(shape: [2], dtype: .int64)

  static func check(_ input: TensorType, _ operation: String) {
    require(
      input == type, operation, "needs a place in a stream, \(type) (key, block), got \(input)")
  }
}

/// y ~ the integers lower ..< upper, each as likely as any other, from a Philox stream, two words
/// each.   Shape: int64 [2] → int64 [shape]
struct RandomIntegers: SingleOutput {
  static let name = "randomIntegers"
  static let formula = "y ~ the integers lower ..< upper from the stream at (key, block)"
  static var precision: AutocastRule { .given }
  let shape: Shape
  let lower: Int
  let upper: Int

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    StreamPlace.check(inputs[0], Self.name)
    return TensorType(shape: shape, dtype: .int64)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let place = StreamPlace(inputs[0])
    var words = WordStream(state: GeneratorState(key: place.key, block: place.block))
    let width = UInt64(bitPattern: Int64(upper &- lower))
    // The high half of word · width. None is drawn again, so some integers are likelier than others
    // by width / 2⁶⁴ at most; each element has its own place in the stream.
    return Tensor(shape: shape, writing: Int.self) { y in
      for i in y.indices {
        let offset = words.nextUInt64().multipliedFullWidth(by: width).high
        y[i] = lower &+ Int(truncatingIfNeeded: offset)
      }
    }
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [
      Sample(RandomIntegers(shape: [3, 4], lower: -5, upper: 9), .indices([2], below: 1000)),
      Sample(RandomIntegers(shape: [], lower: 2, upper: 3), .indices([2], below: 1000)),
      Sample(RandomIntegers(shape: [0, 2], lower: 0, upper: 2), .indices([2], below: 1000)),
    ]
  }
}
