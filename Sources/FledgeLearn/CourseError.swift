/// What can be wrong besides the learner's code; each message says what to do.
package enum CourseError: Error, CustomStringConvertible, Equatable {
  /// A file of the course is malformed.
  case source(String, Int?, String)
  /// There is no such exercise.
  case unknownExercise(String, known: [String])
  /// There is no such milestone.
  case unknownMilestone(Int)
  /// A file could not be read.
  case unreadable(String)
  /// The build of Fledge that the exercises are compiled against is missing.
  case notBuilt(String, product: String = "learn")
  /// A tool cannot be run.
  case noTool(String, String)
  /// There is no workspace here.
  case noWorkspace(String)
  /// The place for a new workspace is not empty.
  case occupied(String)
  /// The workspace has no file for an exercise.
  case noExerciseFile(String, String)
  /// The journal cannot be understood.
  case journal(String, String)
  /// Anything else, in words.
  case other(String)

  package var description: String {
    switch self {
    case .source(let file, let line, let message):
      "\(file)\(line.map { ":\($0)" } ?? ""): \(message)"
    case .unknownExercise(let name, let known):
      "there is no exercise '\(name)'; there are \(known.joined(separator: ", "))"
    case .unknownMilestone(let number): "chapter \(number) has no milestone"
    case .unreadable(let path): "cannot read \(path): it must be text in UTF-8"
    case .notBuilt(let path, let product):
      "Fledge is not built: \(path) is missing; run `swift build --product \(product)`"
    case .noTool(let tool, let reason): "cannot run \(tool): \(reason)"
    case .noWorkspace(let path):
      "there is no workspace at \(path); make one with `swift run learn init \(shellWord(path))`, "
        + "or name another place with `--workspace DIR`"
    case .occupied(let path):
      "\(path) is not empty, and nothing in it shall be lost; name another folder, or bring an old "
        + "workspace up to date with `swift run learn update`"
    case .noExerciseFile(let id, let path):
      "there is no file for \(id) at \(path); `swift run learn update` restores it as a stub"
    case .journal(let path, let reason):
      "cannot understand \(path): \(reason). Nothing was changed. Take it from your last commit, or "
        + "move it away and run `swift run learn init --keep`, which keeps your exercises"
    case .other(let message): message
    }
  }
}

/// A path for a shell: quoted if it has special characters.
func shellWord(_ path: String) -> String {
  let isPlain = path.utf8.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/._-+@%,:".utf8.contains(byte)
  }
  return isPlain && !path.isEmpty ? path : "'\(path.replacing("'", with: #"'\''"#))'"
}
