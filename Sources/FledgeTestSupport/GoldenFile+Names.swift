import FledgeCore

extension GoldenFile {
  /// The tensors under `prefix/`, by the rest of their names.
  public func tensors(under prefix: String) throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for name in names where name.hasPrefix(prefix + "/") {
      result[String(name.dropFirst(prefix.count + 1))] = try self[name]
    }
    return result
  }
}
