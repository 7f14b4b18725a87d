import FledgePlots

extension ConfusionMatrix {
  /// The matrix as a picture: a row for each class, coloured by the fraction of its examples, with
  /// the counts in the cells.
  public func heatMap(title: String = "confusion matrix") -> HeatMap {
    let parts = counts.flatMap { row in
      let total = Float(max(row.reduce(0, +), 1))
      return row.map { Float($0) / total }
    }
    return HeatMap(
      title: title, values: parts, rows: counts.count, columns: counts.count,
      rowLabels: classNames, columnLabels: classNames, rowTitle: "actual",
      columnTitle: "predicted", range: 0...1, texts: counts.joined().map(String.init))
  }
}
