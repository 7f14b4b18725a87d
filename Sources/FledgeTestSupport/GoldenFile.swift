import FledgeCore
import FledgeIO
import Foundation
import Testing

/// A file of cases that `Tests/Golden` made with PyTorch. A case NAME has inputs `NAME/x0`, …,
/// outputs `NAME/y0`, …, and where it is differentiable `NAME/dy0`, … and `NAME/dx0`, ….
public struct GoldenFile: Sendable {
  private let tensors: [String: Tensor]
  public let names: [String]

  /// Reads `Tests/Golden/<name>.safetensors` of this repository.
  public init(_ name: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = try Safetensors.read(
      root.appendingPathComponent("Tests/Golden/\(name).safetensors").path)
    tensors = file.tensors
    names = file.names
  }

  public subscript(name: String) -> Tensor {
    get throws { try #require(tensors[name], "the golden file has no tensor \(name)") }
  }

  /// The names before the first "/", each once, sorted.
  public var cases: [String] { Set(names.map { String($0.prefix { $0 != "/" }) }).sorted() }

  /// `prefix0`, `prefix1`, … as far as they go.
  private func list(_ prefix: String) -> [Tensor] {
    var result: [Tensor] = []
    while let next = tensors["\(prefix)\(result.count)"] { result.append(next) }
    return result
  }

  /// Runs `function` on the inputs of a case and compares outputs and gradients, on both backends.
  /// `afterwards` may look at more of what the backward pass left.
  public func check(
    _ name: String, relativeTolerance: Double = 2e-5, absoluteTolerance: Double = 2e-6,
    sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) throws -> [Tensor],
    afterwards: (_ backend: String) throws -> Void = { _ in }
  ) throws {
    for backend in ["reference", "cpu"] {
      func run() throws -> [(String, Tensor)] {
        let inputs = list("\(name)/x").map {
          $0.dtype.isFloatingPoint ? $0.requiringGradients() : $0
        }
        let outputs = try function(inputs)
        var results = outputs.enumerated().map { ("y\($0)", $1.detached()) }
        let gradients = list("\(name)/dy")
        let differentiable = outputs.filter(\.requiresGradients)
        if !gradients.isEmpty {
          try #require(gradients.count == differentiable.count, "\(name): differentiable outputs")
          // One pass from the sum of all: retained, as the outputs may share their graph.
          for (y, dy) in zip(differentiable, gradients) {
            y.backward(gradient: dy, retainGraph: true)
          }
          for (i, x) in inputs.enumerated() where tensors["\(name)/dx\(i)"] != nil {
            results.append(("dx\(i)", x.grad ?? .zeros(like: x.detached())))
          }
        }
        return results
      }
      let results =
        try backend == "cpu" ? withBackend(.cpu, run) : withBackend(.reference, run)
      try #require(
        results.filter { $0.0.hasPrefix("y") }.count == list("\(name)/y").count,
        "\(name): number of outputs", sourceLocation: sourceLocation)
      for (key, value) in results {
        let problem = difference(
          value, try self["\(name)/\(key)"], relativeTolerance, absoluteTolerance)
        #expect(
          problem == nil, "\(name)/\(key) on \(backend): \(problem ?? "")",
          sourceLocation: sourceLocation)
      }
      try afterwards(backend)
    }
  }
}

/// What is wrong with `found`: its type, or the element that deviates most; nil where nothing is.
/// NaN equals NaN, an infinity itself.
public func difference(
  _ found: Tensor, _ expected: Tensor, _ relativeTolerance: Double, _ absoluteTolerance: Double
) -> String? {
  if found.shape != expected.shape || found.dtype != expected.dtype {
    return "\(found.dtype)\(found.shape) instead of \(expected.dtype)\(expected.shape)"
  }
  let (a, b) = (found.array(of: Double.self), expected.array(of: Double.self))
  var worst: (excess: Double, index: Int)?
  for i in a.indices where a[i] != b[i] && !(a[i].isNaN && b[i].isNaN) {
    let allowed = absoluteTolerance + relativeTolerance * abs(b[i])
    let excess = abs(a[i] - b[i]) / allowed
    if !(excess <= 1) && !(excess <= worst?.excess ?? 0) { worst = (excess, i) }
  }
  return worst.map { "element \($0.index) is \(a[$0.index]) instead of \(b[$0.index])" }
}
