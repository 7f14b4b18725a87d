import FledgeCore
import FledgeIO
import FledgeNN

// Low-rank adapters as Hugging Face's PEFT saves them: a directory with `adapter_config.json` and
// `adapter_model.safetensors`, in which a module MODULE has A [r, inputs] as
// `base_model.model.MODULE.lora_A.weight` and B [outputs, r] as `base_model.model.MODULE.lora_B.weight`.

/// The name of A or B of a module in PEFT's file.
private func name(_ module: String, _ matrix: Character) -> String {
  "base_model.model.\(module).lora_\(matrix).weight"
}

private let weightsName = "adapter_model.safetensors"

// MARK: Loading

extension Llama {
  /// Puts the LoRA adapter of a directory of PEFT's over this model, whose weights are frozen and stay as
  /// they are, in blocks as well (`mergeLoRA()` adds the adapter to them). It may be on any of
  /// the seven projections of any blocks; rank-stabilized scales are read too.
  ///
  ///     let model = try Llama.fromPretrained("model.gguf")
  ///     try model.loadAdapter("runs/adapter")
  ///
  /// Returns the adapters. Nothing changes on an error. Traps where there are adapters already.
  ///
  /// - Throws: ``ModelError``, also for an adapter that does not fit the model, or of another kind.
  @discardableResult
  public func loadAdapter(_ directory: String) throws(ModelError) -> [LowRankAdapter] {
    let configuration = try PEFTConfiguration(directory: directory)
    for target in configuration.targetModules ?? [] where !hasProjection(target) {
      throw ModelError(.unsupportedAdapter("target_modules", value: target), path: directory)
    }
    var tensors = try Self.adapterTensors(directory)
    let rank = configuration.rank
    var targets: [LoRATarget] = []
    var matrices: [(down: Tensor, up: Tensor)] = []
    for (layer, block) in blocks.enumerated() {
      for projection in LlamaProjection.allCases {
        let module = projection.module(of: layer)
        let names = (a: name(module, "A"), b: name(module, "B"))
        let isAdapted =
          configuration.adapts(module, of: layer)
          ?? (tensors[names.a] != nil || tensors[names.b] != nil)
        if !isAdapted { continue }
        func matrix(_ name: String, _ shape: [Int]) throws(ModelError) -> Tensor {
          guard let tensor = tensors.removeValue(forKey: name) else {
            throw ModelError(.missingTensor(name), path: directory)
          }
          let found = Array(tensor.shape.dimensions)
          guard found == shape else {
            throw ModelError(
              .wrongShape(tensor: name, expected: shape, found: found), path: directory)
          }
          return tensor.cast(to: .float32)
        }
        let rows = projection.rows(self.configuration)
        let down = try matrix(names.a, [rank, projection.linear(of: block).inputs])
        matrices.append((down, try matrix(names.b, [rows.count, rank])))
        targets.append(projection.target(of: layer, self.configuration))
      }
    }
    if let other = tensors.keys.min() {
      throw ModelError(.unexpectedTensor(other), path: directory)
    }
    if matrices.isEmpty {
      let module = LlamaProjection.query.module(of: 0)
      throw ModelError(.missingTensor(name(module, "A")), path: directory)
    }
    // Without elements: the random start of A is replaced.
    let adapters = withAbstractTensors {
      applyLoRA(rank: rank, alpha: configuration.scale * Double(rank), to: targets)
    }
    for (adapter, matrix) in zip(adapters, matrices) {
      (adapter.down, adapter.up) = (matrix.down, matrix.up)
    }
    return adapters
  }

  /// Whether a target of an adapter's configuration is one of the projections.
  private func hasProjection(_ target: String) -> Bool {
    blocks.indices.contains { layer in
      LlamaProjection.allCases.contains { $0.module(of: layer).isNamed(target) }
    }
  }

  private static func adapterTensors(_ directory: String) throws(ModelError) -> [String: Tensor] {
    let path = "\(directory)/\(weightsName)"
    guard FileKind(path) != .missing else {
      throw ModelError(.missingFile(weightsName), path: directory)
    }
    do throws(SafetensorsError) {
      return try Safetensors.read(path).tensors
    } catch {
      throw ModelError(.safetensors(error), path: directory)
    }
  }
}

// MARK: Saving

extension Llama {
  /// Saves the adapters as PEFT does: `adapter_config.json` and `adapter_model.safetensors`, which
  /// ``loadAdapter(_:)`` and PEFT's `PeftModel.from_pretrained` read.
  ///
  /// - Parameters:
  ///   - directory: It is created where it is missing.
  ///   - base: The name or path of the model that is adapted, for whoever loads it.
  /// - Throws: ``ModelError``; adapters must be of one rank and scale, one for each projection, and on
  ///   whole projections.
  public func saveAdapter(to directory: String, base: String? = nil) throws(ModelError) {
    func unsavable(_ reason: String) -> ModelError {
      ModelError(.unsavableAdapters(reason: reason), path: directory)
    }
    var tensors: [String: Tensor] = [:]
    var modules: [(projection: LlamaProjection, name: String)] = []
    var adapters: [LowRankAdapter] = []
    for (layer, block) in blocks.enumerated() {
      for projection in LlamaProjection.allCases {
        let form = projection.linear(of: block).form as? AdaptedLinear
        let own = form?.adapters.filter { $0.rows == projection.rows(configuration) } ?? []
        guard let adapter = own.first else { continue }
        let module = projection.module(of: layer)
        if own.count > 1 { throw unsavable("\(module) has \(own.count) of them; merge some") }
        tensors[name(module, "A")] = adapter.down.detached()
        tensors[name(module, "B")] = adapter.up.detached()
        modules.append((projection, module))
        adapters.append(adapter)
      }
    }
    guard let first = adapters.first else { throw unsavable("the model has none") }
    let rank = first.down.shape[0]
    if adapters.count != adapterCount {
      throw unsavable(
        "\(adapterCount - adapters.count) are not on whole projections of a block; merge them")
    }
    for (adapter, module) in zip(adapters, modules)
    where adapter.down.shape[0] != rank || adapter.scale != first.scale {
      throw unsavable("rank and scale differ between \(modules[0].name) and \(module.name)")
    }
    // Names alone mean these matrices of all blocks.
    let kinds = Set(modules.map(\.projection))
    let isRegular = modules.count == kinds.count * blocks.count
    var settings: [String: any Sendable] = [
      "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank,
      "lora_alpha": first.scale * Double(rank),
      "target_modules": isRegular ? kinds.map(\.rawValue).sorted() : modules.map(\.name),
      "bias": "none", "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true,
      "lora_dropout": 0.0, "use_dora": false, "use_rslora": false,
    ]
    settings["base_model_name_or_path"] = base
    try PretrainedFiles.write(
      tensors, configuration: settings, to: directory, weightsName: weightsName,
      configurationName: PEFTConfiguration.fileName)
  }

  /// The number of adapters on any layer.
  private var adapterCount: Int {
    linearLayers().reduce(0) { $0 + (($1.layer.form as? AdaptedLinear)?.adapters.count ?? 0) }
  }
}
