import FledgeCore
import FledgeIO
import FledgeNN
import FledgeOptim
import Foundation

/// An error of a checkpoint; its message says what to do.
public struct CheckpointError: Error, Sendable, CustomStringConvertible, LocalizedError {
  /// The file.
  public let path: String
  /// What is wrong with it, and what to do.
  public let reason: String

  public var description: String { "\(path): \(reason)" }
  public var errorDescription: String? { description }
}

/// A saved training run: weights, optimizer, generators, and the position in the data.
///
/// It is one safetensors file: tensors `model.…`, `optimizer.…` and others of the run, and metadata
/// `run` with the rest as JSON. It is written whole or not at all. A run that is killed and resumed
/// from its last checkpoint ends with the same bits as one that was not killed.
public struct Checkpoint<Run: Codable & Sendable>: Sendable {
  /// Optimizer steps done.
  public var step: Int
  /// The state of each generator, by name.
  public var generators: [String: GeneratorState]
  /// What the program itself needs to continue: settings, vocabulary, position in the data.
  public var run: Run

  /// A run at this moment; ``save(_:_:others:to:)`` adds the tensors.
  public init(step: Int, generators: [String: GeneratorState], run: Run) {
    self.step = step
    self.generators = generators
    self.run = run
  }

  private struct Header: Codable {
    var step: Int
    var generators: [String: GeneratorState]
    var run: Run
  }

  /// Writes the checkpoint of a model and its optimizer.
  ///
  /// - Parameter others: further tensors that the run depends on, such as an average of the weights,
  ///   by the name of their owner and their own
  public func save(
    _ model: Module, _ optimizer: Optimizer, others: [String: [String: Tensor]] = [:],
    to path: String
  ) throws {
    try write(Self.tensors(of: model, optimizer, others), to: path)
  }

  /// What ``save(_:_:others:to:)`` writes, by its names in the file.
  static func tensors(
    of model: Module, _ optimizer: Optimizer, _ others: [String: [String: Tensor]]
  ) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, value) in model.stateDict() { tensors["model.\(name)"] = value }
    for (name, value) in optimizer.state { tensors["optimizer.\(name)"] = value }
    for (owner, values) in others {
      require(
        !["model", "optimizer"].contains(owner) && !owner.contains("."), "Checkpoint",
        "'\(owner)' cannot name further tensors")
      for (name, value) in values { tensors["\(owner).\(name)"] = value }
    }
    return tensors
  }

  func write(_ tensors: [String: Tensor], to path: String) throws {
    let header = try RunJSON.encode(Header(step: step, generators: generators, run: run))
    try Safetensors.write(tensors, metadata: ["run": header], to: path)
  }

  /// Reads what ``save(_:_:others:to:)`` wrote, without touching any model: look at ``run``, build the
  /// model it describes, then ``Contents/restore(_:_:strict:)`` it.
  public static func load(_ path: String) throws -> Contents {
    let file = try Safetensors.read(path)
    guard let text = file.metadata["run"] else {
      throw CheckpointError(
        path: path, reason: "holds tensors but no training run; it cannot be resumed")
    }
    let header: Header
    do {
      header = try RunJSON.decode(Header.self, from: text)
    } catch {
      throw CheckpointError(
        path: path, reason: "was written by another program; its settings cannot be read")
    }
    if !header.step.isCount {
      throw CheckpointError(
        path: path, reason: "is damaged: it says that \(header.step) steps were done")
    }
    return Contents(
      checkpoint: Checkpoint(step: header.step, generators: header.generators, run: header.run),
      path: path, tensors: file.tensors)
  }

  /// A checkpoint that was read.
  public struct Contents: Sendable {
    /// All but the tensors.
    public let checkpoint: Checkpoint
    let path: String
    let tensors: [String: Tensor]

    /// The tensors that belong to `owner`, by their own names: what ``save(_:_:others:to:)`` got.
    public func tensors(of owner: String) -> [String: Tensor] {
      let prefix = "\(owner)."
      var result: [String: Tensor] = [:]
      for (name, value) in tensors where name.hasPrefix(prefix) {
        result[String(name.dropFirst(prefix.count))] = value
      }
      return result
    }

    /// Restores weights and optimizer state. If anything does not fit, nothing changes.
    ///
    /// - Parameter strict: Whether a name that only one side knows is an error. With `false` it is
    ///   ignored: a model with new parameters loads the state of the others.
    public func restore(
      _ model: Module, _ optimizer: Optimizer? = nil, strict: Bool = true
    ) throws {
      try check(model, optimizer, strict: strict)
      try model.load(tensors(of: "model"), strict: strict)
      try optimizer?.load(tensors(of: "optimizer"), strict: strict)
    }

    /// Throws what ``restore(_:_:strict:)`` would throw, and changes nothing.
    func check(_ model: Module, _ optimizer: Optimizer?, strict: Bool = true) throws {
      try check("model") { try model.check(tensors(of: "model"), strict: strict) }
      try check("optimizer") {
        try optimizer?.check(tensors(of: "optimizer"), strict: strict)
      }
    }

    func check(_ part: String, _ body: () throws -> Void) throws {
      do { try body() } catch {
        throw CheckpointError(path: path, reason: "does not fit this \(part): \(error)")
      }
    }
  }
}
