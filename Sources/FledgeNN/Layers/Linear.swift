import FledgeCore

/// y = x Wᵀ + b.   Shape: [*, inputs] → [*, outputs].
///
/// W, b ~ U(−1/√inputs, 1/√inputs), as in PyTorch.
///
/// The ``form`` of the layer decides how W is stored and how the product is computed. It starts as
/// a ``DenseLinear`` and can be replaced without changing the model around it.
///
///     for (_, layer) in model.linearLayers() { layer.form = Int8Linear(layer.dense) }
public final class Linear: Module, Layer {
  /// The form computes y. Its parameters have the names that they would have in the layer itself:
  /// `weight` and `bias` if it is dense. Traps if two of them have the same name.
  @Inlined public var form: any LinearForm {
    didSet {
      let names = ModuleWalk(self).entries.map(\.name)
      require(
        Set(names).count == names.count, "Linear",
        "two tensors of a \(type(of: form)) go by one name: \(names.joined(separator: ", "))")
      form.train(isTraining)
    }
  }

  /// New weights; see the type for how they start.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    require(
      inputs > 0 && outputs > 0, "Linear", "sizes must be positive, got \(inputs) → \(outputs)")
    let bound = 1 / Double(inputs).squareRoot()
    form = DenseLinear(
      weight: .uniform([outputs, inputs], in: -bound...bound),
      bias: bias ? .uniform([outputs], in: -bound...bound) : nil)
  }

  /// The size of the last axis of x.
  public var inputs: Int { form.inputs }
  /// The size of the last axis of y.
  public var outputs: Int { form.outputs }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    requireInputs(x)
    return form(x)
  }

  /// Some of the outputs only.   Shape: [*, inputs] → [*, rows.count]
  func callAsFunction(_ x: Tensor, rows: Range<Int>) -> Tensor {
    requireInputs(x)
    return form(x, rows: rows)
  }

  private func requireInputs(_ x: Tensor) {
    require(
      x.rank > 0 && x.shape[-1] == inputs, "Linear",
      "needs [*, \(inputs)], the shape is \(x.shape)")
  }

  /// The form that holds the trained weight, below any adapters; traps if the layer has none.
  public var dense: DenseLinear {
    var form = form
    while let adapted = form as? AdaptedLinear { form = adapted.base }
    guard let dense = form as? DenseLinear else {
      fledgeTrap("Linear", "a \(type(of: form)) has no dense weight to be read or set")
    }
    return dense
  }

  /// [outputs, inputs]: that of ``dense``, without the changes of adapters.
  public var weight: Tensor {
    get { dense.weight }
    set { dense.weight = newValue }
  }
  /// [outputs]: that of ``dense``.
  public var bias: Tensor? {
    get { dense.bias }
    set { dense.bias = newValue }
  }

  public override var details: String {
    let kind = form.details
    return "\(inputs) → \(outputs)" + (kind.isEmpty ? "" : ", \(kind)")
  }
}
