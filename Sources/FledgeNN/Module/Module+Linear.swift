extension Module {
  /// Every linear layer in this module once, with its first path. Use it to replace forms.
  ///
  ///     for (_, layer) in model.linearLayers() { layer.form = Int8Linear(layer.dense) }
  public func linearLayers() -> [(path: String, layer: Linear)] {
    var seen: Set<ObjectIdentifier> = []
    return ModuleWalk(self).modules.compactMap { path, module in
      guard let layer = module as? Linear, seen.insert(ObjectIdentifier(layer)).inserted else {
        return nil
      }
      return (path, layer)
    }
  }
}
