import FledgeCore
import FledgeNN

extension Optimizer {
  /// Goes backward from a scalar loss and takes each parameter's step during the pass, as soon as its
  /// gradient is complete; the gradient is then freed (Lv et al. 2023, "Full parameter fine-tuning
  /// for large language models with limited resources").
  ///
  ///     optimizer.stepDuringBackward(of: loss)     // in the place of backward, step and zeroGrad
  ///
  /// The parameters end with the same bits as with ``step()``, and at no time are there gradients of
  /// more than one layer, where layers do not share parameters. Gradients added up before count, as
  /// they do for ``step()``. What needs all gradients at once, such as clipping by their norm, cannot
  /// be had this way. Parameters that are not this optimizer's keep their gradients.
  public func stepDuringBackward(of loss: Tensor) {
    require(
      loss.count == 1, "stepDuringBackward", "starts from a scalar, the shape is \(loss.shape)")
    var places: [ObjectIdentifier: (parameter: AnyParameter, index: Int, group: Int)] = [:]
    var index = 0
    for (group, parameters) in groups.map(\.parameters).enumerated() {
      for parameter in parameters {
        if let identity = parameter.leafIdentity { places[identity] = (parameter, index, group) }
        index += 1
      }
    }
    loss.backward { identity in
      guard let (parameter, index, group) = places[identity] else { return }
      withoutGradients(memoryTag: .optimizer) {
        self.step(parameter, at: index, in: self.groups[group])
      }
      parameter.zeroGrad()
    }
  }
}
