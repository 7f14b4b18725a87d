/// A mistake in a text from the command line, with its place.
package struct Mistake: Error, CustomStringConvertible, Equatable {
  package let message: String
  /// The whole text, and where in it, counted in characters.
  package let text: String
  package let column: Int

  package init(_ message: String, in text: String, at column: Int) {
    self.message = message
    self.text = text
    self.column = column
  }

  package var description: String {
    "\(message)\n  \(text)\n  \(String(repeating: " ", count: column))^"
  }
}
