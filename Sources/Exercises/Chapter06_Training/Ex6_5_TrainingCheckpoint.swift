import FledgeCore
import FledgeCourse
import FledgeIO
import FledgeNN
import FledgeOptim
import Foundation

/// A training run at rest: one safetensors file with all that its future depends on. A run that is
/// stopped and goes on from the file ends with the same bits as one that was never stopped.
///
///     tensors     model.⟨name⟩         all of model.stateDict(): parameters, and buffers such as the
///                                      running moments of BatchNorm
///                 optimizer.⟨name⟩     all of optimizer.state: velocities, moments, step numbers
///     metadata    step                 how many steps are done, "1200": the schedule needs it
///                 generator            the state of the generator, by `text(of:)`
enum TrainingCheckpoint {
  /// What is wrong with a file.
  enum Problem: Error, Equatable {
    /// The metadata have no such entry, or one that cannot be read.
    case unreadable(String)
  }

  /// Writes the file: `Safetensors.write(_:metadata:to:)` takes a dictionary of tensors and one of
  /// texts, and writes whole files or none.
  static func save(
    _ model: Module, _ optimizer: Optimizer, _ generator: Generator, step: Int, to path: String
  ) throws {
    // solution
    var tensors: [String: Tensor] = [:]
    for (name, value) in model.stateDict() { tensors["model.\(name)"] = value }
    for (name, value) in optimizer.state { tensors["optimizer.\(name)"] = value }
    let metadata = ["step": "\(step)", "generator": try text(of: generator.state)]
    try Safetensors.write(tensors, metadata: metadata, to: path)
    // end solution
  }

  /// Puts model, optimizer and generator back to where they were: `Safetensors.read(_:)` gives the
  /// `tensors` and the `metadata`; `model.load(_:)`, `optimizer.load(_:)` and `generator.state = …`
  /// take them over.
  ///
  /// A file whose metadata lack something is refused before anything is changed.
  ///
  /// - Returns: how many steps were done.
  /// - Throws: ``Problem``, and what reading and loading throw.
  static func load(
    _ path: String, into model: Module, _ optimizer: Optimizer, _ generator: Generator
  ) throws -> Int {
    // solution
    let file = try Safetensors.read(path)
    guard let step = file.metadata["step"].flatMap({ Int($0) }) else {
      throw Problem.unreadable("step")
    }
    let state = try generatorState(from: file.metadata["generator"])
    try model.load(tensors(of: "model", in: file))
    try optimizer.load(tensors(of: "optimizer", in: file))
    generator.state = state
    return step
    // end solution
  }

  /// The tensors whose names begin with "owner.", by the rest of their names.
  static func tensors(of owner: String, in file: SafetensorsFile) -> [String: Tensor] {
    let own = file.tensors.filter { $0.key.hasPrefix("\(owner).") }
    return Dictionary(
      uniqueKeysWithValues: own.map { (String($0.key.dropFirst(owner.count + 1)), $0.value) })
  }

  /// A generator's state as text. Its numbers are of 64 bits, more than any float could hold.
  static func text(of state: GeneratorState) throws -> String {
    String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
  }

  /// The reverse of ``text(of:)``.
  static func generatorState(from text: String?) throws -> GeneratorState {
    guard let text,
      let state = try? JSONDecoder().decode(GeneratorState.self, from: Data(text.utf8))
    else { throw Problem.unreadable("generator") }
    return state
  }
}
