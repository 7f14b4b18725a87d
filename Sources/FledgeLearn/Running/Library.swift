import Foundation

/// All of Fledge as one shared library, made from the objects that are built already: linking them
/// into each program anew took longer than compiling an exercise.
struct Library {
  static let name = "FledgeForLearners"

  let folder: URL
  let record: Record

  /// The record beside the library.
  struct Record: Codable {
    /// The key of the objects it was made from; if they change, it is made again.
    var key: String
    /// The flags that programs need to find the headers of OpenBLAS and zlib.
    var compilerFlags: [String]
  }
}

extension Compiler {
  /// Objects of this program that are the course itself and not the framework.
  private static let own = ["learn", "FledgeLearn", "ExerciseCards", "ArgumentParser"]

  /// The library for the current objects.
  func library() throws(CourseError) -> Library {
    let folder = products.appending(path: "learn-library")
    let description = folder.appending(path: "library.json")
    let objects = try objects()
    let key = try key(of: objects)
    if let data = try? Data(contentsOf: description),
      let record = try? JSONDecoder().decode(Library.Record.self, from: data), record.key == key
    {
      return Library(folder: folder, record: record)
    }
    return try make(objects, key: key, in: folder, description: description)
  }

  private func make(
    _ objects: [String], key: String, in folder: URL, description: URL
  ) throws(CourseError) -> Library {
    // Made beside its place first: another run may be using the old one, or making the same one.
    let scratch = folder.appending(path: "new-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    do {
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      let list = scratch.appending(path: "objects.txt")
      try objects.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
      #if os(macOS)
        let (file, naming) = (
          "lib\(Library.name).dylib",
          ["-Xlinker", "-install_name", "-Xlinker", "@rpath/lib\(Library.name).dylib"]
        )
      #else
        let hiding = scratch.appending(path: "symbols.map")
        try Self.hiddenSymbols.write(to: hiding, atomically: true, encoding: .utf8)
        let (file, naming) = (
          "lib\(Library.name).so", ["-Xlinker", "--version-script=\(hiding.path)"]
        )
      #endif
      let made = scratch.appending(path: file)
      let arguments =
        ["-emit-library", "-o", made.path, "@\(list.path)"] + naming + (try systemFlags("--libs"))
      let run = try Subprocess.run(Self.swiftc(), arguments, seconds: 300, scratch: scratch)
      guard run.status == 0 else {
        throw CourseError.other(
          "cannot link Fledge; run `swift run learn doctor`\n\(run.output)\(run.errors)")
      }
      let record = Library.Record(
        key: key, compilerFlags: try systemFlags("--cflags").flatMap { ["-Xcc", $0] })
      let place = folder.appending(path: file)
      guard rename(made.path, place.path) == 0 else {
        throw CourseError.other("cannot write \(place.path)")
      }
      try JSONEncoder().encode(record).write(to: description, options: .atomic)
      return Library(folder: folder, record: record)
    } catch let error as CourseError {
      throw error
    } catch {
      throw .other("cannot write in \(folder.path): \(error.localizedDescription)")
    }
  }

  /// The kernels' variants for one processor each (`fledge_sum.arch_x86-64-v3`), which stay within
  /// the library. The function that chooses among them runs while the library is loaded: were they
  /// visible outside, it would read their addresses from a table that may not be filled in yet.
  private static let hiddenSymbols = "{ local: *.arch_*; *.default.*; };\n"

  /// The objects that Fledge is linked from, as the build system last linked them: looking into the
  /// folders would find objects of files that are gone, too.
  private func objects() throws(CourseError) -> [String] {
    let list = products.appending(path: "learn.product/Objects.LinkFileList")
    guard let text = try? String(contentsOf: list, encoding: .utf8) else {
      throw .notBuilt(list.path)
    }
    return text.split(separator: "\n").map(String.init).filter { line in
      !Self.own.contains {
        line.contains("/\($0).build/") || line.contains("/\($0)ToolInfo.build/")
      }
    }
  }

  /// A key of the library's making: how it is linked, and the objects' names, sizes and times.
  private func key(of objects: [String]) throws(CourseError) -> String {
    var text = Self.hiddenSymbols
    for object in objects {
      let path = Self.words(object).first ?? object
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
        throw .notBuilt(path)
      }
      let time = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      text += "\(path) \(attributes[.size] ?? 0) \(time)\n"
    }
    return TextHash(text).digits
  }

  /// The locations of OpenBLAS and zlib, if not the usual ones.
  private func systemFlags(_ kind: String) throws(CourseError) -> [String] {
    guard let pkgConfig = Subprocess.find("pkg-config") else {
      return kind == "--libs" ? ["-lopenblas", "-lz"] : []
    }
    let scratch = FileManager.default.temporaryDirectory
    let run = try Subprocess.run(
      pkgConfig, [kind, "openblas", "zlib"], seconds: 10, scratch: scratch)
    guard run.status == 0 else {
      throw .other(
        "pkg-config does not find OpenBLAS and zlib; run `make setup`\n\(run.errors)")
    }
    return Self.words(run.output)
  }

  /// The words of a line as a shell reads it: separated by blanks unless quoted.
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\" && quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil && (character == "'" || character == "\"") {
        quote = character
        word = word ?? ""
      } else if quote == nil && character.isWhitespace {
        if let whole = word { words.append(whole) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}
