import Foundation

/// What a signal does to this program, with all flags and masks, so that a handler that was put in its
/// place for a while can be taken away without a trace.
///
/// Reading and installing one are calls that a signal handler may make.
struct SignalAction {
  private var action = sigaction()

  /// What the signal does now.
  init(of number: Int32) { sigaction(number, nil, &action) }

  /// The address of the handler, which both systems keep first; 0 and 1 stand for the default and for
  /// nothing at all.
  var handler: Int { withUnsafeBytes(of: action) { $0.load(as: Int.self) } }

  var isDefault: Bool { handler == 0 }
  var isIgnored: Bool { handler == 1 }

  /// Makes the signal do this again.
  func install(for number: Int32) {
    var action = action
    sigaction(number, &action, nil)
  }
}
