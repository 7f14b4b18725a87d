/// Writes a line for people to standard error. Standard output stays free for results, such as the
/// JSON lines of a ``MetricsLog``.
public func say(_ text: String) { ProgressOutput.standardError.write(text + "\n") }
