import Foundation

/// The files of the page, read once: no request reaches the file system.
struct PageFiles: Sendable {
  private let files: [String: (type: String, data: Data)]

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
  ]

  /// The files of the folder `Web`, which is copied beside the program.
  init() {
    var files: [String: (type: String, data: Data)] = [:]
    let folder = Bundle.module.bundleURL.appendingPathComponent("Web", isDirectory: true)
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in found {
      guard let type = Self.types[(name as NSString).pathExtension],
        let data = try? Data(contentsOf: folder.appendingPathComponent(name))
      else { continue }
      files[name] = (type, data)
    }
    self.files = files
  }

  /// The names of all files.
  var names: [String] { files.keys.sorted() }

  /// The bytes of all files together.
  var byteCount: Int { files.values.reduce(0) { $0 + $1.data.count } }

  /// The file at a path below the token; the empty path is the page.
  func response(_ path: String) -> HTTPResponse? {
    files[path.isEmpty ? "index.html" : path].map {
      HTTPResponse(status: 200, type: $0.type, content: .data($0.data))
    }
  }
}
