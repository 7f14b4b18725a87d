import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Foundation
import Testing

/// Numbers that no optimizer and no schedule takes: each is refused by a sentence.
@Suite struct RuleArgumentTests {
  typealias Call = (name: String, make: @Sendable () -> Void)

  private static func of(
    _ name: String, _ values: [Double] = [-1, .nan, .infinity],
    _ make: @escaping @Sendable (Double) -> Void
  ) -> [Call] {
    values.map { value in ("\(name) \(value)", { make(value) }) }
  }

  private static func of(
    _ name: String, counts values: [Int], _ make: @escaping @Sendable (Int) -> Void
  ) -> [Call] {
    values.map { value in ("\(name) \(value)", { make(value) }) }
  }

  private static var none: [AnyParameter] { [] }

  static var calls: [Call] {
    [
      of("learning rate") { _ = ParameterGroup([], learningRate: $0) },
      of("weight decay") { _ = ParameterGroup([], learningRate: 1, weightDecay: $0) },
      of("SGD") { _ = SGD(none, learningRate: 1, momentum: $0) },
      of("Adam epsilon") { _ = Adam(none, epsilon: $0) },
      of("Adam beta", [-1, 1, .nan]) { _ = Adam(none, beta1: $0) },
      of("AdamW beta", [-1, 1, .nan]) { _ = AdamW(none, beta2: $0) },
      of("NAdam epsilon") { _ = NAdam(none, epsilon: $0) },
      of("NAdam decay") { _ = NAdam(none, momentumDecay: $0) },
      of("LAMB epsilon") { _ = LAMB(none, epsilon: $0) },
      of("Adadelta epsilon") { _ = Adadelta(none, epsilon: $0) },
      of("Adadelta smoothing", [-1, 1, .nan]) { _ = Adadelta(none, smoothing: $0) },
      of("Adagrad epsilon") { _ = Adagrad(none, epsilon: $0) },
      of("Adagrad accumulator") { _ = Adagrad(none, initialAccumulator: $0) },
      of("Adagrad decay") { _ = Adagrad(none, rateDecay: $0) },
      of("RMSprop epsilon") { _ = RMSprop(none, epsilon: $0) },
      of("RMSprop momentum") { _ = RMSprop(none, momentum: $0) },
      of("RMSprop smoothing", [-1, 1, .nan]) { _ = RMSprop(none, smoothing: $0) },
      of("LARS trust") { _ = LARS(none, learningRate: 1, trust: $0) },
      of("LARS momentum") { _ = LARS(none, learningRate: 1, momentum: $0) },
      of("Lion", [-1, 1, .nan]) { _ = Lion(none, beta1: $0) },
      of("Muon", [-1, 1, .nan]) { _ = Muon([ParameterGroup](), momentum: $0) },
      of("SGD dampening", [.nan, .infinity]) { _ = SGD(none, learningRate: 1, dampening: $0) },
      of("RAdam epsilon") { _ = RAdam(none, epsilon: $0) },
      of("RAdam beta", [-1, 1, .nan]) { _ = RAdam(none, beta1: $0) },
      of("Adamax epsilon") { _ = Adamax(none, epsilon: $0) },
      of("Adamax beta", [-1, 1, .nan]) { _ = Adamax(none, beta2: $0) },
      of("Adafactor decay", [1, .nan, -.infinity]) { _ = Adafactor(none, squareDecay: $0) },
      of("Adafactor epsilon") { _ = Adafactor(none, epsilon: $0) },
      of("Adafactor scale") { _ = Adafactor(none, minimumScale: $0) },
      of("Adafactor clipping", [0.5, .nan]) { _ = Adafactor(none, clippingThreshold: $0) },
      of("LBFGS iterations", counts: [-1, 0, .min]) { _ = LBFGS(none, maximumIterations: $0) },
      of("LBFGS history", counts: [-1, 0, .min]) { _ = LBFGS(none, historySize: $0) },
      of("rate of all groups") {
        let optimizer = SGD(none, learningRate: 1)
        optimizer.learningRate = $0
      },
      of("WeightAverage", [-1, 1.5, .nan]) { _ = WeightAverage([], decay: $0) },
      of("scale", [-1, 0, .nan, .infinity]) { _ = GradientScaler(scale: $0) },
      of("growth", [0.5, .nan, .infinity]) { _ = GradientScaler(growth: $0) },
      of("backoff", [0, 1, .nan]) { _ = GradientScaler(backoff: $0) },
      of("clipGradientNorm", [-1, 0, .nan]) { clipGradientNorm([], maximum: $0) },
      of("clipGradientValue", [-1, 0, .nan]) { clipGradientValue([], maximum: $0) },
      of("CosineSchedule") { _ = CosineSchedule(total: 10, minimum: $0) },
      of("CosineRestartsSchedule") { _ = CosineRestartsSchedule(period: 3, minimum: $0) },
      of("CyclicSchedule") { _ = CyclicSchedule(rise: 3, minimum: $0) },
      of("CyclicSchedule decay") {
        _ = CyclicSchedule(rise: 3, minimum: 0.1, mode: .exponential(decay: $0))
      },
      of("restarts", counts: [-1, 0, .min]) { _ = CosineRestartsSchedule(period: $0) },
      of("growths", counts: [-1, 0, .min]) { _ = CosineRestartsSchedule(period: 2, growth: $0) },
      of("rises", counts: [-1, 0, .min]) { _ = CyclicSchedule(rise: $0, minimum: 0) },
      of("falls", counts: [-1, 0, .min]) { _ = CyclicSchedule(rise: 1, fall: $0, minimum: 0) },
      of("StepSchedule") { _ = StepSchedule(interval: 2, decay: $0) },
      of("MultiStepSchedule") { _ = MultiStepSchedule(milestones: [2], decay: $0) },
      of("ExponentialSchedule") { _ = ExponentialSchedule(decay: $0) },
      of("PolynomialSchedule") { _ = PolynomialSchedule(total: 10, power: $0) },
      of("LinearSchedule from") { _ = LinearSchedule(from: $0, total: 10) },
      of("LinearSchedule to") { _ = LinearSchedule(to: $0, total: 10) },
      of("OneCycleSchedule rise", [-1, 0, 1, .nan]) { _ = OneCycleSchedule(total: 10, rise: $0) },
      of("OneCycleSchedule start") { _ = OneCycleSchedule(total: 10, startDivisor: $0) },
      of("OneCycleSchedule end") { _ = OneCycleSchedule(total: 10, endDivisor: $0) },
      of("plateau decay", [-1, 0, 1, .nan]) { _ = ReduceOnPlateau(decay: $0) },
      of("plateau threshold") { _ = ReduceOnPlateau(threshold: $0) },
      of("plateau minimum") { _ = ReduceOnPlateau(minimum: $0) },
      of("totals", counts: [-1, 0, .min]) { _ = CosineSchedule(total: $0) },
      of("intervals", counts: [-1, 0, .min]) { _ = StepSchedule(interval: $0) },
      of("milestones", counts: [-1, .min]) {
        _ = SequentialSchedule([ConstantSchedule(), ConstantSchedule()], milestones: [$0])
      },
    ].flatMap { $0 }
  }

