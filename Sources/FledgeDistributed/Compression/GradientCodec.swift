import FledgeCore

/// Turns numbers into fewer bytes and back, for gradients that travel on a slow link.
///
/// The size of a code depends on how many numbers it holds, and on nothing else, so that ranks know it
/// beforehand. Where one of the numbers (or a norm of them) is NaN or infinite, what comes back is NaN:
/// training that has gone wrong is seen on all ranks, and not rounded away.
///
/// ``MinMaxCodec`` (a byte a number), ``StochasticCodec`` (QSGD), ``SignCodec`` (a bit a number).
public protocol GradientCodec: Sendable {
  /// The bytes of the code of `count` numbers, header included.
  func byteCount(of count: Int) -> Int

  /// The code of `values`: ``byteCount(of:)`` bytes.
  ///
  /// - Parameter generator: for codecs that round at random; of the calling rank
  func encode(_ values: [Float], using generator: Generator) -> [UInt8]

  /// The `count` numbers that a code stands for.
  func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [Float]

  /// Whether the mean of many codes of one number is that number. What other codecs lose has to be
  /// added to the next gradient (error feedback), or training ends elsewhere.
  var isUnbiased: Bool { get }
}

/// A byte a number: its place between the least and the greatest one, in 255 steps (ByteGrad of Bagua,
/// Gan et al. 2021). n + 8 bytes instead of 4 n.
///
///     code = round(255 (x − min) / (max − min));   |x − decoded| ≤ (max − min) / 510
public struct MinMaxCodec: GradientCodec {
  /// It has no options.
  public init() {}

  public var isUnbiased: Bool { false }
  public func byteCount(of count: Int) -> Int { count == 0 ? 0 : count + 8 }

  public func encode(_ values: [Float], using generator: Generator) -> [UInt8] {
    guard let least = values.min(), let greatest = values.max() else { return [] }
    // `min` and `max` may pass a NaN over.
    guard values.allSatisfy(\.isFinite) else {
      return bytes(of: .nan) + bytes(of: .nan) + [UInt8](repeating: 0, count: values.count)
    }
    let steps = least == greatest ? 0 : 255 / (Double(greatest) - Double(least))
    return bytes(of: least) + bytes(of: greatest)
      + values.map { UInt8(((Double($0) - Double(least)) * steps).rounded()) }
  }

  public func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [Float] {
    if count == 0 { return [] }
    let least = Double(number(bytes, at: 0))
    let step = (Double(number(bytes, at: 4)) - least) / 255
    return bytes.dropFirst(8).map { Float(least + Double($0) * step) }
  }
}

/// A bit a number: its sign, and the mean magnitude of its bucket (1-bit SGD, Seide et al. 2014; scaled as
/// in Karimireddy et al. 2019, "Error Feedback Fixes SignSGD"). n / 8 bytes and 4 for each bucket, instead
/// of 4 n.
///
///     decoded = sign(x) · Σ |x| / d        for d numbers in a bucket
///
/// It is far from unbiased, and works because what it loses is added to the next gradient. A number that
/// is much smaller than its neighbours swings around its value until then, so rates must be lower than
/// without it.
public struct SignCodec: GradientCodec {
  /// d, how many numbers share a magnitude.
  public let bucketSize: Int

  /// A codec with buckets of this size.
  public init(bucketSize: Int = 512) {
    require(bucketSize > 0, "SignCodec", "a bucket has one number or more, got \(bucketSize)")
    self.bucketSize = bucketSize
  }

  public var isUnbiased: Bool { false }
  public func byteCount(of count: Int) -> Int {
    4 * bucketCount(count, bucketSize) + PackedBits.byteCount(width: 1, count: count)
  }

  public func encode(_ values: [Float], using generator: Generator) -> [UInt8] {
    var scales: [UInt8] = []
    for begin in stride(from: 0, to: values.count, by: bucketSize) {
      let bucket = values[begin..<min(begin + bucketSize, values.count)]
      // Infinite or NaN, if one of them is.
      let scale = Float(bucket.reduce(0) { $0 + Double($1.magnitude) } / Double(bucket.count))
      scales += bytes(of: scale.isFinite ? scale : .nan)
    }
    var signs = PackedBits(width: 1, count: values.count)
    for (i, value) in values.enumerated() { signs[i] = value < 0 ? 1 : 0 }
    return scales + signs.bytes
  }

  public func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [Float] {
    let signs = PackedBits(width: 1, bytes.dropFirst(4 * bucketCount(count, bucketSize)))
    return (0..<count).map { i in
      let scale = number(bytes, at: 4 * (i / bucketSize))
      return signs[i] == 1 ? -scale : scale
    }
  }
}

