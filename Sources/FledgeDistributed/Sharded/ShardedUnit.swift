import FledgeCore
import FledgeNN

/// Some parameters, one after another in a flat list of elements, of which each rank owns an equal
/// range: the unit in which ZeRO's stages and FSDP gather and reduce.
///
///     parameters   ├─ weight ─┤─ bias ─┤──── weight ────┤░░┤
///     ranks        ├── 0 ─────┼── 1 ───┼── 2 ───┼── 3 ──┤
final class ShardedUnit {
  let parameters: [AnyParameter]
  let shapes: [Shape]
  let dtype: DType
  /// Where each parameter lies.
  let ranges: [Range<Int>]
  let count: Int
  /// The range that this rank owns.
  let own: Range<Int>
  /// Its values, for the optimizer: in stages 1 and 2 they stand in the list of all.
  let shard: Parameter<Tensor>
  private let group: Group
  /// The values of all parameters, where each rank has them (stages 1 and 2).
  private let whole: FlatParameters?
  private let gathered: GatheredUnit
  private let places: [ObjectIdentifier: Int]

  /// The values must be the same on all ranks. In stage 3 the parameters move out of this process,
  /// but for this rank's part.
  init(_ bucket: Bucket, _ stage: ZeroStage, _ group: Group, _ gathered: GatheredUnit) {
    parameters = bucket.parameters
    (shapes, dtype) = (bucket.shapes, bucket.dtype)
    self.group = group
    self.gathered = gathered
    let flat = FlatParameters(parameters, divisibleBy: group.count)
    (ranges, count) = (flat.buffer.ranges, flat.buffer.count)
    let size = count / group.count
    own = group.rank * size..<(group.rank + 1) * size
    shard = Parameter(wrappedValue: flat.buffer.copy(own))
    places = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { (ObjectIdentifier($1), $0) })
    whole = stage == .parameters ? nil : flat
    if stage == .parameters {
      for parameter in parameters { parameter.move(to: self) }
    } else {
      shard.move(into: flat.buffer.elements(own))
    }
  }

  /// Before a step: whoever else holds values of the parameters keeps them as they are.
  func willChange() {
    for parameter in parameters where whole != nil { parameter.update { _ in } }
  }

  /// After a step: the other ranks' parts come back.
  func didChange() throws {
    guard let whole else {
      gathered.release()
      for parameter in parameters { parameter.noteChangeAtHome() }
      return
    }
    try whole.buffer.update { values in Result { try group.gatherInPlace(&values) } }.get()
  }

  /// All values, from all ranks.
  fileprivate func gather() throws -> FlatBuffer {
    let buffer = withMemoryTag(.parameter) {
      FlatBuffer(shapes: shapes, dtype: dtype, divisibleBy: group.count)
    }
    let values = shard.value!
    buffer.update(own) { $0 = values }
    try buffer.update { values in Result { try group.gatherInPlace(&values) } }.get()
    return buffer
  }

  /// A tensor of the unit's flat shape, taken apart.
  func parts(of flat: Tensor) -> [Tensor] {
    zip(ranges, shapes).map { flat[$0].reshaped($1) }
  }

  /// This rank's part of the flat list of `tensors`, one for each parameter, nil standing for zeros.
  func ownPart(of tensors: [Tensor?], dtype: DType) -> Tensor {
    let buffer = FlatBuffer(shapes: shapes, dtype: dtype, divisibleBy: group.count)
    for (range, tensor) in zip(ranges, tensors) {
      guard let tensor else { continue }
      buffer.update(range) { $0 = tensor.cast(to: dtype).contiguous().reshaped([range.count]) }
    }
    return buffer.copy(own)
  }
}

/// Parameters of stage 3 live on their ranks.
extension ShardedUnit: ParameterHome {
  func fetch(_ parameter: AnyParameter) -> Tensor {
    guard let place = places[ObjectIdentifier(parameter)] else {
      fledgeTrap("ZeRO", "a parameter that is not in this unit")
    }
    do {
      return try gathered.buffer(of: self).part(place)
    } catch {
      fledgeTrap("ZeRO", "\(error)")
    }
  }

  func store(_ value: Tensor, for parameter: AnyParameter) {
    let range = ranges[places[ObjectIdentifier(parameter)]!]
    let common = range.clamped(to: own)
    gathered.release()
    if common.isEmpty { return }
    let part = value.contiguous().reshaped([range.count])[
      common.lowerBound - range.lowerBound..<common.upperBound - range.lowerBound]
    shard.update { all in
      all[common.lowerBound - own.lowerBound..<common.upperBound - own.lowerBound] = part
    }
  }
}

/// The unit whose values are here at the moment. A unit that is needed next takes its place: then its
/// memory is free as soon as no operation reads it any more.
final class GatheredUnit {
  private var current: (unit: ShardedUnit, buffer: FlatBuffer)?

  func buffer(of unit: ShardedUnit) throws -> FlatBuffer {
    if let current, current.unit === unit { return current.buffer }
    release()
    let buffer = try unit.gather()
    current = (unit, buffer)
    return buffer
  }

  func release() { current = nil }
}
