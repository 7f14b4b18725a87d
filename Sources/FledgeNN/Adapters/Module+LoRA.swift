import FledgeCore

/// Which layers ``Module/applyLoRA(rank:alpha:to:)`` adapts, and which of their outputs.
public struct LoRATarget: Sendable {
  /// The outputs of a layer that are adapted; nil where the layer is none of the target.
  let rows: @Sendable (LinearPlace) -> Range<Int>?

  /// Whole linear layers, by the end of their path: `.layer("upProjection")` is every block's.
  public static func layer(_ name: String) -> LoRATarget {
    LoRATarget { $0.path.isLast(name) ? 0..<$0.layer.outputs : nil }
  }

  /// Some of the outputs of linear layers, such as the gate's where one layer makes those of two
  /// matrices.
  package static func layer(_ name: String, rows: Range<Int>) -> LoRATarget {
    LoRATarget { $0.path.isLast(name) ? rows : nil }
  }

  /// The queries of ``MultiHeadAttention``.
  public static let query = LoRATarget { $0.attention?.rows(of: .query) }
  /// The keys of ``MultiHeadAttention``.
  public static let key = LoRATarget { $0.attention?.rows(of: .key) }
  /// The values of ``MultiHeadAttention``.
  public static let value = LoRATarget { $0.attention?.rows(of: .value) }
}

/// A linear layer of a model and where it stands.
struct LinearPlace {
  let path: String
  let layer: Linear
  /// Whose queries, keys and values it makes.
  let attention: MultiHeadAttention?
}

extension String {
  /// Whether a path of properties is this one or ends with it.
  fileprivate func isLast(_ name: String) -> Bool { self == name || hasSuffix("." + name) }
}

extension Module {
  /// Freezes all parameters and adds a trainable low-rank change to the layers that `targets` name,
  /// by default the queries and values of attention, as in the paper (LoRA, Hu et al. 2021).
  ///
  ///     model.applyLoRA(rank: 4, alpha: 8)
  ///     let optimizer = AdamW(model.parameters(), learningRate: 1e-3)   // passes frozen ones over
  ///     …
  ///     Safetensors.write(model.adapterState(), …)                      // kilobytes
  ///     model.mergeLoRA()                                               // a plain model again
  ///
  /// Returns the adapters. Traps if no layer fits a target, or if there are adapters already.
  @discardableResult
  public func applyLoRA(
    rank: Int, alpha: Double, to targets: [LoRATarget] = [.query, .value]
  ) -> [LowRankAdapter] {
    let places = linearPlaces
    require(
      !places.contains { $0.layer.form is AdaptedLinear }, "applyLoRA",
      "there are adapters already; merge them first")
    for (_, parameter) in ModuleWalk(self).parameters { parameter.freezeForAdapters() }
    return targets.enumerated().flatMap { index, target in
      let found = places.compactMap { place -> LowRankAdapter? in
        guard let rows = target.rows(place) else { return nil }
        let layer = place.layer
        let adapter = LowRankAdapter(inputs: layer.inputs, rows: rows, rank: rank, alpha: alpha)
        if let adapted = layer.form as? AdaptedLinear {
          adapted.adapters.append(adapter)
        } else {
          layer.form = AdaptedLinear(layer.form, adapters: [adapter])
        }
        return adapter
      }
      require(
        !found.isEmpty, "applyLoRA", "no linear layer of \(type(of: self)) fits target \(index)")
      return found
    }
  }

  /// Adds every adapter's α/r · B A to its layer's weight and removes the adapters. Parameters that
  /// ``applyLoRA(rank:alpha:to:)`` froze are trainable again; those that were frozen before stay so.
  /// Traps if the form of an adapted layer cannot take a change.
  public func mergeLoRA() {
    for (_, layer) in linearLayers() {
      if let adapted = layer.form as? AdaptedLinear { layer.form = adapted.merged() }
    }
    for (_, parameter) in ModuleWalk(self).parameters { parameter.unfreezeAfterAdapters() }
  }

  /// Parameters of adapters by name: what is saved of a model that was adapted.
  public func adapterState() -> [(name: String, value: Tensor)] {
    stateDict().filter { $0.name.isOfAdapter }
  }

  /// Loads a saved ``adapterState()``; the adapters must have the same targets and rank. On an
  /// error nothing changes.
  public func loadAdapters(_ state: [String: Tensor]) throws(ModuleError) {
    let expected = Set(adapterState().map(\.name))
    let error = ModuleError(
      missing: expected.subtracting(state.keys).sorted(),
      unexpected: Set(state.keys).subtracting(expected).sorted(), mismatched: [])
    if !error.isEmpty { throw error }
    try load(state, strict: false)
  }

  /// The number of elements of the parameters that are not frozen.
  public var trainableParameterCount: Int {
    ModuleWalk(self).parameters.map(\.parameter).filter(\.isTrainable)
      .reduce(0) { $0 + ($1.shape?.count ?? 0) }
  }
}

extension String {
  /// Whether a name of a state dictionary belongs to an adapter: `blocks.0.qkv.adapters.0.down`.
  fileprivate var isOfAdapter: Bool { split(separator: ".").contains("adapters") }
}

extension Module {
  fileprivate var linearPlaces: [LinearPlace] {
    var attention: [ObjectIdentifier: MultiHeadAttention] = [:]
    for case let parent as MultiHeadAttention in modules() {
      attention[ObjectIdentifier(parent.qkv)] = parent
    }
    return linearLayers().map { path, layer in
      LinearPlace(path: path, layer: layer, attention: attention[ObjectIdentifier(layer)])
    }
  }
}
