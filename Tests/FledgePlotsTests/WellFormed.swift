/// What is wrong with an XML document of the kind that `SVGCanvas` writes; nil if nothing is. Checks that
/// elements nest, attributes are quoted and appear once, and text is escaped.
func xmlFault(_ document: String) -> String? {
  var open: [String] = []
  var rest = document[...]
  while let bracket = rest.firstIndex(of: "<") {
    if let fault = textFault(rest[..<bracket]) { return fault }
    rest = rest[rest.index(after: bracket)...]
    guard let end = rest.firstIndex(of: ">") else { return "a tag without an end" }
    var tag = rest[..<end]
    rest = rest[rest.index(after: end)...]
    if tag.hasPrefix("/") {
      if open.popLast() != String(tag.dropFirst()) { return "</\(tag.dropFirst())> closes nothing" }
      continue
    }
    let closesItself = tag.hasSuffix("/")
    if closesItself { tag = tag.dropLast() }
    let name = String(tag.prefix { $0.isLetter })
    if name.isEmpty { return "a tag without a name: \(tag)" }
    var names: Set<String> = []
    var attributes = tag.dropFirst(name.count)
    while !attributes.isEmpty {
      guard attributes.hasPrefix(" "), let equals = attributes.firstIndex(of: "=") else {
        return "not an attribute: \(attributes)"
      }
      let key = String(attributes[..<equals].dropFirst())
      if !names.insert(key).inserted { return "\(name) has two attributes \(key)" }
      let parts = attributes[equals...].dropFirst().split(
        separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0].isEmpty else { return "\(key) is not quoted" }
      if let fault = textFault(parts[1]) { return fault }
      attributes = parts[2]
    }
    if !closesItself { open.append(name) }
  }
  return open.isEmpty ? textFault(rest) : "not closed: \(open)"
}

private func textFault(_ text: Substring) -> String? {
  for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
    guard ["amp;", "lt;", "gt;", "quot;", "#39;"].contains(where: part.hasPrefix) else {
      return "a bare & in \(text)"
    }
  }
  if text.contains("nan") || text.contains("inf") { return "not a number: \(text)" }
  return nil
}
