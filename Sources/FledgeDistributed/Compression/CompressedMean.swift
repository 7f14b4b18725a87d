import FledgeCore

/// The mean of a tensor over the ranks, by codes instead of numbers, the same bits on all ranks.
///
///     each rank encodes its N chunks  →  all-to-all  →  decodes N codes of one chunk, takes their mean,
///     encodes it  →  all-gather  →  decodes N chunks
///
/// Codes are of float32: doubles are rounded to it first, halves rounded from it in the end. Codes are never
/// added up: the sum of two bytes is not the byte of a sum. Each rank sends
/// 2 (N − 1)/N of the code's bytes, as a ring does of the numbers'.
///
/// **Error feedback.** What an encoding loses is added to the next tensor, on both ways (Tang et al.
/// 2021, "1-bit Adam", algorithm 1): the sum of all that was decoded then stays within one step of the sum of
/// all that was given. It belongs to one series of tensors of one size, and so does this object.
///
///     let mean = try CompressedMean(SignCodec(), over: world)
///     for … { gradient = try mean(gradient) }
public final class CompressedMean {
  /// The codec.
  public let codec: any GradientCodec
  /// Whether what is lost is added to the next tensor.
  public let hasErrorFeedback: Bool
  private let state: CompressedSeries
  private let group: Group

  /// All ranks of `group` call it, with equal arguments.
  ///
  /// - Parameters:
  ///   - errorFeedback: by default for codecs that are not unbiased
  ///   - seed: of the generator of codecs that round at random; each rank has one of its own
  public convenience init(
    _ codec: any GradientCodec, over group: Group, errorFeedback: Bool? = nil, seed: UInt64 = 0
  ) throws {
    // A group of its own: what runs in the background has an order of its own.
    let own = try group.split(color: 0, key: group.rank, name: "compressed")!
    self.init(codec, within: own, errorFeedback: errorFeedback, seed: seed)
  }

  /// Several may share a group whose collectives are called in one order.
  init(
    _ codec: any GradientCodec, within group: Group, errorFeedback: Bool?, seed: UInt64
  ) {
    self.codec = codec
    self.group = group
    hasErrorFeedback = errorFeedback ?? !codec.isUnbiased
    state = CompressedSeries(
      codec, hasErrorFeedback, Generator(seed: seed).split(UInt64(group.rank)))
  }

  /// The mean over the ranks of `x`, which has the same size each time.   Shape: [*] → same
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try meanInBackground(x, exactFrom: x.count).wait()
  }

  /// The same in the background, for a tensor whose elements from `end` on are not to be changed by a
  /// codec.   Shape: [n] → [n]
  func meanInBackground(_ x: Tensor, exactFrom end: Int) -> Pending<Tensor> {
    require(
      x.dtype.isFloatingPoint, "CompressedMean", "the mean of \(x.dtype) is none; cast first")
    return Pending(group) { [state, group] in
      try withoutGradients {
        let flat = x.detached().contiguous().reshaped([x.count])
        let mean = try state.mean(flat[0..<end].array(of: Float.self), group)
        var parts = [Tensor(mean, shape: [end]).cast(to: x.dtype)]
        if end < x.count { parts.append(try group.allReduce(flat[end..<x.count], .mean)) }
        return Tensor.concatenate(parts).reshaped(x.shape)
      }
    }
  }
}

/// What is kept between the tensors of one series; used by one thread at a time.
private final class CompressedSeries: @unchecked Sendable {
  private let codec: any GradientCodec
  private let hasErrorFeedback: Bool
  private let generator: Generator
  private var given: [Float] = []
  private var averaged: [Float] = []

  init(_ codec: any GradientCodec, _ hasErrorFeedback: Bool, _ generator: Generator) {
    (self.codec, self.hasErrorFeedback, self.generator) = (codec, hasErrorFeedback, generator)
  }

  func mean(_ x: [Float], _ group: Group) throws -> [Float] {
    let chunks = partition(x.count, group.count)
    let own = chunks[group.rank]
    if given.isEmpty {
      given = [Float](repeating: 0, count: x.count)
      averaged = [Float](repeating: 0, count: own.count)
    }
    require(
      given.count == x.count, "CompressedMean",
      "it has begun with \(given.count) numbers, and now gets \(x.count)")
    let sizes = chunks.map { codec.byteCount(of: $0.count) }

    var codes: [UInt8] = []
    for chunk in chunks { codes += code(of: x[chunk], lost: &given[chunk]) }
    let received = try group.allToAll(
      Tensor(codes, shape: [codes.count]), sending: sizes,
      receiving: [Int](repeating: sizes[group.rank], count: group.count)
    ).array(of: UInt8.self)

    var sum = [Float](repeating: 0, count: own.count)
    for range in ranges(of: [Int](repeating: sizes[group.rank], count: group.count)) {
      for (i, value) in codec.decode(received[range], count: own.count).enumerated() {
        sum[i] += value
      }
    }
    let mean = sum.map { $0 / Float(group.count) }
    let answer = code(of: mean[...], lost: &averaged[...])
    let all = try group.allGather(Tensor(answer, shape: [answer.count]), rows: sizes)
      .array(of: UInt8.self)
    return zip(ranges(of: sizes), chunks).flatMap { codec.decode(all[$0], count: $1.count) }
  }

  /// The code of x and what was lost before; what it loses itself is kept for the next time.
  private func code(of x: ArraySlice<Float>, lost: inout ArraySlice<Float>) -> [UInt8] {
    let values = zip(x, lost).map { $0 + $1 }
    let code = codec.encode(values, using: generator)
    if hasErrorFeedback {
      let decoded = codec.decode(code[...], count: values.count)
      // A NaN is told once, by the code, and not kept for ever.
      lost = ArraySlice(zip(values, decoded).map { ($0 - $1).isFinite ? $0 - $1 : 0 })
    }
    return code
  }
}
