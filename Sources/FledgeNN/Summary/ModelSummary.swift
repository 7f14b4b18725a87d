import FledgeCore

/// The parts of a forward pass through a model, found by running it once: a line for each module
/// with its output shape, its parameters and its multiply–adds. Printed as a table.
///
///     print(summary(model, input: Tensor.zeros([1, 784])))
///
/// The model runs in evaluation mode and without gradients. Layers need no code for this: an
/// operation belongs to the module whose parameter it reads, or to the layer of a ``Sequential``
/// that runs. Any other operation belongs to the module that holds the nearest such ones before and
/// after it. So a module without parameters outside of a `Sequential` has no shape of its own here.
public struct ModelSummary: Sendable, CustomStringConvertible {
  /// A row: one module.
  public struct Row: Sendable, Equatable {
    /// The path of the module; empty for the model itself.
    public let path: String
    /// Its type and details: `Linear 784 → 256`.
    public let name: String
    /// The shape of the last operation in it; nil where none was found.
    public let output: Shape?
    /// The number of parameters in it and below it; a shared parameter counts once.
    public let parameters: Int
    /// In it and below it.
    public let multiplyAdds: Int

    var depth: Int { path.isEmpty ? 0 : path.split(separator: ".").count }
  }

  /// The model first, then its modules in the order of its properties, those within a module below
  /// it.
  public let rows: [Row]
  /// Bytes of the input.
  public let inputBytes: Int
  /// Bytes of all parameters.
  public let parameterBytes: Int
  /// Bytes of the results of all operations: the most that a training step keeps for the backward
  /// pass, besides input and parameters.
  public let activationBytes: Int
  /// The parameters that are not frozen.
  public let trainedParameters: Int

  /// The parameters of the whole model.
  public var parameters: Int { rows[0].parameters }
  /// The work of the whole forward pass: the multiplications in products of matrices, convolutions,
  /// attention and the steps of recurrent layers, each with the addition that follows it.
  public var multiplyAdds: Int { rows[0].multiplyAdds }

  public var description: String {
    let header = ["layer", "output", "parameters", "multiply–adds"]
    let cells = rows.map { row in
      [
        String(repeating: "  ", count: row.depth) + (row.path.isEmpty ? "" : row.path + "  ")
          + row.name,
        row.output?.description ?? "–", row.parameters.grouped,
        row.multiplyAdds == 0 ? "–" : row.multiplyAdds.grouped,
      ]
    }
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    let lines = ([header] + cells).map { row in
      row.indices.map { column in
        let room = String(repeating: " ", count: widths[column] - row[column].count)
        return column < 2 ? row[column] + room : room + row[column]
      }.joined(separator: "  ")
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let frozen = parameters - trainedParameters
    return
      ([lines[0], rule] + lines.dropFirst() + [rule] + [
        "parameters    \(parameters.grouped)"
          + (frozen > 0 ? ", of them \(frozen.grouped) frozen" : ""),
        "multiply–adds \(multiplyAdds.grouped)",
        "memory        input \(megabytes(inputBytes)), parameters \(megabytes(parameterBytes)), "
          + "activations \(megabytes(activationBytes))",
      ]).joined(separator: "\n")
  }

  private func megabytes(_ bytes: Int) -> String {
    let hundredths = (bytes + 5_000) / 10_000
    let decimals = hundredths % 100
    return "\((hundredths / 100).grouped).\(decimals < 10 ? "0" : "")\(decimals) MB"
  }
}

/// Runs a model once and says what it is made of.
public func summary(_ model: any Layer, input: Tensor) -> ModelSummary {
  summary(model, input: input) { _ = model($0) }
}

/// Runs a model of any kind once, by `forward`, and summarizes it:
///
///     print(summary(gpt, input: tokens) { _ = gpt($0) })
public func summary(
  _ model: Module, input: Tensor, forward: (Tensor) -> Void
) -> ModelSummary {
  let trace = ModuleTrace(model)
  model.evaluating { withTransformation(trace) { forward(input) } }
  return trace.summary(inputBytes: input.byteCount)
}
