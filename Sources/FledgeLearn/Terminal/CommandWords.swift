/// The words after `learn`, put in the order in which they are parsed.
package struct CommandWords {
  /// The same words, with the command before options that stand in front of it:
  /// `--workspace X test 0.1` is `test 0.1 --workspace X`.
  package let arranged: [String]

  /// The options that most commands take.
  private static let shared: Set<String> = ["--workspace", "--json", "--mine", "--no-mine"]

  /// - Parameter commands: the names of all commands that are shown.
  /// - Throws: an error that says what there is, where the first word is no command.
  package init(_ words: [String], commands: [String], hidden: [String]) throws(CourseError) {
    var front: [String] = []
    var rest = words[...]
    while let word = rest.first, word.hasPrefix("-") {
      // Others belong to the command line itself, such as --generate-completion-script.
      guard Self.shared.contains(word) || word.hasPrefix("--workspace=") else {
        arranged = words
        return
      }
      rest.removeFirst()
      front.append(word)
      if word == "--workspace", let value = rest.popFirst() { front.append(value) }
    }
    guard let command = rest.popFirst() else {
      arranged = words
      return
    }
    guard (commands + hidden + ["help"]).contains(command) else {
      let isExercise = command.wholeMatch(of: /\d+\.\d+/) != nil
      throw .other(
        "there is no command '\(command)'; "
          + (isExercise
            ? "`learn test \(command)` checks that exercise, `learn next \(command)` goes to it"
            : "there are \(commands.joined(separator: ", "))"))
    }
    arranged = [command] + rest + front
  }
}
