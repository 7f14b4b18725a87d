import FledgeCourse
import Foundation

/// One thing that the course needs of a machine.
package struct Finding: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable {
    case good
    case bad
    /// Missing, but not needed yet.
    case missing
  }

  package var name: String
  package var state: State
  package var detail: String
  /// What to do about it.
  package var remedy: String?
}

/// Checks that everything the course needs is there.
package struct Doctor {
  package let root: URL
  package let compiler: Result<Compiler, CourseError>
  package let workspace: Result<Workspace, CourseError>
  private let scratch = FileManager.default.temporaryDirectory.appending(
    path: "doctor-\(UUID().uuidString)")

  package init(
    root: URL, compiler: Result<Compiler, CourseError>, workspace: Result<Workspace, CourseError>
  ) {
    self.root = root
    self.compiler = compiler
    self.workspace = workspace
  }

  package func examine() -> [Finding] {
    try? FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    var findings = [toolchain, library("openblas", "OpenBLAS"), library("zlib", "zlib"), build]
    // Without these, a trial run cannot succeed.
    if findings.allSatisfy({ $0.state == .good }) { findings.append(trial) }
    return findings + [workspaceFinding]
  }

  private func output(_ tool: String, _ arguments: [String]) -> String? {
    guard let program = Subprocess.find(tool),
      let run = try? Subprocess.run(program, arguments, seconds: 60, scratch: scratch),
      run.status == 0
    else { return nil }
    return run.output
  }

  private var toolchain: Finding {
    let remedy = "get Swift 6.2 or later from https://www.swift.org/install"
    guard let text = output("swiftc", ["--version"]) else {
      return Finding(
        name: "Swift", state: .bad, detail: "swiftc is not in the search path, or does not start",
        remedy: remedy)
    }
    guard let version = Self.version(in: text) else {
      return Finding(
        name: "Swift", state: .bad, detail: "cannot find its version in: \(text.firstLine)",
        remedy: remedy)
    }
    let isNew = version.major > 6 || (version.major == 6 && version.minor >= 2)
    let detail = "\(version.major).\(version.minor), \(Subprocess.find("swiftc")?.path ?? "")"
    return Finding(
      name: "Swift", state: isNew ? .good : .bad, detail: detail, remedy: isNew ? nil : remedy)
  }

  /// "Swift version 6.3.1 (…)"
  package static func version(in text: String) -> (major: Int, minor: Int)? {
    guard let match = text.firstMatch(of: /Swift version (\d+)\.(\d+)/),
      let major = Int(match.output.1), let minor = Int(match.output.2)
    else { return nil }
    return (major, minor)
  }

  private func library(_ package: String, _ name: String) -> Finding {
    guard Subprocess.find("pkg-config") != nil else {
      return Finding(
        name: name, state: .bad, detail: "pkg-config, through which Swift finds it, is missing",
        remedy: "run `make setup`")
    }
    guard let version = output("pkg-config", ["--modversion", package]) else {
      return Finding(
        name: name, state: .bad, detail: "pkg-config does not find it", remedy: "run `make setup`")
    }
    return Finding(name: name, state: .good, detail: version.firstLine)
  }

  private var build: Finding {
    switch compiler {
    case .success(let compiler):
      return Finding(name: "Fledge is built", state: .good, detail: compiler.products.path)
    case .failure(let error):
      return Finding(
        name: "Fledge is built", state: .bad, detail: "\(error)",
        remedy: "run `swift build --product learn`")
    }
  }

  private var trial: Finding {
    let assembly = Assembly(
      files: [],
      texts: [
        (
          "main.swift",
          """
          import Fledge
          import FledgeCourse
          runChecks(of: "trial", [Check("1 + 2 + 3 = 6") { c in
            c.expect(Double(Tensor([1, 2, 3]).sum().item()), near: 6, "sum")
            let x = Tensor.normal([64, 64], using: Generator(seed: 1))
            c.expect(x.sum(axis: 0).sum().item(), near: x.sum().item(), tolerance: 1e-3, "sum of rows")
          }])

          """
        )
      ])
    do {
      // The first run may have to link Fledge; later ones reuse it.
      _ = try compiler.get().library()
      let verdict = try assembly.verdict(with: compiler.get(), in: scratch, seconds: 30)
      let seconds = String(format: "%.1f s", verdict.seconds)
      if verdict.outcome == .passed {
        return Finding(name: "A program compiles and runs", state: .good, detail: seconds)
      }
      let reason =
        verdict.diagnostics.first(where: \.isError)?.message ?? verdict.messages.firstLine
      return Finding(
        name: "A program compiles and runs", state: .bad, detail: "\(verdict.outcome): \(reason)",
        remedy: "rebuild Fledge: `swift package clean`, then `swift build --product learn`")
    } catch {
      return Finding(
        name: "A program compiles and runs", state: .bad, detail: "\(error)",
        remedy: "rebuild Fledge: `swift package clean`, then `swift build --product learn`")
    }
  }

  private var workspaceFinding: Finding {
    do throws(CourseError) {
      let workspace = try workspace.get()
      let journal = try workspace.journal()
      let passed = journal.exercises.values.count { $0.passed != nil }
      return Finding(
        name: "Workspace", state: .good, detail: "\(workspace.root.path), \(passed) passed")
    } catch {
      switch error {
      case .noWorkspace:
        return Finding(
          name: "Workspace", state: .missing, detail: "there is none yet",
          remedy: "run `swift run learn init`")
      default: return Finding(name: "Workspace", state: .bad, detail: "\(error)")
      }
    }
  }
}
