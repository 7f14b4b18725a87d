import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// Every operation that takes parameters, with random ones, valid or not: the kernels agree with the
/// reference, forward and backward, or a sentence of ours says what is wrong. Nothing reads or writes
/// outside of its memory, and nothing ends the program without a word.
///
/// `FLEDGE_RANDOM_CALLS` sets how many calls of each operation are made.
@Suite struct RandomArgumentTests {
  static let operations =
    RandomOperation.creation + RandomOperation.shapes + RandomOperation.reductions
    + RandomOperation.indexing + RandomOperation.numbers + RandomOperation.fused
    + RandomOperation.images

  @Test func `random arguments give the reference's result or a sentence`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      SignalWatch.begin(seconds: 240)
      SignalWatch.end(RandomArgumentTests.faults())
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasSuffix("faults: 0\n"), "\(text.suffix(4000))")
  }

  /// Prints each call that does neither; returns how many there were.
  private static func faults() -> Int {
    let wanted = ProcessInfo.processInfo.environment["FLEDGE_RANDOM_CALLS"].flatMap { Int($0) }
    var (faults, results) = (0, 0)
    for (number, operation) in operations.enumerated() {
      for round in 0..<(wanted ?? 25) {
        let call = operation.call(seed: UInt64(number * 1_000_000 + round))
        switch outcome(of: call) {
        case .result: results += 1
        case .refused: break
        case .fault(let fault):
          faults += 1
          SignalWatch.say("\(call.text): \(fault)")
        }
      }
    }
    SignalWatch.say("\(results) results")
    // If nearly everything were refused, nothing would be compared.
    if results < operations.count * (wanted ?? 25) / 4 {
      SignalWatch.say("too few calls give a result")
      faults += 1
    }
    return faults
  }

  private enum Outcome {
    case result, refused
    case fault(String)
  }

  private static func outcome(of call: RandomCall) -> Outcome {
    let (found, expected) = (Box(), Box())
    func trap(_ backend: any Backend, _ box: Box) -> String? {
      SignalWatch.now(call.text)
      return TrapCatching.message { box.tensors = call.results(on: backend) }
    }
    switch (trap(.cpu, found), trap(.reference, expected)) {
    case (nil, nil): break
    case (let mine?, let other?):
      for message in [mine, other] where !isSentence(message) { return .fault(message) }
      return .refused
    case (let message?, nil): return .fault("refused by the CPU backend alone: \(message)")
    case (nil, let message?): return .fault("refused by the reference alone: \(message)")
    }
    guard found.tensors.count == expected.tensors.count else {
      return .fault("\(found.tensors.count) tensors, the reference has \(expected.tensors.count)")
    }
    for (i, (a, b)) in zip(found.tensors, expected.tensors).enumerated() {
      if let difference = difference(a, b, 2e-3, 2e-4) {
        return .fault("result \(i): \(difference)")
      }
    }
    return .result
  }

  /// A sentence names the operation and says more than that; a signal is not one.
  private static func isSentence(_ message: String) -> Bool {
    !message.contains(SignalWatch.mark) && message.count >= 12
  }

  private final class Box: @unchecked Sendable {
    var tensors: [Tensor] = []
  }
}
