import FledgePlots

extension ProgressOutput {
  /// Draws a chart in characters, in the colours that the place has.
  public func draw(_ chart: LineChart) {
    write(chart.terminal(style: style).joined(separator: "\n") + "\n")
  }
}
