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
      let values = whole.array(of: Double.self).map(Axis.label)

      var indices: [Int: [String]] = [:]
      for index in Self.indices(of: layout.shape) {
        let text = index.map(String.init).joined(separator: ",")
        indices[Self.position(index, layout), default: []].append(text)
      }
      let first = max(min(indices.keys.min() ?? 0, values.count - Self.mostCells), 0)
      let end = min(first + Self.mostCells, values.count)
      let shown = values.count <= Self.mostCells ? values.indices : first..<end
      cells = shown.map { position in
        let readers = indices[position] ?? []
        return Cell(
          position: position, text: values[position],
          readers: readers.count > 1 ? "\(readers.count)×" : readers.first ?? "")
      }

      let outer = layout.shape.dimensions.dropLast(2)
      let columns = layout.rank > 0 ? layout.shape[-1] : 1
      let rows = layout.rank > 1 ? layout.shape[-2] : 1
      let isEmpty = layout.count == 0
      blocks = Self.indices(of: Shape(Array(outer))).prefix(isEmpty ? 0 : Self.mostBlocks).map {
        place in
        Block(
          label: place.isEmpty ? "" : "\(place)",
          rows: (0..<min(rows, Self.mostRows)).map { row in
            (0..<min(columns, Self.mostColumns)).map { column in
              let index = Array((place + [row, column]).suffix(layout.rank))
              let position = Self.position(index, layout)
              return Element(text: values[position], position: position)
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

    /// All indices of a shape in row-major order.
    private static func indices(of shape: Shape) -> [[Int]] {
      shape.dimensions.reduce([[]]) { indices, size in
        indices.flatMap { index in (0..<size).map { index + [$0] } }
      }
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
