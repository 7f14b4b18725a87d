import FledgeCore
import FledgeNN

/// The names under which the state of parameters is kept: the first path of each in the model that
/// listed it, or `parameter.3` at position 3 if no model has.
///
/// If paths repeat, as those of two models do, each repetition begins another model, and the models
/// are numbered as in an array: `0.head.weight`, `1.head.weight`.
struct ParameterNames {
  /// In the order of the parameters.
  let names: [String]
  /// Positions by name; those of shared parameters by any of their paths.
  let positions: [String: Int]

  /// - Parameters:
  ///   - paths: those of each parameter
  ///   - owner: whose state it is, for the message where two have one name
  init(_ paths: [[String]], _ owner: String) {
    let paths = Self.numberingModels(paths)
    names = paths.enumerated().map { position, paths in paths.first ?? "parameter.\(position)" }
    var positions: [String: Int] = [:]
    for (position, name) in names.enumerated() {
      require(
        positions.updateValue(position, forKey: name) == nil, owner,
        "two parameters are named '\(name)', so their state could not be told apart; name their "
          + "groups: ParameterGroup(…, named: \"generator\", …)")
    }
    for (position, paths) in paths.enumerated() {
      for path in paths where positions[path] == nil { positions[path] = position }
    }
    self.positions = positions
  }

  private static func numberingModels(_ paths: [[String]]) -> [[String]] {
    var (model, seen) = (0, Set<String>())
    let models = paths.map { paths in
      if let path = paths.first, !seen.insert(path).inserted {
        model += 1
        seen = [path]
      }
      return model
    }
    if model == 0 { return paths }
    return zip(paths, models).map { paths, model in paths.map { "\(model).\($0)" } }
  }

  /// The tensors of a saved state under the names of this optimizer or average: the name of a
  /// parameter, a dot, and the name of the kept tensor.
  ///
  /// - Parameters:
  ///   - isStrict: Whether a name that belongs to nothing is an error, or ignored.
  ///   - shape: The shape of a kept tensor, from its parameter's position, its name and the shape
  ///     that it has in `state`; nil if there is none.
  func resolving(
    _ state: [String: Tensor], isStrict: Bool,
    shape: (_ position: Int, _ kept: Substring, _ found: Shape) -> Shape?
  ) throws(OptimizerError) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (key, value) in state.sorted(by: { $0.key < $1.key }) {
      guard let (name, expected) = place(of: key, value.shape, shape),
        // A shared parameter's state may come under any of its paths, but only once.
        key == name || (state[name] == nil && result[name] == nil)
      else {
        if isStrict { throw .unexpected(name: key) }
        continue
      }
      if value.shape != expected {
        throw .mismatched(name: key, expected: expected, found: value.shape)
      }
      result[name] = value
    }
    return result
  }

  /// The name that what a saved state calls `key` has here, and its shape.
  private func place(
    of key: String, _ found: Shape, _ shape: (Int, Substring, Shape) -> Shape?
  ) -> (name: String, shape: Shape)? {
    guard let dot = key.lastIndex(of: "."), let position = positions[String(key[..<dot])] else {
      return nil
    }
    let kept = key[key.index(after: dot)...]
    return shape(position, kept, found).map { ("\(names[position]).\(kept)", $0) }
  }
}
