import Foundation
import Testing

@testable import StudioServer

@Suite struct PageTests {
  private func text(_ name: String) throws -> String {
    guard case .data(let data)? = PageFiles().response(name)?.content else {
      throw CocoaError(.fileNoSuchFile)
    }
    return String(decoding: data, as: UTF8.self)
  }

  @Test func `The page is under 150 kB and names no other address`() throws {
    let files = PageFiles()
    #expect(files.names.contains("index.html") && files.names.contains("main.js"))
    #expect(files.byteCount < 150_000)
    for name in files.names {
      let found = try text(name).matches(of: /(https?:)?\/\/[a-z0-9.-]+\.[a-z]+[^\s"']*/)
        .map { String($0.output.0) }.filter { !$0.hasPrefix("http://www.w3.org/") }
      #expect(found.isEmpty, "\(name)")
    }
  }

  @Test func `Every word that the page shows is there in both languages, and no other`() throws {
    let table = try text("words.js")
    let entries = table.matches(of: /(\w+): \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\]/)
    let known = Set(entries.map { String($0.output.1) })
    #expect(known.count == entries.count && known.count > 100)
    for entry in entries {
      #expect(!entry.output.2.isEmpty && !entry.output.3.isEmpty)
    }
    var all = ""
    for name in PageFiles().names where name.hasSuffix(".js") && name != "words.js" {
      all += try text(name)
    }
    let used = Set(all.matches(of: /\bt\("(\w+)"\)/).map { String($0.output.1) })
    #expect(used.subtracting(known).isEmpty)
    // Those that are found by the name of a view, a part, a class or a state.
    let others: Set = [
      "watch", "play", "inside", "digit", "attention", "formula", "strides", "class0", "class1",
      "running", "paused", "finished", "stopped",
    ]
    let unused = known.filter { !all.contains("\"\($0)\"") }
    #expect(unused == others.intersection(unused))
  }

  @Test func `No path reaches another file`() {
    let files = PageFiles()
    for path in ["../Package.swift", "..%2fPackage.swift", "/etc/passwd", "Web/index.html", "x"] {
      #expect(files.response(path) == nil)
    }
  }
}