  @Test func `what means nothing is refused by a sentence`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      SignalWatch.begin(seconds: 100)
      SignalWatch.end(SignalWatch.accepted(RuleArgumentTests.calls).count)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasSuffix("faults: 0\n"), "\(text)")
  }

  /// A slot, a gradient or numbers that a kernel would read or write beyond its end.
  @Test func `a step in place asks the shape rule`() async {
    await #expect(processExitsWith: .success) {
      let faults = RuleArgumentTests.wrongSteps.filter { message, make in
        TrapCatching.message(of: make)?.hasPrefix(message) != true
      }
      exit(faults.isEmpty ? 0 : 1)
    }
  }

  private static func step(
    slot: Tensor, gradient: Tensor = Tensor.ones([3]), value: Tensor = Tensor.ones([3])
  ) {
    let layer = Holder(value)
    let optimizer = SGD(layer.parameters(), learningRate: 1, momentum: 0.5)
    var taken = value.detached()
    optimizer.restore(["value.velocity": slot, "value.step": Tensor([1] as [Int]).reshaped([])])
    withoutGradients {
      optimizer.update(&taken, gradient: gradient, at: 0, learningRate: 1, weightDecay: 0)
    }
  }

  private static let wrongSteps: [(message: String, make: @Sendable () -> Void)] = [
    ("sgdUpdate: types differ: the value is float32[3]", { step(slot: Tensor.ones([2])) }),
    (
      "sgdUpdate: a gradient float32[4] for a value float32[3]",
      { step(slot: Tensor.ones([3]), gradient: Tensor.ones([4])) }
    ),
  ]

  private final class Holder: Module {
    @Parameter var value: Tensor
    init(_ value: Tensor) { self.value = value }
  }
}
