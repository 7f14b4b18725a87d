import FledgeCore
import FledgeCourse
import FledgeNN

/// Everything below a module, found by looking at its stored properties: what an optimizer trains and
/// a checkpoint saves. A part's path is made of property names, `blocks.0.attention.weight`; that of
/// the root is empty.
struct ModuleTree {
  /// The root, then every module below it, each before what is in it; one that is stored in two
  /// places once for each.
  private(set) var modules: [(path: String, module: Module)] = []

  /// Every parameter once, under the first of its paths; parameters without a value (the bias of a
  /// layer without one) are left out.
  private(set) var parameters: [(path: String, parameter: AnyParameter)] = []

  init(_ root: Module) { visit(root, at: "") }

  /// Takes the module, then looks at its properties in their order.
  private mutating func visit(_ module: Module, at path: String) {
    // solution
    modules.append((path, module))
    for property in Self.properties(of: module) {
      inspect(property.value, at: Self.path(path, property.name))
    }
    // end solution
  }

  /// Takes a parameter, visits a module, and looks into arrays and optionals, which may hold either.
  /// Elements of an array have their number for a name; what is in an optional has no name of its
  /// own. Everything else is none of our business.
  private mutating func inspect(_ value: Any, at path: String) {
    // solution
    if let parameter = value as? AnyParameter {
      let isNew = !parameters.contains { $0.parameter === parameter }
      if isNew && parameter.value != nil { parameters.append((path, parameter)) }
      return
    }
    if let module = value as? Module { return visit(module, at: path) }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
      for child in mirror.children { inspect(child.value, at: path) }
    } else if mirror.displayStyle == .collection {
      for (number, child) in mirror.children.enumerated() {
        inspect(child.value, at: Self.path(path, "\(number)"))
      }
    }
    // end solution
  }

  /// The stored properties by their names in the source, those of superclasses first. The wrapper of
  /// a `@Parameter var weight` stands here as `weight`: an `AnyParameter`. In the place of an
  /// `@Inlined` module, such as the form of a `Linear`, stand its own properties.
  private static func properties(of module: Module) -> [(name: String, value: Any)] {
    let mirrors = sequence(first: Mirror(reflecting: module), next: \.superclassMirror)
    return Array(mirrors).reversed().flatMap { mirror in
      mirror.children.flatMap { child -> [(name: String, value: Any)] in
        if let inlined = child.value as? any InlinedProperty {
          return properties(of: inlined.module)
        }
        let isWrapped = child.value is AnyParameter || child.value is AnyBuffer
        let label = child.label ?? ""
        return [(isWrapped ? String(label.drop { $0 == "_" }) : label, child.value)]
      }
    }
  }

  private static func path(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}

extension ModuleTree {
  /// Makes constants of all parameters in the part at `path`: of "layers.1" those of `layers.1` and
  /// `layers.1.weight`, not those of `layers.10`. An empty path means all. Gives back how many.
  @discardableResult
  func freeze(under path: String) -> Int {
    // solution
    let frozen = parameters.filter {
      path.isEmpty || $0.path == path || $0.path.hasPrefix(path + ".")
    }
    for entry in frozen { entry.parameter.freeze() }
    return frozen.count
    // end solution
  }

  /// The parameters that weight decay is for, and the others. It shrinks matrices and filters (two
  /// axes or more); scales and shifts, also those of norms, are left alone.
  var decayGroups: (decayed: [String], others: [String]) {
    // solution
    let isDecayed = { (parameter: AnyParameter) in parameter.value!.rank >= 2 }
    return (
      parameters.filter { isDecayed($0.parameter) }.map(\.path),
      parameters.filter { !isDecayed($0.parameter) }.map(\.path)
    )
    // end solution
  }
}
