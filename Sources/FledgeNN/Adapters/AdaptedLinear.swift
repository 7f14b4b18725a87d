import FledgeCore

/// A linear layer of any form with adapters of low rank on some of its rows (LoRA, Hu et al. 2021;
/// over quantized weights QLoRA, Dettmers et al. 2023).
///
/// y = base(x), and for each adapter y[rows] += α/r · x Aᵀ Bᵀ.   Shape: [*, inputs] → [*, outputs].
public final class AdaptedLinear: Module, LinearForm {
  /// What is adapted.
  @Inlined public internal(set) var base: any LinearForm
  /// Named `adapters.0`, … in a checkpoint.
  public internal(set) var adapters: [LowRankAdapter]

  /// Traps where an adapter's rows are none of the base's.
  public init(_ base: any LinearForm, adapters: [LowRankAdapter]) {
    for adapter in adapters {
      require(
        adapter.rows.clamped(to: 0..<base.outputs) == adapter.rows, "AdaptedLinear",
        "rows \(adapter.rows) of an adapter are not among the \(base.outputs) outputs")
    }
    self.base = base
    self.adapters = adapters
  }

  public var inputs: Int { base.inputs }
  public var outputs: Int { base.outputs }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    adapted(base(x), x, rows: 0..<outputs)
  }

  public func callAsFunction(_ x: Tensor, rows: Range<Int>) -> Tensor {
    adapted(base(x, rows: rows), x, rows: rows)
  }

  private func adapted(_ base: Tensor, _ x: Tensor, rows: Range<Int>) -> Tensor {
    var y = base
    for adapter in adapters {
      if let change = adapter.change(x, in: rows) { y += change.cast(to: y.dtype) }
    }
    return y
  }

  public var denseWeight: Tensor? {
    base.denseWeight.map { weight in
      adapters.reduce(weight) { $0 + $1.weightChange(outputs: outputs) }
    }
  }

  public func adding(_ change: Tensor) -> any LinearForm {
    AdaptedLinear(base.adding(change), adapters: adapters)
  }

  /// The base with the adapters' changes added to its weight.
  func merged() -> any LinearForm {
    adapters.reduce(base) { form, adapter in
      form.adding(withoutGradients { adapter.weightChange(outputs: outputs) })
    }
  }

  public override var details: String {
    [base.details, "adapted"].filter { !$0.isEmpty }.joined(separator: ", ")
  }
}
