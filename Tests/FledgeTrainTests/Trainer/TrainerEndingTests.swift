import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeTrain

/// What a run says of its end.
@Suite struct TrainerEndingTests {
  private final class Pages {
    var lines: [String] = []
  }

  /// A run that writes plain lines, and whose metric is `values` at its validations.
  private func run(
    _ values: [Double], every steps: Int = 1, patience: Int? = nil
  ) -> (MoonsRun, Pages) {
    let (run, pages) = (MoonsRun(), Pages())
    run.trainer.progress = ProgressOutput(
      isTerminal: false, style: .plain, columns: { 80 },
      write: { pages.lines.append(contentsOf: $0.split(separator: "\n").map(String.init)) })
    run.trainer.monitor = Monitor("my_value", patience: patience)
    run.trainer.validate(every: .steps(steps)) { [trainer = run.trainer] in
      ["my_value": values[trainer.step / steps - 1]]
    }
    return (run, pages)
  }

  @Test("The last line has the last validation")
  func completed() throws {
    let (run, pages) = run([4, 3, 2, 1], every: 5)
    try run.trainer.train(until: .steps(20))
    #expect(pages.lines.count == 11)
    #expect(pages.lines.last!.hasPrefix("20/20 (100%)"))
    #expect(pages.lines.last!.contains("my value 1  "))
    #expect(run.trainer.validationStep == 20)
  }

  @Test("An early stop says why and what was kept, below the validation that decided it")
  func stoppedEarly() throws {
    try withTemporaryDirectory { directory in
      let (run, pages) = run([5, 2, 4, 3, 1], every: 2, patience: 2)
      run.keepCheckpoints(in: directory, best: true)
      #expect(try run.trainer.train(until: .steps(100)) == .stoppedEarly)
      #expect(pages.lines.suffix(2).first!.hasPrefix("8/100 (8%)"))
      #expect(pages.lines.suffix(2).first!.contains("my value 3  "))
      #expect(
        pages.lines.last == """
          stopped early after step 8 of 100: my_value has not improved for 2 validations; \
          the best my_value, 2, was after step 4 and is kept in \(directory)/best.safetensors
          """)

      // Resumed, it has nothing left to wait for, and takes no step without a validation.
      let (other, _) = self.run([5, 2, 4, 3, 1], every: 2, patience: 2)
      try other.resume(from: "\(directory)/last.safetensors")
      #expect(other.trainer.validationStep == 8)
      #expect(try other.trainer.train(until: .steps(100)) == .stoppedEarly)
      #expect(other.trainer.step == 8 && other.weights == run.weights)
      other.trainer.monitor = Monitor("my_value", patience: 4)
      #expect(try other.trainer.train(until: .steps(10)) == .completed)
    }
  }

  @Test("A run that is stopped between validations says which step its metrics are of")
  func stopped() throws {
    let (run, pages) = run([5, 2, 4, 3, 1], every: 2)
    run.stop(after: 5)
    #expect(try run.trainer.train(until: .steps(100)) == .stopped)
    #expect(pages.lines.last!.hasPrefix("5/100 (5%)"))
    #expect(pages.lines.last!.contains("my value@4 2  "))
    #expect(run.trainer.validationStep == 4)
  }
}
