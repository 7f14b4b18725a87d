import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

@Suite struct FromPyTorchTests {
  private func text(_ path: String) throws -> String {
    try String(contentsOf: ReadmeTests.root.appending(path: path), encoding: .utf8)
  }

  @Test func `the page's right column is what is compiled here`() throws {
    // The code of each section of the page: `| `PyTorch` | `Fledge` |`.
    var onPage: [String: [String]] = [:]
    var section = ""
    for line in try text("docs/from-pytorch.md").split(separator: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      let cells = line.split(separator: "` | `")
      guard line.hasPrefix("| `"), cells.count == 2, let end = cells[1].lastIndex(of: "`") else {
        continue
      }
      onPage[section, default: []].append(String(cells[1][..<end]))
    }

    var compiled: [String: [String]] = [:]
    var current: String?
    for line in try text("Tests/FledgeTests/FromPyTorchLines.swift").split(separator: "\n") {
      let code = line.trimmingCharacters(in: .whitespaces)
      if code.hasPrefix("// ## ") {
        current = String(code.dropFirst(6))
      } else if code == "// end" {
        current = nil
      } else if let current {
        compiled[current, default: []].append(
          code.hasPrefix("_ = ") ? String(code.dropFirst(4)) : code)
      }
    }
    #expect(onPage.count > 8 && onPage.values.allSatisfy { $0.count > 3 })
    #expect(Set(onPage.keys) == Set(compiled.keys))
    for (section, lines) in onPage { #expect(lines == compiled[section], "\(section)") }
  }

  @Test func `the page's training loop is what is compiled here`() throws {
    let page = try text("docs/from-pytorch.md")
    let block = try #require(page.components(separatedBy: "```").dropFirst().first)
    let source = try text("Tests/FledgeTests/FromPyTorchLoop.swift")
    let mark = "// docs/from-pytorch.md\n"
    let compiled = try #require(source.components(separatedBy: mark).dropFirst().first)
    #expect(block == "swift\nimport Fledge\n\n" + compiled)
  }

  @Test func `every line of the page runs`() async {
    // In a process of its own: a trap is then this test's failure alone.
    await #expect(processExitsWith: .success) {
      FromPyTorch.creating()
      FromPyTorch.shapes()
      FromPyTorch.indexing()
      FromPyTorch.mathematics()
      FromPyTorch.gradientLines()
      FromPyTorch.layers()
      FromPyTorch.losses()
      FromPyTorch.optimizers()
      FromPyTorch.data()
      FromPyTorch.types()
      try withTemporaryDirectory { try FromPyTorch.saving(at: "\($0)/model.safetensors") }
    }
  }

  @Test func `the page's training loop learns`() {
    let labels = Tensor.arange(8)
    let images = Tensor.oneHot(labels, classes: 784)
    let model = withGenerator(Generator(seed: 1)) { fit(images, labels, epochs: 200) }
    #expect(model(images).argmax(axis: 1).array(of: Int.self) == Array(0..<8))
  }
}
