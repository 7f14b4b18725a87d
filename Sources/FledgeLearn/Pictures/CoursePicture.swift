import Fledge
import Foundation

/// A picture of a chapter's text, drawn from what Fledge computes: the same on every machine, since
/// it is computed on the reference backend from fixed seeds.
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
    warmUp + scalarAutograd + tensorStorage + kernels + tensorAutograd + modules + training

  /// Where they stand in a checkout.
  package static let folder = "docs/images/course"
}
