import FledgeCore
import Foundation
import Testing

@testable import FledgePlots

@Suite struct LayoutDiagramTests {
  private let x = Tensor([[1, 2, 3], [4, 5, 6]])

  @Test func `Each element names the cell that it reads, each cell its reader`() {
    let diagram = LayoutDiagram(["x": x, "t": x.transposed()])
    let text = diagram.terminal().joined(separator: "\n")
    #expect(text.contains("t   float32 [3, 2], strides [1, 3], offset 0, not contiguous"))
    #expect(text.contains("│ 2 @1 │ 5 @4 │"))
    #expect(text.contains("element  0,0   1,0   2,0   0,1   1,1   2,1"))
    #expect(text.contains("axis 1: stride 3, 3 cells on"))
  }

  @Test func `What repeats with stride 0 has several readers`() {
    let text = LayoutDiagram(["y": Tensor([1, 2]).broadcast(to: [3, 2])]).terminal()
      .joined(separator: "\n")
    #expect(text.contains("axis 0: stride 0, the same cell again"))
    #expect(text.contains("element  3×   3×"))
  }

  @Test func `Cells that a slice leaves out have no reader`() {
    let slice = x[.all, 1...]
    #expect(slice.storage === x.storage)
    let panel = LayoutDiagram(["x": x, "s": slice]).panels[1]
    #expect(panel.cells.map(\.readers) == ["", "0,0", "0,1", "", "1,0", "1,1"])
    #expect(panel.blocks.flatMap(\.rows).joined().map(\.position) == [1, 2, 4, 5])
    // The colours are those of the rows of x.
    #expect(panel.color(2) != panel.color(4))
  }

  @Test(arguments: [30, 50, 80])
  func `No line is wider than asked for, and ASCII is ASCII`(width: Int) {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("scalar", Tensor(3)), ("empty", .zeros([0, 3])), ("large", .ones([3, 4, 20, 30])),
      ("flipped", x.flipped(axis: 1)),
    ]
    for tensor in tensors {
      let lines = LayoutDiagram(title: "t", [tensor]).terminal(width: width, style: .ascii)
      #expect(lines.joined().allSatisfy { $0.isASCII }, "\(tensor.name)")
      // What is said beside the tables is written out whatever the width is.
      let tables = lines.filter { $0.contains("|") || $0.contains("+") }
      #expect(tables.allSatisfy { $0.count <= width }, "\(tensor.name): \(tables)")
    }
  }

  @Test func `Of a large tensor a part is shown: where the view begins`() {
    let large = Tensor.arange(1000).reshaped([10, 100])
    let panel = LayoutDiagram(["large": large, "row": large[5]]).panels[1]
    #expect(panel.isCut)
    #expect(panel.cells.map(\.position) == Array(500..<524))
    #expect(panel.blocks[0].rows[0].map(\.text) == (500..<508).map { "\($0)" })
  }

  @Test func `The drawing is well-formed for every kind of tensor`() {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("<&>", Tensor(3)), ("empty", .zeros([0, 3])), ("three", .ones([2, 3, 4])),
      ("reversed", x.flipped(axis: 1)), ("bool", x .> 2),
      ("broadcast", x[0].broadcast(to: [2, 3])),
    ]
    let svg = LayoutDiagram(title: "all", tensors).svg()
    #expect(xmlFault(svg) == nil)
    #expect(svg.contains("not contiguous"))
    #expect(xmlFault(LayoutDiagram([]).svg()) == nil)
  }
}
