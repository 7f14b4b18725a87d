import Foundation

/// Waits until `condition` holds, and returns whether it did. It asks again every few milliseconds,
/// for so long that no busy machine makes a test fail: only what never comes is waited for to the end.
///
/// - Parameter seconds: how long it asks
public func eventually(
  within seconds: Double = 120, _ condition: () throws -> Bool
) rethrows -> Bool {
  let end = Date(timeIntervalSinceNow: seconds)
  repeat {
    if try condition() { return true }
    Thread.sleep(forTimeInterval: 0.005)
  } while Date() < end
  return false
}
