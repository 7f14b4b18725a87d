import Foundation

/// The C compiler of this machine: the toolchain's `clang` beside `swift`, or any on the path.
enum CCompiler {
  /// Nil where there is none.
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let swift = folders.map { "\($0)/swift" }.first(where: isExecutable)
    let beside = swift.map {
      URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "clang").path
    }
    let names = ["clang", "cc", "gcc"]
    let all = [beside].compactMap { $0 } + names.flatMap { name in folders.map { "\($0)/\(name)" } }
    return all.first(where: isExecutable)
  }()

  private static func isExecutable(_ path: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: path)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path!)
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // It writes to one of the two only: a second pipe that fills up would stop it.
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: String(decoding: message, as: UTF8.self))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A header with its macros and includes written out.
  static func preprocessed(_ file: String) throws -> String { try run(["-E", "-P", file]) }

  /// A shared library made of one file, loaded into this process for good.
  static func load(_ source: String, in folder: String) throws -> Library {
    let (file, library) = ("\(folder)/source.c", "\(folder)/source.so")
    try source.write(toFile: file, atomically: true, encoding: .utf8)
    _ = try run([
      "-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Werror", "-Wno-unused-function", "-shared",
      "-fPIC", file, "-o", library, "-lm",
    ])
    guard let handle = dlopen(library, RTLD_NOW) else {
      throw Failure(description: String(cString: dlerror()))
    }
    return Library(handle: handle)
  }

  struct Library {
    fileprivate let handle: UnsafeMutableRawPointer

    /// The function of that name, whose type the caller knows.
    func function<Function>(_ name: String, _ type: Function.Type) throws -> Function {
      guard let symbol = dlsym(handle, name) else {
        throw Failure(description: "there is no function \(name)")
      }
      return unsafeBitCast(symbol, to: type)
    }
  }
}