/// QSGD (Alistarh et al. 2017): each number becomes one of s levels of the norm of its bucket, rounded up
/// or down at random, so that its mean over many codes is the number itself.
///
///     Q(v_i) = ‖v‖ sign(v_i) ξ_i / s,   ξ_i = ⌊a⌋ + (1 with probability a − ⌊a⌋),   a = s |v_i| / ‖v‖
///     E Q(v) = v,   E ‖Q(v) − v‖² ≤ min(d / s², √d / s) ‖v‖²        for d numbers in a bucket
///
/// With b bits a number, one of them its sign, s = 2^(b − 1) − 1 levels: n b / 8 bytes and 4 for each
/// bucket. The paper's variable-length code is smaller where most levels are 0; this one has a size that
/// ranks know beforehand.
public struct StochasticCodec: GradientCodec {
  /// b, the bits of a number: 2, 4 or 8.
  public let bits: Int
  /// d, how many numbers share a norm.
  public let bucketSize: Int

  /// A codec of `bits` 2, 4 or 8.
  public init(bits: Int = 4, bucketSize: Int = 512) {
    require(
      [2, 4, 8].contains(bits) && bucketSize > 0, "StochasticCodec",
      "bits are 2, 4 or 8, and a bucket has one number or more; got \(bits) and \(bucketSize)")
    (self.bits, self.bucketSize) = (bits, bucketSize)
  }

  /// s, the levels of a magnitude above 0.
  public var levels: Int { 1 << (bits - 1) - 1 }
  public var isUnbiased: Bool { true }

  public func byteCount(of count: Int) -> Int {
    4 * bucketCount(count, bucketSize) + PackedBits.byteCount(width: bits, count: count)
  }

  public func encode(_ values: [Float], using generator: Generator) -> [UInt8] {
    var norms: [UInt8] = []
    var codes = PackedBits(width: bits, count: values.count)
    let draws = Tensor.uniform([values.count], using: generator).array(of: Float.self)
    for begin in stride(from: 0, to: values.count, by: bucketSize) {
      let bucket = begin..<min(begin + bucketSize, values.count)
      // In Double: squares of floats neither overflow nor vanish there.
      let squares = values[bucket].reduce(0) { $0 + Double($1) * Double($1) }
      let norm = Float(squares.squareRoot())
      norms += bytes(of: norm.isFinite ? norm : .nan)
      guard norm.isFinite && norm > 0 else { continue }
      for i in bucket {
        let exact = Double(levels) * Double(values[i].magnitude) / Double(norm)
        let level = min(Int(exact + Double(draws[i])), levels)
        codes[i] = level << 1 | (values[i] < 0 ? 1 : 0)
      }
    }
    return norms + codes.bytes
  }

  public func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [Float] {
    let codes = PackedBits(width: bits, bytes.dropFirst(4 * bucketCount(count, bucketSize)))
    return (0..<count).map { i in
      // The quotient first: a large norm times a level would overflow.
      let magnitude =
        number(bytes, at: 4 * (i / bucketSize)) * (Float(codes[i] >> 1) / Float(levels))
      return codes[i] & 1 == 1 ? -magnitude : magnitude
    }
  }
}

/// Small numbers one after another, `width` bits each: 1, 2, 4 or 8, so that none lies in two bytes.
struct PackedBits {
  let width: Int
  private(set) var bytes: [UInt8]

  init(width: Int, count: Int) {
    self.width = width
    bytes = [UInt8](repeating: 0, count: Self.byteCount(width: width, count: count))
  }

  init(width: Int, _ bytes: ArraySlice<UInt8>) { (self.width, self.bytes) = (width, Array(bytes)) }

  static func byteCount(width: Int, count: Int) -> Int { (count * width + 7) / 8 }

  subscript(_ index: Int) -> Int {
    get { Int(bytes[index * width / 8]) >> shift(index) & mask }
    set {
      let cleared = Int(bytes[index * width / 8]) & ~(mask << shift(index))
      bytes[index * width / 8] = UInt8(cleared | newValue << shift(index))
    }
  }

  private var mask: Int { 1 << width - 1 }
  private func shift(_ index: Int) -> Int { index * width % 8 }
}

private func bucketCount(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }

private func bytes(of number: Float) -> [UInt8] {
  withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
}

private func number(_ bytes: ArraySlice<UInt8>, at place: Int) -> Float {
  let begin = bytes.startIndex + place
  return Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[begin + $1]) << (8 * UInt32($1)) })
}
