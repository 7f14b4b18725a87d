extension Module {
  /// The modules, indented by depth, with the number of parameters below each:
  ///
  ///     MLP                         235,146
  ///       layers.0  Linear 784 → 256  200,960
  public func summary() -> String {
    var rows = ModuleWalk(self).namedModules.map { path, module in
      let depth = path.isEmpty ? 0 : path.split(separator: ".").count
      let name = path.isEmpty ? "" : path + "  "
      let details = module.details.isEmpty ? "" : " " + module.details
      return (
        String(repeating: "  ", count: depth) + name + "\(type(of: module))" + details,
        module.parameterCount.grouped
      )
    }
    rows.append(("parameters", parameterCount.grouped))
    let width = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
    return rows.map { label, count in
      label + String(repeating: " ", count: width.0 - label.count + 2 + width.1 - count.count)
        + count
    }.joined(separator: "\n")
  }
}

extension Int {
  /// 1234567 → "1,234,567".
  var grouped: String {
    let digits = Array(String(self))
    return digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index).isMultiple(of: 3) ? ",\(digit)" : "\(digit)"
    }.joined()
  }
}
