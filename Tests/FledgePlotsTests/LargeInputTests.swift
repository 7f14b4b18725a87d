import FledgeCore
import Testing

@testable import FledgePlots

/// The work is that for what is shown: with work for every pair of elements, or a text for every
/// element, these tests would not end.
@Suite struct LargeInputTests {
  @Test func `A heat map of 256 × 256`() {
    let map = HeatMap(
      values: (0..<65536).map { Float($0 % 1000) }, rows: 256, columns: 256)
    let colors = map.values.map(map.color)
    #expect(colors.first == .background)
    #expect(colors.indices.allSatisfy { colors[$0] == colors[$0 % 1000] })
  }

  @Test func `The layout of a million elements`() {
    let large = Tensor.zeros([1000, 1000])
    let panel = LayoutDiagram(["large": large, "t": large.transposed()]).panels[1]
    #expect(panel.cells.map(\.readers)[..<3] == ["0,0", "1,0", "2,0"])
  }

  @Test func `A tensor of a million elements as text, however many axes it has`() {
    for shape: Shape in [[1000, 1000], [6, 6, 6, 6, 6, 6, 6, 6], [2, 500_000], [1_000_000]] {
      let x = Tensor.zeros(shape)
      #expect(x.description.utf8.count < 200_000, "\(shape)")
    }
    #expect(Tensor.zeros([1001]).description.contains("..."))
  }

  /// Every element of a view, asked one by one.
  @Test func `The readers of each cell are those that a walk over all elements finds`() {
    let x = Tensor((0..<60).map { Float($0) }, shape: [3, 4, 5])
    let views = [
      x, x.transposed(), x.flipped(axis: 1), x[1], x[.all, 1...2], Tensor(1),
      x[.all, 2].flipped(axis: 0), Tensor([1, 2]).broadcast(to: [3, 4, 2]),
      x.permuted([2, 0, 1]).flipped(axis: 0),
    ]
    for view in views {
      let layout = view.layout
      var readers: [Int: [String]] = [:]
      for number in 0..<layout.count {
        let index = layout.shape.index(ofElement: number)
        let position = zip(index, layout.strides).reduce(layout.offset) { $0 + $1.0 * $1.1 }
        readers[position, default: []].append(index.map(String.init).joined(separator: ","))
      }
      for cell in LayoutDiagram(["x": view]).panels[0].cells {
        let found = readers[cell.position] ?? []
        #expect(cell.readers == (found.count > 1 ? "\(found.count)×" : found.first ?? ""))
      }
    }
  }
}
