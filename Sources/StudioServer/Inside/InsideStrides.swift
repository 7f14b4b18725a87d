import Fledge

/// Views of a small tensor, one after another, with their layouts: the framework's own.
enum InsideStrides {
  struct Wish: Decodable {
    var shape: [Int]
    var views: [View]
  }

  /// One view; the fields that its kind needs.
  struct View: Decodable {
    enum Kind: String, Decodable { case permute, slice, reshape }
    var kind: Kind
    /// The new order of the axes, or the new shape.
    var sizes: [Int]?
    var axis: Int?
    var start: Int?
    var step: Int?
    var count: Int?
  }

  struct Answer: Encodable {
    struct Stage: Encodable {
      let shape: [Int]
      let strides: [Int]
      let offset: Int
      let isContiguous: Bool
      /// Whether no strides could say it, so that the elements were copied to a new buffer.
      let isCopy: Bool
      /// Where each element lies in its buffer, in row-major order.
      let places: [Int]
      /// What each element is: its place in the first buffer.
      let values: [Int]
    }
    var stages: [Stage]
  }

  enum Fault: Error, CustomStringConvertible {
    case shape
    case view([Int])
    case elements([Int], wanted: [Int])
    var description: String {
      switch self {
      case .shape: "a shape has 1 to 4 axes of 1 to 8, and at most 96 elements"
      case .view(let shape): "this view does not fit the shape \(shape)"
      case .elements(let shape, let wanted):
        "the shape \(shape) has \(shape.reduce(1, *)) elements, which do not fill \(wanted)"
      }
    }
  }

  /// - Throws: ``Fault``
  static func answer(_ wish: Wish) throws(Fault) -> Answer {
    let isSmall =
      (1...4).contains(wish.shape.count) && wish.shape.allSatisfy { (1...8).contains($0) }
      && wish.shape.reduce(1, *) <= 96 && wish.views.count <= 16
    guard isSmall else { throw .shape }
    var layout = Layout(Shape(wish.shape))
    var buffer = Array(0..<layout.count)
    var answer = Answer(stages: [stage(layout, buffer, isCopy: false)])
    for view in wish.views {
      guard let (next, isCopy) = apply(view, to: layout) else {
        let shape = Array(layout.shape.dimensions)
        throw view.kind == .reshape ? .elements(shape, wanted: view.sizes ?? []) : .view(shape)
      }
      if isCopy { buffer = places(of: layout).map { buffer[$0] } }
      layout = next
      answer.stages.append(stage(layout, buffer, isCopy: isCopy))
    }
    return answer
  }

  /// Nil where the view does not fit.
  private static func apply(_ view: View, to layout: Layout) -> (Layout, isCopy: Bool)? {
    switch view.kind {
    case .permute:
      guard let order = view.sizes, order.sorted() == Array(0..<layout.rank) else { return nil }
      return (layout.permuted(order), false)
    case .slice:
      guard let axis = view.axis, (0..<layout.rank).contains(axis), let start = view.start,
        let step = view.step, let count = view.count, abs(step) <= 8, step != 0,
        (1...8).contains(count)
      else { return nil }
      let size = layout.shape[axis]
      let last = start + step * (count - 1)
      guard (0..<size).contains(start), (0..<size).contains(last) else { return nil }
      return (layout.sliced(axis: axis, start: start, step: step, count: count), false)
    case .reshape:
      guard let sizes = view.sizes, (1...4).contains(sizes.count),
        sizes.allSatisfy({ (1...96).contains($0) }), sizes.reduce(1, *) == layout.count
      else { return nil }
      if let next = layout.reshaped(Shape(sizes)) { return (next, false) }
      return (Layout(Shape(sizes)), true)
    }
  }

  private static func places(of layout: Layout) -> [Int] {
    (0..<layout.count).map { position in
      var rest = position
      var place = layout.offset
      for axis in (0..<layout.rank).reversed() {
        place += rest % layout.shape[axis] * layout.strides[axis]
        rest /= layout.shape[axis]
      }
      return place
    }
  }

  private static func stage(_ layout: Layout, _ buffer: [Int], isCopy: Bool) -> Answer.Stage {
    let places = places(of: layout)
    return Answer.Stage(
      shape: Array(layout.shape), strides: Array(layout.strides), offset: layout.offset,
      isContiguous: layout.isContiguous, isCopy: isCopy, places: places,
      values: places.map { buffer[$0] })
  }
}
