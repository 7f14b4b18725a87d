// Changes of leaves' values and gradients in place, for optimizers.
extension Tensor {
  /// Changes the value of a leaf in place; its identity and its gradient stay.
  ///
  /// `body` gets the value outside the graph, as the only holder of its storage, and must keep its
  /// shape and dtype. If a live graph or anything else holds the value, it is copied first. A value
  /// in borrowed memory (``FlatBuffer``) keeps its place, and the other holders get the copy.
  package mutating func updateLeaf<R>(_ body: (inout Tensor) -> R) -> R {
    let leaf = node
    node = nil
    defer { node = leaf }
    return updateInPlace(body)
  }

  /// Changes the gradient in place; if nothing else holds it, `body` gets it uniquely referenced.
  package func updateGrad(_ body: (inout Tensor) -> Void) {
    guard let accumulator = node?.accumulator, var gradient = accumulator.takeGradient() else {
      return
    }
    body(&gradient)
    accumulator.gradient = gradient
  }

  /// Puts `gradient` in the place of the one that this leaf has added up.
  package func replaceGrad(_ gradient: Tensor?) {
    if let gradient {
      require(
        gradient.type == type, "grad", "a gradient of \(type) cannot be \(gradient.type)")
    }
    node?.accumulator?.gradient = gradient?.detached()
  }
}
