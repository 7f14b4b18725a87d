import FledgeCore
import FledgeOptim

/// Steps in mixed precision (Micikevicius et al. 2018): the loss is computed under
/// ``/FledgeCore/autocast(_:_:)``, the parameters and their gradients stay in float32.
///
///     trainer.stepRule = .mixedPrecision(.bfloat16)
///     trainer.stepRule = .mixedPrecision(.float16, scaler: GradientScaler(scale: 1024))
///
/// With a scaler the backward pass starts from the loss times its scale; ``Trainer/clipping`` sees
/// gradients of their true size; a step whose gradients have overflowed changes no parameter, halves
/// the scale and counts as a step. The scaler's state is kept in checkpoints.
///
/// Validation is not part of a step: it runs in float32 unless it uses
/// ``/FledgeCore/autocast(_:_:)`` itself.
public final class MixedPrecision: StepRule {
  /// The dtype of products: `.float16` or `.bfloat16`.
  public let dtype: DType
  /// nil in bfloat16, whose gradients have the range of float32's.
  public let scaler: GradientScaler?
  /// Steps left out after an overflow.
  public private(set) var skippedSteps = 0

  /// Traps on a dtype that is not a half precision. float16 gets a scaler where none is given.
  public init(_ dtype: DType, scaler: GradientScaler? = nil) {
    require(
      dtype == .float16 || dtype == .bfloat16, "MixedPrecision",
      "computes in float16 or bfloat16, not in \(dtype)")
    self.dtype = dtype
    self.scaler = scaler ?? (dtype == .float16 ? GradientScaler() : nil)
  }

  public func forward(_ loss: () -> Tensor) -> Tensor { autocast(dtype) { loss() } }

  public func backward(_ loss: Tensor, _ run: (Tensor) throws -> Void) throws {
    try run(scaler?.scaled(loss) ?? loss)
  }

  public func unscale(_ optimizer: Optimizer, _ strategy: any TrainingStrategy) throws {
    try scaler?.unscale(optimizer, overflowsAnywhere: strategy.any)
  }

  public func update(_ optimizer: Optimizer) {
    guard let scaler else { return optimizer.step() }
    if !scaler.step(optimizer) { skippedSteps += 1 }
  }

  public var state: [String: Double] {
    guard let state = scaler?.state else { return [:] }
    return [
      "scale": state.scale, "goodSteps": Double(state.goodSteps),
      "skippedSteps": Double(skippedSteps),
    ]
  }

  /// - Throws: ``MixedPrecisionError``
  public func restore(_ state: [String: Double]) throws {
    guard let scaler, let scale = state["scale"], let goodSteps = state["goodSteps"] else { return }
    let restored = Int(count: goodSteps).map { GradientScaler.State(scale: scale, goodSteps: $0) }
    guard let restored, restored.isValid, let skipped = Int(count: state["skippedSteps"] ?? 0)
    else { throw MixedPrecisionError.invalidState(state) }
    scaler.state = restored
    skippedSteps = skipped
  }
}

/// Why a saved state of ``MixedPrecision`` cannot be restored.
public enum MixedPrecisionError: Error, Equatable, CustomStringConvertible {
  /// A scale or count that no run can have.
  case invalidState([String: Double])

  public var description: String {
    switch self {
    case .invalidState(let state):
      "no gradient scaler can have the state "
        + state.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        + "; the checkpoint is damaged"
    }
  }
}

extension StepRule where Self == MixedPrecision {
  /// Steps in mixed precision; by default float16 uses a ``/FledgeOptim/GradientScaler`` with its
  /// defaults.
  public static func mixedPrecision(
    _ dtype: DType, scaler: GradientScaler? = nil
  ) -> MixedPrecision {
    MixedPrecision(dtype, scaler: scaler)
  }
}
