/// Something that picks from one axis, or several: an integer, a range, `.all`, `.ellipsis`,
/// `.newAxis`, `.step(…)`, or a tensor of indices or a mask.
public protocol TensorIndex {
  /// The selection that the index makes.
  var selection: AxisSelection { get }
}

/// The selection of an index. Users write integers, ranges and the dotted names instead.
public enum AxisSelection: TensorIndex {
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

  public var selection: AxisSelection { self }
}

extension TensorIndex where Self == AxisSelection {
  /// The whole axis.
  public static var all: AxisSelection { .range(from: nil, to: nil, by: 1) }
  /// All axes that the other indices leave over.
  public static var ellipsis: AxisSelection { .rest }
  /// A new axis of size 1.
  public static var newAxis: AxisSelection { .inserted }
  /// Every `step`-th element of start ..< end; a negative step goes backward, as in Python.
  public static func step(_ start: Int?, _ end: Int?, _ step: Int) -> AxisSelection {
    .range(from: start, to: end, by: step)
  }
}

extension Int: TensorIndex {
  public var selection: AxisSelection { .element(self) }
}
extension Range: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .range(from: lowerBound, to: upperBound, by: 1) }
}
extension ClosedRange: TensorIndex where Bound == Int {
  public var selection: AxisSelection {
    .range(from: lowerBound, to: upperBound == -1 ? nil : upperBound + 1, by: 1)
  }
}
extension PartialRangeFrom: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .range(from: lowerBound, to: nil, by: 1) }
}
extension PartialRangeUpTo: TensorIndex where Bound == Int {
  public var selection: AxisSelection { .range(from: nil, to: upperBound, by: 1) }
}
extension PartialRangeThrough: TensorIndex where Bound == Int {
  public var selection: AxisSelection {
    .range(from: nil, to: upperBound == -1 ? nil : upperBound + 1, by: 1)
  }
}
extension Tensor: TensorIndex {
  public var selection: AxisSelection { .tensor(self) }
}

extension Tensor {
  /// Picks elements: `x[0]`, `x[1..<3]`, `x[.all, 2]`, `x[.ellipsis, .newAxis]`,
  /// `x[.step(0, 10, 2)]`, `x[indices]`, `x[mask]`.
  ///
  /// Integers, ranges, steps and new axes give views. One tensor of indices takes slices along its
  /// axis; a bool mask over the first axes takes the elements where it is true.
  public subscript(_ indices: any TensorIndex...) -> Tensor {
    get { picked(indices.map(\.selection)) }
    set { assign(newValue, at: indices.map(\.selection)) }
  }

  package func picked(_ indices: [AxisSelection]) -> Tensor {
    let (view, tensors) = basicView(indices)
    guard let (axis, tensor) = tensors.first else { return view }
    require(tensors.count == 1, "subscript", "only one tensor may be among the indices")
    if tensor.dtype != .bool { return view.take(tensor, axis: axis) }
    return view.taking(mask: tensor, axis: axis)
  }

  /// The view that integers, ranges and new axes make, and the tensors left with their axes in it.
  private func basicView(
    _ indices: [AxisSelection]
  ) -> (view: Tensor, tensors: [(axis: Int, Tensor)]) {
    var ranges: [Slice.Range] = []
    var shape: [Int] = []
    var tensors: [(axis: Int, Tensor)] = []
    func whole(_ axis: Int) {
      ranges.append(.init(start: 0, step: 1, count: self.shape[axis]))
      shape.append(self.shape[axis])
    }
    for index in expanded(indices) {
      let axis = ranges.count
      switch index {
      case .element(let i):
        let size = self.shape[axis]
        require(
          i >= -size && i < size, "subscript",
          "index \(i) is out of range for axis \(axis) of shape \(self.shape)")
        ranges.append(.init(start: i < 0 ? i + size : i, step: 1, count: 1))
      case .range(let from, let to, let step):
        let range = Slice.Range(from: from, to: to, by: step, of: self.shape[axis])
        ranges.append(range)
        shape.append(range.count)
      case .inserted: shape.append(1)
      case .tensor(let tensor):
        tensors.append((shape.count, tensor))
        for a in 0..<(tensor.dtype == .bool ? tensor.rank : 1) { whole(axis + a) }
      case .rest: break
      }
    }
    let isWhole = ranges.enumerated().allSatisfy {
      $1.start == 0 && $1.step == 1 && $1.count == self.shape[$0]
    }
    let sliced = isWhole ? self : apply(Slice(ranges: ranges), self)
    return (sliced.reshaped(Shape(shape)), tensors)
  }

  /// The indices with the ellipsis (at the end where none is given) written out.
  private func expanded(_ indices: [AxisSelection]) -> [AxisSelection] {
    var used = 0
    var ellipses = 0
    for index in indices {
      switch index {
      case .element, .range: used += 1
      case .tensor(let tensor): used += tensor.dtype == .bool ? tensor.rank : 1
      case .inserted: break
      case .rest: ellipses += 1
      }
    }
    require(ellipses <= 1, "subscript", "more than one .ellipsis")
    require(
      used <= rank, "subscript", "\(used) indices for the \(rank) axes of shape \(shape)")
    let rest = [AxisSelection](
      repeating: .range(from: nil, to: nil, by: 1), count: rank - used)
    if ellipses == 0 { return indices + rest }
    return indices.flatMap { index in
      if case .rest = index { return rest }
      return [index]
    }
  }

  /// The elements at the true positions of a mask over axes axis ..< axis + mask.rank.
  private func taking(mask: Tensor, axis: Int) -> Tensor {
    let masked = Shape(Array(shape.dimensions[axis..<axis + mask.rank]))
    require(
      masked == mask.shape, "subscript", "a mask of shape \(mask.shape) over axes \(masked)")
    let flat = reshaped(
      Shape(shape.dimensions[..<axis] + [mask.count] + shape.dimensions[(axis + mask.rank)...]))
    return flat.take(mask.nonzeroPositions(), axis: axis)
  }

  /// The row-major positions of the elements that are true (not zero), int64.
  public func nonzeroPositions() -> Tensor {
    let values = (self .!= 0).array(of: Bool.self)
    return Tensor(values.indices.filter { values[$0] })
  }

  /// Writing copies what is shared: `var y = x; y[0] = 1` leaves `x` alone. Recorded like any
  /// other operation. Of several values for one place the last stays.
  private mutating func assign(_ value: Tensor, at indices: [AxisSelection]) {
    let positions = Tensor.arange(count).reshaped(shape).picked(indices)
    let values = value.cast(to: dtype).broadcast(to: positions.shape).flattened()
    if values.count == 0 { return }
    // Which of the values each element gets; −1 where it stays.
    var chosen = [Int](repeating: -1, count: count)
    for (i, position) in positions.array(of: Int.self).enumerated() { chosen[position] = i }
    let written = values.take(Tensor(chosen.map { Swift.max($0, 0) }))
    self = Tensor.where(Tensor(chosen) .>= 0, written, flattened()).reshaped(shape)
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
      self.init(start: first, step: step, count: Swift.max(0, (end - first + step - 1) / step))
    } else {
      let first = clamped(from, size - 1, -1, size - 1)
      let end = clamped(to, -1, -1, size - 1)
      self.init(
        start: Swift.max(first, 0), step: step,
        count: Swift.max(0, (first - end - step - 1) / -step))
    }
  }
}
