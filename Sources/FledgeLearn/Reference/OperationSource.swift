import Foundation

/// Which file declares each operation, and the shapes that its comment gives.
///
/// Shapes are read from the comment, not from the code: readers of the operation's file need them
/// above its declaration, and they say more than a type could
/// ("x [N, C, H, W], weight [M, C/g, h, w] → …").
struct OperationSource {
  struct Declaration {
    /// Below the folder of the operations.
    let file: String
    let comment: [String]

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

  /// Declarations begin at the left margin, below their comments.
  private mutating func read(_ text: String, _ file: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let words = line.split { " :{<".contains($0) }.map(String.init)
      guard let keyword = words.firstIndex(of: "struct"), keyword <= 1, !line.hasPrefix(" "),
        !line.hasPrefix("/"), words.count > keyword + 1
      else { continue }
      let comment = lines[..<number].reversed().prefix { $0.hasPrefix("///") }.reversed()
      declarations[words[keyword + 1]] = Declaration(
        file: file, comment: comment.map { $0.dropFirst(3).trimmingCharacters(in: .whitespaces) })
    }
  }
}
