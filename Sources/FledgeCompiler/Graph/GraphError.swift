/// Why a text is no graph, or a graph cannot run.
public enum GraphError: Error, Hashable, CustomStringConvertible {
  /// The text cannot be read from this line on.
  case syntax(line: Int, problem: String)
  /// The graph breaks a rule at an input, an operation, an update or an output.
  case invalid(place: String, problem: String)

  public var description: String {
    switch self {
    case .syntax(let line, let problem): "line \(line): \(problem)"
    case .invalid(let place, let problem): "`\(place)`: \(problem)"
    }
  }
}
