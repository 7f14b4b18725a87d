import Fledge
import Foundation

/// A picture in a chapter's text, drawn from numbers that Fledge computes on the reference backend
/// from fixed seeds, so that it is the same on every machine.
package struct CoursePicture: Sendable {
  /// The name of its file, without the ending.
  package let name: String
  private let draw: @Sendable () -> Drawing

  init(_ name: String, _ draw: @escaping @Sendable () -> Drawing) {
    self.name = name
    self.draw = draw
  }

  /// The SVG document.
  package func svg() -> String {
    withBackend(.reference) { withGenerator(Generator(seed: 1)) { draw().svg } }
  }

  /// All pictures, in the order of the chapters.
  package static let all =
    warmUp + scalarAutograd + tensorStorage + kernels + tensorAutograd + modules + training + data
    + vision + recurrent

  /// Their folder in a checkout.
  package static let folder = "docs/images/course"
}
