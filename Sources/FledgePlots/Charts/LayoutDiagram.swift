import FledgeCore

/// Tensors and views with the storage under them: which cell each element reads, and how many cells
/// each step along an axis moves (the strides).
///
/// ```swift
/// let x = Tensor([[1, 2, 3], [4, 5, 6]])
/// let diagram = LayoutDiagram(["x": x, "x.transposed()": x.transposed()])
/// print(diagram.terminal().joined(separator: "\n"))
/// ```
///
/// Each row of the first tensor over a storage has one colour, also in its views, which shows what
/// moves and what stays. Only the beginning of a large tensor is shown.
public struct LayoutDiagram: Sendable {
  /// Stands above the picture; empty for none.
  public var title: String
  let panels: [Panel]

  /// - Parameter tensors: each with the name to show; views of a tensor come after it
  public init(title: String = "", _ tensors: KeyValuePairs<String, Tensor>) {
    self.init(title: title, tensors.map { ($0.key, $0.value) })
  }

  /// A diagram of tensors whose names are put together at run time.
  public init(title: String = "", _ tensors: [(name: String, tensor: Tensor)]) {
    self.title = title
    panels = tensors.map { name, tensor in
      let base = tensors.first { $0.tensor.storage === tensor.storage }!.tensor
      return Panel(name: name, tensor, rowLength: max(base.rank == 0 ? 1 : base.shape[-1], 1))
    }
  }
}

extension LayoutDiagram {
  /// What is shown of one tensor.
  struct Panel: Sendable {
    struct Element: Sendable {
      let text: String
      /// The cell of storage that it reads.
      let position: Int
    }

    /// A matrix of the last two axes.
    struct Block: Sendable {
      /// Its place along the other axes, such as `[0, 2]`; empty where there are none.
      let label: String
      let rows: [[Element]]
    }

    struct Cell: Sendable {
      let position: Int
      let text: String
      /// The index of the element that reads it, or how many do; empty where none does.
      let readers: String
    }

    /// A step along an axis, from the first element to the next.
    struct Step: Sendable {
      let axis: Int
      let stride: Int
      let from: Int

      var text: String {
        switch stride {
        case 0: "axis \(axis): stride 0, the same cell again"
        case 1, -1: "axis \(axis): stride \(stride), the cell \(stride > 0 ? "after" : "before")"
        default:
          "axis \(axis): stride \(stride), \(abs(stride)) cells \(stride > 0 ? "on" : "back")"
        }
      }
    }

    let name: String
    /// Type, strides, offset.
    let facts: String
    let blocks: [Block]
    /// Cells of the storage: all, or of a large one some from the first that is read.
    let cells: [Cell]
    let steps: [Step]
    var columns: Int { blocks.first?.rows.first?.count ?? 0 }
    /// Whether only the beginning is shown.
    let isCut: Bool
    private let rowLength: Int

    static let (mostRows, mostColumns, mostBlocks, mostCells) = (8, 8, 4, 24)

    init(name: String, _ tensor: Tensor, rowLength: Int) {
      self.name = name
      self.rowLength = rowLength
      let layout = tensor.layout
      facts =
        "\(tensor.dtype) \(layout.shape), strides \(Array(layout.strides)), "
        + "offset \(layout.offset)" + (layout.isContiguous ? "" : ", not contiguous")

      let whole = tensor.detached().view(
        Layout([tensor.storage.byteCount / tensor.dtype.byteCount]))
      let values = whole.array(of: Double.self)
      let isEmpty = layout.count == 0
      let lowest = (0..<layout.rank).reduce(layout.offset) { place, axis in
        place + min((layout.shape[axis] - 1) * layout.strides[axis], 0)
      }
      let first = max(min(isEmpty ? 0 : lowest, values.count - Self.mostCells), 0)
      let end = min(first + Self.mostCells, values.count)
      let readers = Self.readers(of: first..<end, layout)
      cells = (first..<end).map { position in
        let found = readers[position]
        let text = found.map { $0.index.map(String.init).joined(separator: ",") } ?? ""
        return Cell(
          position: position, text: Axis.label(values[position]),
          readers: found.map { $0.count > 1 ? "\($0.count)×" : text } ?? "")
      }

      let outer = Array(layout.shape.dimensions.dropLast(2))
      let columns = layout.rank > 0 ? layout.shape[-1] : 1
      let rows = layout.rank > 1 ? layout.shape[-2] : 1
      blocks = (0..<(isEmpty ? 0 : min(Shape(outer).count, Self.mostBlocks))).map { number in
        let place = Shape(outer).index(ofElement: number)
        return Block(
          label: place.isEmpty ? "" : "\(place)",
          rows: (0..<min(rows, Self.mostRows)).map { row in
            (0..<min(columns, Self.mostColumns)).map { column in
              let index = Array((place + [row, column]).suffix(layout.rank))
              let position = Self.position(index, layout)
              return Element(text: Axis.label(values[position]), position: position)
            }
          })
      }
      isCut =
        values.count > cells.count || rows > Self.mostRows || columns > Self.mostColumns
        || outer.reduce(1, *) > Self.mostBlocks
      steps = (0..<layout.rank).filter { layout.shape[$0] > 1 && !isEmpty }.map {
        Step(axis: $0, stride: layout.strides[$0], from: layout.offset)
      }
    }

    /// Of each of these cells of the storage that elements read, how many do, and one's index.
    ///
    /// Axes of long steps come first, and steps that cannot lead into the cells are left out: the
    /// work is that for a few cells, however large the tensor is.
    private static func readers(
      of cells: Range<Int>, _ layout: Layout
    ) -> [Int: (count: Int, index: [Int])] {
      var result: [Int: (count: Int, index: [Int])] = [:]
      func visit(_ axes: ArraySlice<Int>, _ position: Int, _ index: [Int], _ count: Int) {
        guard let axis = axes.first else {
          result[position, default: (0, index)].count += count
          return
        }
        let (size, stride, rest) = (layout.shape[axis], layout.strides[axis], axes.dropFirst())
        if stride == 0 { return visit(rest, position, index, count * size) }
        let reach = rest.reduce(0) { $0 + (layout.shape[$1] - 1) * abs(layout.strides[$1]) }
        let low = Double(cells.lowerBound - reach - position) / Double(stride)
        let high = Double(cells.upperBound - 1 + reach - position) / Double(stride)
        let from = max(Int(min(low, high).rounded(.up)), 0)
        let to = min(Int(max(low, high).rounded(.down)), size - 1)
        for step in Swift.stride(from: from, through: to, by: 1) {
          var next = index
          next[axis] = step
          visit(rest, position + step * stride, next, count)
        }
      }
      let axes = (0..<layout.rank).sorted { abs(layout.strides[$0]) > abs(layout.strides[$1]) }
      let start = Array(repeating: 0, count: layout.rank)
      if layout.count > 0 { visit(axes[...], layout.offset, start, 1) }
      return result
    }

    private static func position(_ index: [Int], _ layout: Layout) -> Int {
      index.enumerated().reduce(layout.offset) { $0 + $1.element * layout.strides[$1.offset] }
    }

    /// The colour of a cell: one for each row, deeper along it.
    func color(_ position: Int) -> RGB {
      let (row, column) = position.quotientAndRemainder(dividingBy: rowLength)
      let depth = 0.2 + 0.3 * Double(column) / Double(max(rowLength - 1, 1))
      return RGB.background.mixed(with: .series(row), depth)
    }
  }
}
