import Foundation

/// Compiles a handful of files against the Fledge that is built already.
///
/// The files go straight to `swiftc`, beside the modules and objects that this program was built
/// from: a second package would build all of Fledge again, and a build system's planning takes
/// longer than the compilation.
package struct Compiler: Sendable {
  /// The folder with the built modules, which is the folder of this program.
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

  package struct Options: Sendable {
    package var isOptimized = false
    /// Whether a crash can be traced to its line.
    package var isDebugging = false
  }

  package struct Result: Sendable {
    package let succeeded: Bool
    /// Errors and warnings, as the compiler wrote them.
    package let messages: String
    package let seconds: Double
  }

  /// Compiles `sources`, one of which is main.swift, into a program.
  package func compile(
    _ sources: [URL], to program: URL, options: Options = Options(), scratch: URL
  ) throws(CourseError) -> Result {
    let start = ContinuousClock.now
    let library = try library()
    var arguments = sources.map(\.path)
    arguments += ["-o", program.path, "-module-name", "Exercises", "-swift-version", "6"]
    // One frontend for all files: they are few, and starting a frontend takes longer than compiling
    // one.
    arguments += ["-whole-module-optimization", options.isOptimized ? "-O" : "-Onone"]
    arguments += ["-enable-upcoming-feature", "ExistentialAny", "-diagnostic-style", "llvm"]
    if options.isDebugging { arguments.append("-g") }
    arguments += ["-I", products.appending(path: "Modules").path]
    for module in ["COpenBLAS", "CZlib"] {
      let map = root.appending(path: "Sources/\(module)/module.modulemap")
      arguments += ["-Xcc", "-fmodule-map-file=\(map.path)"]
    }
    let kernels = products.appending(path: "CKernels.build/module.modulemap")
    arguments += ["-Xcc", "-fmodule-map-file=\(kernels.path)"]
    arguments += library.record.compilerFlags
    arguments += ["-L", library.folder.path, "-l\(Library.name)"]
    arguments += ["-Xlinker", "-rpath", "-Xlinker", library.folder.path]
    let run = try Subprocess.run(Self.swiftc(), arguments, seconds: 300, scratch: scratch)
    return Result(
      succeeded: run.status == 0 && !run.timedOut, messages: run.output + run.errors,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  static func swiftc() throws(CourseError) -> URL {
    guard let swiftc = Subprocess.find("swiftc") else {
      throw .noTool("swiftc", "it is not in the search path; run `swift run learn doctor`")
    }
    return swiftc
  }
}
