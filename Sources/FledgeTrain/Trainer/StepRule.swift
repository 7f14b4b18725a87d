import FledgeCore
import FledgeNN
import FledgeOptim

/// Customizes the forward pass, the backward pass and the update in a step of a ``Trainer``, for
/// mixed precision or other update rules.
///
/// A step calls, in this order: ``forward(_:)`` and ``backward(_:_:)`` for each of its batches,
/// ``unscale(_:_:)``, then clips, then ``update(_:)``. The defaults are a plain step.
///
///     struct SkipBadSteps: StepRule {
///       func update(_ optimizer: Optimizer) {
///         if optimizer.parameters.allSatisfy({ isSound($0.grad) }) { optimizer.step() }
///       }
///     }
///
/// ``MixedPrecision`` is one.
public protocol StepRule {
  /// Computes the loss of one batch.
  func forward(_ loss: () -> Tensor) -> Tensor
  /// Adds the gradients of one batch by calling `run` with `loss` or a tensor computed from it.
  /// `loss` is already weighted if a step adds up batches.
  func backward(_ loss: Tensor, _ run: (Tensor) throws -> Void) throws
  /// Scales the gradients to their true size, before they are checked and clipped. Decisions from
  /// gradients must be agreed on by `strategy`: a rank may have only a part of them.
  func unscale(_ optimizer: Optimizer, _ strategy: any TrainingStrategy) throws
  /// Changes the parameters, or skips the step.
  func update(_ optimizer: Optimizer)
  /// The rule's state, by name; saved in checkpoints.
  var state: [String: Double] { get }
  /// Goes back to a saved ``state``; throws where it cannot be one, and changes nothing then.
  func restore(_ state: [String: Double]) throws
}

extension StepRule {
  public func forward(_ loss: () -> Tensor) -> Tensor { loss() }
  public func backward(_ loss: Tensor, _ run: (Tensor) throws -> Void) throws { try run(loss) }
  public func unscale(_ optimizer: Optimizer, _ strategy: any TrainingStrategy) throws {}
  public func update(_ optimizer: Optimizer) { optimizer.step() }
  public var state: [String: Double] { [:] }
  public func restore(_ state: [String: Double]) {}
}

/// Forward, backward and the optimizer's step, and nothing else.
public struct PlainStep: StepRule {
  /// Creates the ordinary step rule.
  public init() {}
}

/// How gradients are limited before a step.
public enum GradientLimit: Sendable, Equatable {
  /// All together, to this Euclidean norm: ``/FledgeOptim/clipGradientNorm(_:maximum:sumOfSquares:)``.
  case norm(Double)
  /// Clips each element to this magnitude: ``/FledgeOptim/clipGradientValue(_:maximum:)``.
  case value(Double)
}
