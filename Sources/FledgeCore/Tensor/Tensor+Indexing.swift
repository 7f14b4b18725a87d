/// An index for one axis, or several: an integer, a range, `.all`, `.ellipsis`, `.newAxis`,
/// `.step(…)`, or a tensor of indices or a mask.
public protocol TensorIndex {
  /// The selection that the index makes.
  var selection: AxisSelection { get }
}

/// What an index does: made by integers, ranges, tensors and the dotted names.
public struct AxisSelection: TensorIndex {
  enum Kind {
    /// One element of an axis, which is removed; negative indices count from the end.
    case element(Int)
    /// Half-open; negative bounds count from the end, nil means the end of the axis.
    case range(from: Int?, to: Int?, by: Int)
    /// All axes that the other indices leave over.
    case rest
    /// A new axis of size 1.
    case inserted
    /// An int64 tensor of positions, or a bool tensor that says which elements to take.
    case tensor(Tensor)
  }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  public var selection: AxisSelection { self }
}

extension TensorIndex where Self == AxisSelection {
  /// The whole axis.
  public static var all: AxisSelection { .step(nil, nil, 1) }
  /// All axes that the other indices leave over.
  public static var ellipsis: AxisSelection { AxisSelection(.rest) }
  /// A new axis of size 1.
  public static var newAxis: AxisSelection { AxisSelection(.inserted) }
  /// Every `step`-th element of start ..< end; a negative step goes backward, as in Python. Nil
  /// stands for the ends of the axis.
  public static func step(_ start: Int?, _ end: Int?, _ step: Int) -> AxisSelection {
    AxisSelection(.range(from: start, to: end, by: step))
  }
}

extension Int: TensorIndex {
  public var selection: AxisSelection { AxisSelection(.element(self)) }
}
extension Range: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .step(lowerBound, upperBound, 1) }
}
extension ClosedRange: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .step(lowerBound, upperBound.next, 1) }
}
extension PartialRangeFrom: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .step(lowerBound, nil, 1) }
}
extension PartialRangeUpTo: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .step(nil, upperBound, 1) }
}
extension PartialRangeThrough: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .step(nil, upperBound.next, 1) }
}
extension Int {
  /// The bound behind a last index; nil for the end of the axis, behind −1 and behind every other.
  fileprivate var next: Int? { self == -1 || self == .max ? nil : self + 1 }
}
extension Tensor: TensorIndex {
  public var selection: AxisSelection { AxisSelection(.tensor(self)) }
}

extension Tensor {
  /// Picks elements: `x[0]`, `x[1..<3]`, `x[.all, 2]`, `x[.ellipsis, .newAxis]`,
  /// `x[.step(0, 10, 2)]`, `x[indices]`, `x[mask]`.
  ///
  /// Integers, ranges, steps and new axes give views. One tensor of indices takes slices along its
  /// axis; a bool mask over the first axes takes the elements where it is true. Several tensors of
  /// indices, `x[rows, columns]`, broadcast to one shape and name an element (or a slice) together:
  /// `logits[Tensor.arange(n), labels]` is [n]. Their shape stands in the place of their axes, or in
  /// front where other axes lie between them. A mask beside them counts as the indices of its trues.
  ///
  /// Writing, `x[.all, 2] = y`, casts and broadcasts the value, and touches only what is written.
  /// It is in place if nothing else holds the storage and no gradient is recorded, otherwise in a
  /// copy, so that `var y = x; y[0] = v` leaves `x` alone. It is recorded like any other operation.
  /// If one place gets several values, the last one stays.
  public subscript(_ indices: any TensorIndex...) -> Tensor {
    get { picked(indices.map(\.selection)) }
    set { assign(newValue, at: indices.map(\.selection)) }
  }

