import Foundation

/// Compiles a handful of files against the Fledge that is built already.
///
/// The files go straight to `swiftc`, beside the modules and objects that built this very program:
/// a second package would build all of Fledge once more, and a build system plans longer than the
/// compiler works here.
package struct Compiler: Sendable {
  /// The folder with the built modules: the one that this program lies in.
  package let products: URL
  package let root: URL

  package init(products: URL, root: URL) throws(CourseError) {
    self.products = products
    self.root = root
    let modules = products.appending(path: "Modules/FledgeCourse.swiftmodule")
    guard FileManager.default.fileExists(atPath: modules.path) else {
      throw .notBuilt(modules.path)
    }
  }

  package struct Result {
    package let succeeded: Bool
    /// Errors and warnings, as the compiler wrote them.
    package let messages: String
    package let seconds: Double
  }

  /// Compiles `sources`, one of which is main.swift, into a program.
  package func compile(
    _ sources: [URL], to program: URL, optimized: Bool = false, scratch: URL
  ) throws(CourseError) -> Result {
    guard let swiftc = Subprocess.find("swiftc") else {
      throw .noTool("swiftc", "it is not in the search path; run `swift run learn doctor`")
    }
    var arguments = sources.map(\.path)
    arguments += ["-o", program.path, "-module-name", "Exercises", "-swift-version", "6"]
    // One frontend for all files: they are few, and starting a frontend takes longer than a file.
    arguments += ["-whole-module-optimization", optimized ? "-O" : "-Onone"]
    arguments += ["-I", products.appending(path: "Modules").path]
    for module in ["COpenBLAS", "CZlib"] {
      let map = root.appending(path: "Sources/\(module)/module.modulemap")
      arguments += ["-Xcc", "-fmodule-map-file=\(map.path)"]
    }
    let kernels = products.appending(path: "CKernels.build/module.modulemap")
    arguments += ["-Xcc", "-fmodule-map-file=\(kernels.path)"]
    arguments += try systemFlags()
    arguments.append("@" + (try objects(scratch: scratch).path))
    let run = try Subprocess.run(swiftc, arguments, seconds: 300, scratch: scratch)
    return Result(
      succeeded: run.status == 0 && !run.timedOut, messages: run.output + run.errors,
      seconds: run.seconds)
  }
}

extension Compiler {
  /// Objects of this program that are the course itself and not the framework.
  private static let own = ["learn", "FledgeLearn", "Course", "ArgumentParser"]

  /// A list of the objects that Fledge is linked from, as the build system last linked them: looking
  /// into the folders would find objects of files that are gone, too.
  private func objects(scratch: URL) throws(CourseError) -> URL {
    let list = products.appending(path: "learn.product/Objects.LinkFileList")
    guard let text = try? String(contentsOf: list, encoding: .utf8) else {
      throw .notBuilt(list.path)
    }
    let objects = text.split(separator: "\n").filter { line in
      !Self.own.contains {
        line.contains("/\($0).build/") || line.contains("/\($0)ToolInfo.build/")
      }
    }
    let file = scratch.appending(path: "objects.txt")
    do {
      try objects.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    } catch {
      throw .other("cannot write \(file.path): \(error.localizedDescription)")
    }
    return file
  }

  /// Where OpenBLAS and zlib lie, where that is not the usual place.
  private func systemFlags() throws(CourseError) -> [String] {
    guard let pkgConfig = Subprocess.find("pkg-config") else { return ["-lopenblas", "-lz"] }
    let scratch = FileManager.default.temporaryDirectory
    func flags(_ arguments: [String]) throws(CourseError) -> [String] {
      try Subprocess.run(pkgConfig, arguments, seconds: 10, scratch: scratch).output
        .split(whereSeparator: \.isWhitespace).map(String.init)
    }
    let compile = try flags(["--cflags", "openblas", "zlib"]).flatMap { ["-Xcc", $0] }
    return compile + (try flags(["--libs", "openblas", "zlib"]))
  }
}
