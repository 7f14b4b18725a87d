import FledgeCore
import FledgeLearn
import Foundation
import Testing

@Suite struct OperatorTableTests {
  static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

  @Test func `docs/ops.md is what would be written now`() throws {
    let file = Self.root.appending(path: OperatorTable.file)
    let written = try String(contentsOf: file, encoding: .utf8)
    let table = try OperatorTable(root: Self.root).markdown()
    #expect(written == table, "run `swift run learn ops` and commit \(OperatorTable.file)")
  }

  @Test func `Every operation has a row, with its gradient and who computes it`() throws {
    let rows = try OperatorTable(root: Self.root).rows
    #expect(rows.count == Registry.builtIn.count)
    func row(_ name: String) throws -> OperatorTable.Row {
      try #require(rows.first { $0.name == name })
    }
    #expect(try row("add").kernel == "`zip`")
    #expect(try row("max").kernel == "`reduce`")
    #expect(try row("conv2d").kernel == "C kernel")
    #expect(try row("permute").kernel == "view")
    #expect(try row("tanh").gradient == "rule")
    #expect(try row("prod").gradient == "composed form")
    #expect(try row("attention").gradient == "rule, or composed form")
    #expect(try row("sign").gradient == "none")
    #expect(try row("matmul").shapes == "[b…, M, K], [b…, K, N] → [b…, M, N]")
    #expect(try row("layerNormGradient").checks == "through `layerNorm`, composed form")
  }

  @Test func `A folder without operations is an error`() {
    #expect(throws: CourseError.self) {
      try OperatorTable(root: FileManager.default.temporaryDirectory)
    }
  }
}

@Suite struct CoursePictureTests {
  @Test func `Every picture is in the checkout, and no other`() throws {
    let folder = OperatorTableTests.root.appending(path: CoursePicture.folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files) == Set(CoursePicture.all.map { $0.name + ".svg" }))
  }

  @Test(arguments: ["strides", "unbroadcast", "norms", "schedules"])
  func `Drawing twice gives the same file`(name: String) throws {
    let picture = try #require(CoursePicture.all.first { $0.name == name })
    #expect(picture.svg() == picture.svg())
  }
}
