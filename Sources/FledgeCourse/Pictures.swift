extension Recorder {
  /// A table to show with the failures from here on, its columns aligned at the right:
  ///
  ///     c.picture("where each element lies:") { [["0", "3"], ["1", "4"], ["2", "5"]] }
  public func picture(_ title: String, rows: @escaping () -> [[String]]) {
    picture {
      let rows = rows()
      let width = rows.joined().map(\.count).max() ?? 0
      let lines = rows.map { row in
        row.map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: "  ")
      }
      return ([title] + lines.map { "  " + $0 }).joined(separator: "\n")
    }
  }
}
