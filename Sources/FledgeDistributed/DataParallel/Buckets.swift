import FledgeCore
import FledgeNN

/// Parameters of one dtype whose gradients are exchanged together.
struct Bucket {
  var parameters: [AnyParameter] = []
  let dtype: DType
  var shapes: [Shape] { parameters.map { $0.shape! } }

  /// Where the numbers of uses lie in the bucket's buffer, see ``BucketedPass``.
  var flags: Range<Int> {
    let line = 64 / dtype.byteCount
    let begin = shapes.reduce(0) { ($0 + $1.count + line - 1) / line * line }
    return begin..<begin + parameters.count
  }

  /// Buckets of at most `capacity` bytes (at least one parameter each), the first one of at most
  /// `first`. They begin with the last parameters, whose gradients are complete first.
  static func of(
    _ parameters: [AnyParameter], capacity: Int, first: Int? = nil
  ) -> [Bucket] {
    var (closed, open, bytes): ([Bucket], [DType: Bucket], [DType: Int]) = ([], [:], [:])
    for parameter in parameters.reversed() where parameter.isTrainable {
      guard let dtype = parameter.dtype, let shape = parameter.shape else { continue }
      let size = shape.count * dtype.byteCount
      let limit = closed.isEmpty ? min(first ?? capacity, capacity) : capacity
      if let bucket = open[dtype], bytes[dtype]! + size > limit {
        closed.append(bucket)
        open[dtype] = nil
      }
      if open[dtype] == nil { (open[dtype], bytes[dtype]) = (Bucket(dtype: dtype), 0) }
      open[dtype]!.parameters.append(parameter)
      bytes[dtype]! += size
    }
    return closed + open.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
  }
}

/// One backward pass that hands the gradients over in buckets, each as soon as it is complete and
/// those before it have been handed over: so all ranks do it in one order, whatever the order in
/// which their gradients come.
///
///     backward pass    ──── layer 3 ──── layer 2 ──── layer 1 ────
///     exchange                   └ bucket 0 ────┘ bucket 1 ────┘ bucket 2 ────
final class BucketedPass {
  private let buckets: [Bucket]
  private let flagsUse: Bool
  private let divisor: Int
  private let exchange: (Int, FlatBuffer) -> Void
  private var buffers: [FlatBuffer?]
  private var missing: [Set<Int>]
  private var next = 0
  private var places: [ObjectIdentifier: (bucket: Int, place: Int)] = [:]
  /// How many buckets were handed over before the backward pass was done.
  private(set) var overlapped = 0

  /// - Parameters:
  ///   - flagsUse: puts behind the gradients of a bucket a number for each: 1 where there is one
  ///   - divisor: of the buckets' sizes
  ///   - exchange: gets each bucket once, in their order, with its gradients in a flat buffer
  init(
    _ buckets: [Bucket], flagsUse: Bool = false, divisibleBy divisor: Int = 1,
    exchange: @escaping (Int, FlatBuffer) -> Void
  ) {
    self.buckets = buckets
    self.flagsUse = flagsUse
    self.divisor = divisor
    self.exchange = exchange
    buffers = buckets.map { _ in nil }
    missing = buckets.map { Set($0.parameters.indices) }
    for (i, bucket) in buckets.enumerated() {
      for (place, parameter) in bucket.parameters.enumerated() {
        if let identity = parameter.leafIdentity { places[identity] = (i, place) }
      }
    }
  }

  /// Runs the backward pass of `loss`; without one, this rank has nothing to add. Each parameter's
  /// gradient is then nil, or the part of a bucket that `keeps` its memory.
  func run(_ loss: Tensor?, keeps: Bool) {
    loss?.backward { [self] leaf in
      guard let (bucket, place) = places[leaf] else { return }
      take(bucket, place, keeps)
      handOver()
    }
    overlapped = next
    withoutGradients(memoryTag: .gradient) {
      // What the pass did not reach: gradients of earlier passes, or none on this rank.
      for bucket in next..<buckets.count {
        for place in missing[bucket].sorted() { take(bucket, place, keeps) }
        handOver()
      }
    }
  }

  private func take(_ index: Int, _ place: Int, _ keeps: Bool) {
    let bucket = buckets[index]
    if buffers[index] == nil {
      let flags: [Shape] = flagsUse ? [[bucket.parameters.count]] : []
      buffers[index] = FlatBuffer(
        shapes: bucket.shapes + flags, dtype: bucket.dtype, divisibleBy: divisor)
    }
    let (buffer, parameter) = (buffers[index]!, bucket.parameters[place])
    if let gradient = parameter.grad {
      parameter.grad = nil
      let range = buffer.ranges[place]
      buffer.update(range) { $0 = gradient.contiguous().reshaped([range.count]) }
      if flagsUse {
        let flag = buffer.ranges.last!.lowerBound + place
        buffer.update(flag..<flag + 1) { $0 += 1 }
      }
    }
    if keeps { parameter.grad = buffer.part(place) }
    missing[index].remove(place)
  }

  private func handOver() {
    while next < buckets.count && missing[next].isEmpty {
      exchange(next, buffers[next]!)
      buffers[next] = nil
      next += 1
    }
  }
}
