import FledgeCore
import Foundation

/// The table of all operations, `docs/ops.md`: names, formulas and samples from the registry,
/// gradients and kernels from a run of the samples, shapes from the comment of each operation.
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
    let survey = OperationSurvey()
    var rows: [Row] = []
    for primitive in Registry.builtIn {
      let type = String(describing: primitive)
      guard let declaration = source.declarations[type] else {
        throw .other("\(Self.sources) has no 'struct \(type)', which the registry names")
      }
      guard let shapes = declaration.shapes else {
        throw .source(declaration.file, nil, "the comment of \(type) has no 'Shape:'")
      }
      guard let facts = survey.facts[primitive.name] else {
        throw .source(declaration.file, nil, "no sample runs \(type)")
      }
      rows.append(
        Row(
          name: primitive.name, formula: primitive.formula, shapes: shapes,
          gradient: facts.gradient, kernel: facts.kernel,
          checks: Self.checks(primitive, hasComposedForm: facts.hasComposedForm),
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

      All operations on tensors, from the registry of primitives
      ([`Registry.swift`](../\(Self.sources)/Registry.swift)) and a run of their samples. Written by
      `swift run learn ops`; a test fails if this page is out of date.

      - **gradient**: a *rule* of its own, the gradient of the *composed form* (the same function in
        smaller operations), or *none*; *rule, or composed form*: the rule leaves some cases, such as
        second derivatives, to the composed form.
      - **computed by**: the requirements of [`Backend`](../Sources/FledgeCore/Backend/Backend.swift)
        that it calls, which the reference and the CPU backend both have, and a learner's may; *C kernel*:
        its own fused code on the CPU, the composed form on every other backend; *own code*: the same
        code on every backend; *view*: nothing is computed, only shape and strides change.
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
