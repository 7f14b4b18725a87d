import FledgeCore

// The names that PyTorch has for what is here, so that the compiler answers with the name to use.
// None of them can be called.

extension Module {
  @available(*, unavailable, renamed: "zeroGrad()")
  public func zero_grad() { fatalError() }
  @available(*, unavailable, renamed: "namedParameters()")
  public func named_parameters() -> [(name: String, parameter: AnyParameter)] { fatalError() }
  @available(*, unavailable, renamed: "stateDict()")
  public func state_dict() -> [(name: String, value: Tensor)] { fatalError() }
  @available(*, unavailable, renamed: "load(_:)")
  public func load_state_dict(_ state: [(name: String, value: Tensor)]) { fatalError() }
  @available(*, unavailable, message: "use freeze() and unfreeze()")
  public func requires_grad_(_ isOn: Bool) { fatalError() }
}

@available(*, unavailable, renamed: "crossEntropy(_:_:)")
public func cross_entropy(_ logits: Tensor, _ targets: Tensor) -> Tensor { fatalError() }
@available(*, unavailable, renamed: "meanSquaredError(_:_:)")
public func mse_loss(_ prediction: Tensor, _ target: Tensor) -> Tensor { fatalError() }
@available(*, unavailable, renamed: "negativeLogLikelihood(_:_:)")
public func nll_loss(_ logProbabilities: Tensor, _ targets: Tensor) -> Tensor { fatalError() }
