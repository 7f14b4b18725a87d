import Foundation

/// What the files of the operations declare.
struct OperationSource {
  struct Declaration {
    /// Below the folder of the operations.
    let file: String
    /// The protocol it conforms to, which may do part of the work.
    let parent: String
    let comment: [String]
    let body: String

    /// What follows "Shape:" in the comment, up to the end of the paragraph.
    var shapes: String? {
      guard let first = comment.firstIndex(where: { $0.contains("Shape:") }) else { return nil }
      let lines = comment[first...].prefix { !$0.isEmpty }
      let text = lines.joined(separator: " ")
      let shapes = text[text.range(of: "Shape:")!.upperBound...]
      return shapes.replacing("``", with: "`").trimmingCharacters(in: .whitespaces)
    }
  }

  private(set) var declarations: [String: Declaration] = [:]
  /// The bodies of the extensions of a protocol, and the protocol that it refines.
  private var protocols: [String: (parent: String, body: String)] = [:]

  init(folder: URL) throws(CourseError) {
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    for file in (files ?? []).sorted() where file.hasSuffix(".swift") {
      guard
        let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
      else { throw .unreadable(folder.appending(path: file).path) }
      read(text, file)
    }
    if declarations.isEmpty { throw .unreadable(folder.path) }
  }

  /// Declarations begin at the left margin and end with a brace there.
  private mutating func read(_ text: String, _ file: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let words = line.split { " :{,".contains($0) }.map(String.init).filter { $0 != "public" }
      guard words.count >= 2, ["struct", "protocol", "extension"].contains(words[0])
      else { continue }
      let body = lines[number...].prefix { $0 != "}" }.joined(separator: "\n")
      let parent = words.count > 2 ? words[2] : ""
      switch words[0] {
      case "struct":
        let comment = lines[..<number].reversed().prefix { $0.hasPrefix("///") }.reversed()
        declarations[words[1]] = Declaration(
          file: file, parent: parent,
          comment: comment.map { $0.dropFirst(3).trimmingCharacters(in: .whitespaces) },
          body: body)
      case "protocol": protocols[words[1], default: ("", "")].parent = parent
      default: protocols[words[1], default: ("", "")].body += body + "\n"
      }
    }
  }

  /// The text of a function in the declaration, or in the protocols that it conforms to; nil where
  /// only ``Primitive`` has one.
  private func function(_ name: String, of declaration: Declaration) -> Substring? {
    if let own = Self.function(name, in: declaration.body) { return own }
    var parent = declaration.parent
    while parent != "Primitive", let found = protocols[parent] {
      if let inherited = Self.function(name, in: found.body) { return inherited }
      parent = found.parent
    }
    return nil
  }

  private static func function(_ name: String, in text: String) -> Substring? {
    guard
      let start = text.range(of: "  func \(name)(") ?? text.range(of: "  public func \(name)(")
    else { return nil }
    let rest = text[start.lowerBound...]
    // A function of one line, or one that ends with a brace below its `func`.
    let firstLine = rest.prefix { $0 != "\n" }
    if firstLine.hasSuffix("}") { return firstLine }
    return rest.range(of: "\n  }").map { rest[..<$0.lowerBound] } ?? rest
  }

  func gradient(of declaration: Declaration) -> String {
    guard let rule = function("gradients", of: declaration) else { return "composed form" }
    if rule.contains("throughComposed(self)") { return "rule, or composed form" }
    let result = rule.drop { $0 != "{" }.dropFirst()
    let values = result.filter { !$0.isWhitespace && $0 != "}" }
    let isNone = values.hasPrefix("[nil") && !values.contains { "().".contains($0) }
    return isNone ? "none" : "rule"
  }

  func kernel(of declaration: Declaration) throws(CourseError) -> String {
    guard
      let forward = function("output", of: declaration) ?? function("forward", of: declaration)
    else { throw .source(declaration.file, nil, "an operation computes nothing") }
    if forward.contains("fused(inputs") { return "C kernel" }
    let calls = forward.matches(of: /backend\.(\w+)\(/).map { "`\($0.1)`" }
    if !calls.isEmpty {
      return calls.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        .joined(separator: ", ")
    }
    let looksOn = forward.contains(".view(") || forward.contains("inputs[0]")
    if !looksOn { throw .source(declaration.file, nil, "neither a kernel nor a view: \(forward)") }
    return "view"
  }
}
