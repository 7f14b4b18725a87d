import Testing

@testable import FledgePlots

@Suite struct CellDiagramTests {
  @Test func `Tables, signs and notes are drawn, each text escaped`() {
    let diagram = CellDiagram(
      title: "a < b",
      rows: [
        [
          .table(
            CellDiagram.Table("x", texts: [["1", "&"], ["3", "4"]], note: "two by two") { row, _ in
              row
            }), .sign("→"), .table(CellDiagram.Table("y", rows: 3, columns: 1)),
        ],
        [.table(CellDiagram.Table("only a caption", texts: []))],
      ])
    let svg = diagram.drawing().svg
    #expect(xmlFault(svg) == nil)
    for text in [">a &lt; b<", ">&amp;<", ">→<", ">two by two<", ">only a caption<"] {
      #expect(svg.contains(text), "\(text)")
    }
    #expect(svg.split(separator: "<rect").count - 1 == 1 + 4 + 3)
  }
}
