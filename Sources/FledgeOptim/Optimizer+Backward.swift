import FledgeCore
import FledgeNN

extension Optimizer {
  /// Runs the backward pass of a scalar loss and steps each parameter as soon as its gradient is
  /// complete; the gradient is then freed (Lv et al. 2023, "Full parameter fine-tuning for large
  /// language models with limited resources").
  ///
  ///     optimizer.stepDuringBackward(of: loss)     // in the place of backward, step and zeroGrad
  ///
  /// The parameters end with the same bits as with ``step()``, and unless layers share parameters,
  /// only one layer has gradients at a time. Gradients added up before count, as they do for
  /// ``step()``. Methods that need all gradients at once, such as clipping by their norm, cannot be
  /// used. Parameters that are not in this optimizer keep their gradients.
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
