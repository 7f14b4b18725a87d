// What optimizers do to leaves: change their values and gradients where they lie.
extension Tensor {
  /// Changes the value of a leaf in place; its identity and its gradient stay.
  ///
  /// `body` gets the value outside the graph and as the only holder of its storage (copied first
  /// where a graph that is still alive saved it), and must keep its shape and dtype. While a
  /// transformation is in force, which may keep what it has seen, updates make new tensors and nothing
  /// is copied first.
  package mutating func updateLeaf<R>(_ body: (inout Tensor) -> R) -> R {
    let leaf = node
    let before = type
    node = nil
    if ExecutionContext.current.isPlain,
      !(layout.isContiguous && isKnownUniquelyReferenced(&storage))
    {
      withMemoryTag(.parameter) { makeUnique() }
    }
    let result = body(&self)
    require(
      type == before, "updateLeaf", "the value was \(before), the update made it \(type)")
    node = leaf
    return result
  }

  /// Changes the gradient in place; `body` gets it as its only holder where nobody else has it.
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
