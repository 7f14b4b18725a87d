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
    /// Whether what is left of an earlier compilation in the scratch folder is used again.
    package var isIncremental = false
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
    arguments.append(options.isOptimized ? "-O" : "-Onone")
    arguments +=
      options.isIncremental
      ? try Self.incrementalFlags(sources, scratch)
      // One frontend for all files: they are few, and starting a frontend takes longer than
      // compiling one.
      : ["-whole-module-optimization"]
    arguments += ["-enable-upcoming-feature", "ExistentialAny", "-diagnostic-style", "llvm"]
    // Enough to trace a crash or a loop to its line. Unlike all of the debug information it costs
    // the compiler next to nothing, and leaves the machine code as it is.
    arguments.append("-gline-tables-only")
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

  /// An object for each file, all by one frontend. The next time only those files are compiled that
  /// changed, or that see an interface that did: the compiler's own rules for it, as in any debug
  /// build.
  static func incrementalFlags(
    _ sources: [URL], _ scratch: URL
  ) throws(CourseError) -> [String] {
    let map = scratch.appending(path: "outputs.json")
    func output(_ name: String) -> String { scratch.appending(path: name).path }
    var outputs = ["": ["swift-dependencies": output("all.swiftdeps")]]
    for source in sources {
      let name = source.deletingPathExtension().lastPathComponent
      outputs[source.path] = [
        "object": output("\(name).o"), "swift-dependencies": output("\(name).swiftdeps"),
      ]
    }
    do {
      try JSONEncoder().encode(outputs).write(to: map)
    } catch {
      throw .other("cannot write \(map.path): \(error.localizedDescription)")
    }
    return ["-incremental", "-enable-batch-mode", "-j1", "-output-file-map", map.path]
  }

  static func swiftc() throws(CourseError) -> URL {
    guard let swiftc = Subprocess.find("swiftc") else {
      throw .noTool("swiftc", "it is not in the search path; run `swift run learn doctor`")
    }
    return swiftc
  }
}