  package func picked(_ indices: [AxisSelection]) -> Tensor {
    let places = Places(indices, of: shape)
    if places.tensors.count > 1 { return taking(at: places) }
    let sliced = places.areWhole(of: shape) ? self : apply(Slice(ranges: places.ranges), self)
    guard let (tensor, axis, viewAxis) = places.tensor else {
      return sliced.reshaped(Shape(places.shape))
    }
    // Taken while the axes are still those of x, so that there are never more than x and the result
    // have; elements and new axes come afterwards.
    let isMask = tensor.dtype == .bool
    let taken =
      isMask
      ? sliced.taking(mask: tensor, axis: axis) : sliced.take(tensor.flattened(), axis: axis)
    let selected = isMask ? [taken.shape[axis]] : Array(tensor.shape)
    let after = places.shape[(viewAxis + (isMask ? tensor.rank : 1))...]
    return taken.reshaped(Shape(places.shape[..<viewAxis] + selected + after))
  }

  /// The elements at the true positions of a mask over axes axis ..< axis + mask.rank.
  private func taking(mask: Tensor, axis: Int) -> Tensor {
    let flat = reshaped(
      Shape(shape.dimensions[..<axis] + [mask.count] + shape.dimensions[(axis + mask.rank)...]))
    return flat.take(mask.nonzeroPositions(), axis: axis)
  }

  private mutating func assign(_ value: Tensor, at indices: [AxisSelection]) {
    let places = Places(indices, of: shape)
    let value = value.cast(to: dtype)
    if places.tensors.count > 1 {
      let positions = places.positions(in: shape)
      return write(value.broadcast(to: positions.shape), at: positions)
    }
    let counts = places.ranges.map(\.count)
    guard let (tensor, axis, viewAxis) = places.tensor else {
      let value = value.broadcast(to: Shape(places.shape)).reshaped(Shape(counts))
      if value.count > 0 { update(SliceWrite(ranges: places.ranges), [value]) }
      return
    }
    // The values first have the tensor's axes at their place in the view, then one axis instead of
    // them at their place in x.
    let isMask = tensor.dtype == .bool
    let covered = isMask ? tensor.rank : 1
    let after = places.shape[(viewAxis + covered)...]
    // How many trues a mask has is not asked here: as many as there are values for, or one for all.
    let written =
      isMask
      ? [value.rank > after.count ? value.shape[value.rank - after.count - 1] : 1]
      : Array(tensor.shape)
    let values = value.broadcast(to: Shape(places.shape[..<viewAxis] + written + after))
      .reshaped(Shape(counts[..<axis] + [written.reduce(1, *)] + counts[(axis + covered)...]))
    if isMask {
      update(MaskWrite(ranges: places.ranges, axis: axis), [tensor, values])
    } else if values.count > 0 {
      let indices = tensor.asIndices("subscript").flattened()
      update(IndexWrite(ranges: places.ranges, axis: axis), [indices, values])
    }
  }

  mutating func update(_ primitive: some UpdatingPrimitive, _ others: Tensors) {
    var targets = Tensors(self)
    // The list is to be the only holder.
    dropElements()
    applyInPlace(primitive, &targets, others)
    self = targets[0]
  }
}

/// What the indices of a subscript come to for one shape.
struct Places {
  /// What integers, ranges and steps pick of each axis; all where a tensor stands.
  var ranges: [Slice.Range] = []
  /// The shape of what they pick: without the axes of integers, and with new ones.
  var shape: [Int] = []
  /// For each axis of `shape` the one of `ranges` that it comes from; nil for a new axis.
  var sources: [Int?] = []
  /// The tensors among the indices, each with its first axis in `ranges` and in `shape`.
  var tensors: [(tensor: Tensor, axis: Int, viewAxis: Int)] = []
  /// The only tensor, or the first.
  var tensor: (tensor: Tensor, axis: Int, viewAxis: Int)? { tensors.first }

