import FledgeCore
import FledgeNN
import FledgeOptim

/// A model of one number whose gradient is given, to see each step of an optimizer.
public final class OneNumber: Module {
  /// The number.
  @Parameter public var weight: Tensor

  /// Starts at `value`.
  public init(_ value: Double) { weight = Tensor(value) }

  /// The number's value.
  public var p: Double { weight.item() }

  /// One step of the optimizer with this gradient.
  public func step(_ optimizer: Optimizer, gradient: Double) {
    $weight.grad = Tensor(gradient)
    optimizer.step()
  }
}

/// The valley of Tests/Golden/make_course_training_golden.py, steep in one direction.
public final class Valley: Module {
  /// A position, [2].
  @Parameter public var a: Tensor = [1, -2]
  /// Another one, [1].
  @Parameter public var b: Tensor = [0.5]

  /// Starts where the golden numbers do.
  public override init() {}

  /// ½ Σ c a² + Σ (b − a)² + Σ sin b with c = [10, 1].
  public func loss() -> Tensor {
    let c: Tensor = [10, 1]
    return (c * a * a).sum() / 2 + ((b - a) * (b - a)).sum() + b.sin().sum()
  }
}

extension Recorder {
  /// Lets an optimizer of the valley's parameters take a step for each of `losses`, and expects
  /// these losses before the steps and the parameters `end` after the last.
  public func expectDescent(
    in valley: Valley, by optimizer: Optimizer, losses: [Double], end: [Double],
    file: StaticString = #fileID, line: UInt = #line
  ) {
    var found: [Double] = []
    for number in losses.indices {
      optimizer.zeroGrad()
      let loss = valley.loss()
      loss.backward()
      found.append(loss.item())
      step("a before step \(number + 1)", valley.a.detached(), gradient: valley.$a.grad)
      step("b before step \(number + 1)", valley.b.detached(), gradient: valley.$b.grad)
      optimizer.step()
    }
    expect(
      found, near: losses, tolerance: 1e-4, "the loss before each step", file: file, line: line)
    let parameters = valley.parameters().flatMap { $0.value!.array(of: Double.self) }
    expect(
      parameters, near: end, tolerance: 1e-4, "the parameters at the end", file: file, line: line)
  }
}
