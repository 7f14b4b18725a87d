import FledgeCore
import Foundation

/// The table of all operations, `docs/ops.md`: names, formulas and samples as the registry has them;
/// shapes, gradients and kernels as the file of each operation declares them.
package struct OperatorTable {
  package struct Row {
    package let name: String
    package let formula: String
    package let shapes: String
    package let gradient: String
    package let kernel: String
    package let checks: String
    /// Below `Sources/FledgeCore/Ops`.
    let file: String
    var section: String { String(file.prefix { $0 != "/" }) }
  }

  /// In the order of their files.
  package let rows: [Row]

  /// Where the operations stand, and the table, in a checkout.
  private static let sources = "Sources/FledgeCore/Ops"
  package static let file = "docs/ops.md"

  package init(root: URL) throws(CourseError) {
    let source = try OperationSource(folder: root.appending(path: Self.sources))
    var rows: [Row] = []
    for primitive in Registry.builtIn {
      let type = String(describing: primitive)
      guard let declaration = source.declarations[type] else {
        throw .other("\(Self.sources) has no 'struct \(type)', which the registry names")
      }
      guard let shapes = declaration.shapes else {
        throw .source(declaration.file, nil, "the comment of \(type) has no 'Shape:'")
      }
      rows.append(
        Row(
          name: primitive.name, formula: primitive.formula, shapes: shapes,
          gradient: source.gradient(of: declaration), kernel: try source.kernel(of: declaration),
          checks: Self.checks(
            primitive, hasComposedForm: declaration.body.contains("func composed(")),
          file: declaration.file))
    }
    self.rows = rows.sorted { ($0.file, $0.name) < ($1.file, $1.name) }
  }

  private static func checks(_ primitive: any Primitive.Type, hasComposedForm: Bool) -> String {
    let samples =
      primitive.checkedThrough.map { "through `\($0.name)`" }
      ?? "\(primitive.samples.count) sample" + (primitive.samples.count == 1 ? "" : "s")
    return samples + (hasComposedForm ? ", composed form" : "")
  }

  package func markdown() -> String {
    var text = """
      # The operations

      Every operation that a tensor can go through, from the registry of primitives
      ([`Registry.swift`](../\(Self.sources)/Registry.swift)) and their files. Written by
      `swift run learn ops`; a test fails where this page is not what it would write.

      - **gradient**: a *rule* of its own, the gradient of the *composed form* (the same function in
        smaller operations), or *none*; a rule *or composed form* has cases that it leaves to the latter,
        such as second derivatives.
      - **computed by**: the requirements of [`Backend`](../Sources/FledgeCore/Backend/Backend.swift)
        that it calls, which the reference and the CPU backend both have, and a learner's may; *C kernel*:
        fused code of its own on the CPU, the composed form on every other backend; *view*: nothing is
        computed, only shape and strides change.
      - **checked by**: how many ways of calling it go through the checks of
        [`RegistryTests`](../Tests/FledgeCoreTests/RegistryTests.swift): first and second gradients
        against finite differences, the backends against each other, strided inputs, and the composed
        form where there is one. A gradient primitive may be checked through the operation that it
        belongs to.


      """
    let sections = rows.reduce(into: [String]()) { sections, row in
      if sections.last != row.section { sections.append(row.section) }
    }
    for section in sections {
      let rows = rows.filter { $0.section == section }
      text += "## \(section)\n\n"
      text += "| operation | formula | shapes | gradient | computed by | checked by |\n"
      text += "|---|---|---|---|---|---|\n"
      for row in rows {
        let name = "[`\(row.name)`](../\(Self.sources)/\(row.file))"
        let cells = [name, row.formula, row.shapes, row.gradient, row.kernel, row.checks]
        text += "| " + cells.map(Self.escaped).joined(separator: " | ") + " |\n"
      }
      text += "\n"
    }
    return text + "\(rows.count) operations.\n"
  }

  /// A text in a cell of a table: bars would end the cell, stars and signs of HTML mean something.
  private static func escaped(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("*", with: "\\*").replacing("<", with: "&lt;")
  }
}