  /// - Parameter resolvesMasks: Replaces a mask by tensors of indices, one for each of its axes; it
  ///   is always done where there are several tensors.
  init(_ indices: [AxisSelection], of source: Shape, resolvesMasks: Bool = false) {
    let expanded = Self.expanded(indices, source)
    let isSeveral = expanded.count { if case .tensor = $0 { true } else { false } } > 1
    for index in expanded {
      let axis = ranges.count
      switch index {
      case .element(let i):
        let size = source[axis]
        require(
          i >= -size && i < size, "subscript",
          "index \(i) is out of range for axis \(axis) of shape \(source)")
        ranges.append(.init(start: i < 0 ? i + size : i, step: 1, count: 1))
      case .range(let from, let to, let step):
        let range = Slice.Range(from: from, to: to, by: step, of: source[axis])
        ranges.append(range)
        shape.append(range.count)
        sources.append(axis)
      case .inserted:
        shape.append(1)
        sources.append(nil)
      case .tensor(let tensor):
        let isMask = tensor.dtype == .bool
        let covered = Shape(source.dimensions[axis..<axis + (isMask ? tensor.rank : 1)])
        require(
          !isMask || covered == tensor.shape, "subscript",
          "a mask of shape \(tensor.shape) over axes \(covered)")
        if isMask && (isSeveral || resolvesMasks) {
          require(tensor.rank > 0, "subscript", "a mask without axes beside others")
          for (i, positions) in tensor.nonzeroIndices().enumerated() {
            tensors.append((positions, axis + i, shape.count + i))
          }
        } else {
          tensors.append((tensor, axis, shape.count))
        }
        ranges += covered.map { Slice.Range(start: 0, step: 1, count: $0) }
        sources += (0..<covered.rank).map { axis + $0 }
        shape += covered
      case .rest: break
      }
    }
  }

  func areWhole(of source: Shape) -> Bool {
    ranges.enumerated().allSatisfy { $1.start == 0 && $1.step == 1 && $1.count == source[$0] }
  }

  /// The indices with the ellipsis (at the end where none is given) written out.
  private static func expanded(
    _ indices: [AxisSelection], _ source: Shape
  ) -> [AxisSelection.Kind] {
    var used = 0
    var ellipses = 0
    for index in indices {
      switch index.kind {
      case .element, .range: used += 1
      case .tensor(let tensor): used += tensor.dtype == .bool ? tensor.rank : 1
      case .inserted: break
      case .rest: ellipses += 1
      }
    }
    require(ellipses <= 1, "subscript", "more than one .ellipsis")
    require(
      used <= source.rank, "subscript",
      "\(used) indices for the \(source.rank) axes of shape \(source)")
    let rest = [AxisSelection.Kind](
      repeating: .range(from: nil, to: nil, by: 1), count: source.rank - used)
    let kinds = indices.map(\.kind)
    if ellipses == 0 { return kinds + rest }
    return kinds.flatMap { kind in
      if case .rest = kind { return rest }
      return [kind]
    }
  }
}

extension Slice.Range {
  /// Python's rule for `from:to:by` on an axis of `size`: negative bounds count from the end,
  /// bounds beyond the ends are moved to them.
  init(from: Int?, to: Int?, by step: Int, of size: Int) {
    require(step != 0, "subscript", "a step of 0")
    func clamped(_ bound: Int?, _ fallback: Int, _ lowest: Int, _ highest: Int) -> Int {
      guard let bound else { return fallback }
      return Swift.min(Swift.max(bound < 0 ? bound + size : bound, lowest), highest)
    }
    if step > 0 {
      let first = clamped(from, 0, 0, size)
      let end = clamped(to, size, 0, size)
      self.init(start: first, step: step, count: end > first ? (end - first - 1) / step + 1 : 0)
    } else {
      let first = clamped(from, size - 1, -1, size - 1)
      let end = clamped(to, -1, -1, size - 1)
      // A step of Int.min has no positive counterpart.
      let distance = (first - end - 1) / -Swift.max(step, -.max)
      self.init(start: Swift.max(first, 0), step: step, count: first > end ? distance + 1 : 0)
    }
  }
}
