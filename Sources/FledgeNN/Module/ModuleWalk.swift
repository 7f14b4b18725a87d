import FledgeCore

/// Everything below a module, in the order of the stored properties.
///
/// Reflection takes microseconds a property, so the walk runs when an optimizer is made, at save and
/// load and when printing, never in a forward pass. Training loops that clip the gradients of
/// `model.parameters()` walk once a step.
struct ModuleWalk {
  /// A parameter or buffer and its path.
  struct Entry {
    let name: String
    let holder: TensorHolder
  }

  /// The module itself under the empty path, then its children; a shared module once for each path.
  private(set) var modules: [(path: String, module: Module)] = []
  /// Which of the modules are ``Inlined``; their paths are those of the modules around them.
  private var inlined: Set<Int> = []
  /// A shared parameter is listed once for each of its paths.
  private(set) var entries: [Entry] = []
  private var ancestors: [ObjectIdentifier] = []
  /// The kind of a type's values: dynamic casts were a third of a walk's time.
  private var kinds: [ObjectIdentifier: Kind] = [:]

  init(_ root: Module) {
    visit(root, at: "")
  }

  /// Every parameter that has a value once, with its paths.
  var parameters: [(paths: [String], parameter: AnyParameter)] {
    var result: [(paths: [String], parameter: AnyParameter)] = []
    var places: [ObjectIdentifier: Int] = [:]
    for entry in entries {
      guard case .parameter(let parameter) = entry.holder, parameter.isPresent else { continue }
      if let place = places[ObjectIdentifier(parameter)] {
        result[place].paths.append(entry.name)
      } else {
        places[ObjectIdentifier(parameter)] = result.count
        result.append(([entry.name], parameter))
      }
    }
    return result
  }

  /// The modules that have a path of their own.
  var namedModules: [(path: String, module: Module)] {
    inlined.isEmpty
      ? modules : modules.indices.filter { !inlined.contains($0) }.map { modules[$0] }
  }

  private mutating func visit(_ module: Module, at path: String) {
    let identity = ObjectIdentifier(module)
    require(
      !ancestors.contains(identity), "Module",
      "`\(path)` leads back to a module that it is part of; mark it @NotSaved")
    ancestors.append(identity)
    defer { ancestors.removeLast() }
    modules.append((path, module))
    var mirrors = [Mirror(reflecting: module)]
    // Module's own properties are none of the model's.
    while let next = mirrors.last!.superclassMirror, next.subjectType != Module.self {
      mirrors.append(next)
    }
    for mirror in mirrors.reversed() {
      for child in mirror.children {
        let kind = kind(of: child.value)
        var label = child.label ?? ""
        if kind == .inlined {
          inlined.insert(modules.count)
          visit((child.value as! any InlinedProperty).module, at: path)
          continue
        }
        // A wrapped property is stored under its name with an underscore.
        if kind.isWrapper { label = String(label.drop { $0 == "_" }) }
        inspect(child.value, kind, at: join(path, label))
      }
    }
  }

  private enum Kind {
    case parameter, buffer, unsaved, inlined, module, plain, other
    var isWrapper: Bool { self == .parameter || self == .buffer || self == .unsaved }
  }

  /// By the type alone: an optional is `.other`, whether there is a module in it or not.
  private mutating func kind(of value: Any) -> Kind {
    let type = Swift.type(of: value)
    if let known = kinds[ObjectIdentifier(type)] { return known }
    let kind: Kind =
      switch type {
      case is AnyParameter.Type: .parameter
      case is AnyBuffer.Type: .buffer
      case is any UnsavedProperty.Type: .unsaved
      case is any InlinedProperty.Type: .inlined
      case is Module.Type: .module
      case is any Plain.Type: .plain
      default: .other
      }
    kinds[ObjectIdentifier(type)] = kind
    return kind
  }

  private mutating func inspect(_ value: Any, _ kind: Kind, at path: String) {
    switch kind {
    case .parameter:
      entries.append(Entry(name: path, holder: .parameter(value as! AnyParameter)))
    case .buffer: entries.append(Entry(name: path, holder: .buffer(value as! AnyBuffer)))
    case .module: visit(value as! Module, at: path)
    case .unsaved, .inlined, .plain: return
    case .other: walk(value, at: path)
    }
  }

  private mutating func inspect(_ value: Any, at path: String) {
    inspect(value, kind(of: value), at: path)
  }

  private mutating func walk(_ value: Any, at path: String) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .collection where !(value is Tensor):
      for (index, child) in mirror.children.enumerated() {
        inspect(child.value, at: join(path, String(index)))
      }
    case .optional:
      for child in mirror.children { inspect(child.value, at: path) }
    case .dictionary where value is [String: Any]:
      for (key, element) in (value as! [String: Any]).sorted(by: { $0.key < $1.key }) {
        inspect(element, at: join(path, key))
      }
    default:
      requireNothingHidden(in: value, at: path)
    }
  }

  /// Traps if a value that is not walked holds something that training or a checkpoint would miss.
  /// Other classes are not searched.
  private func requireNothingHidden(in value: Any, at path: String) {
    if value is Tensor || value is Module || value is AnyParameter || value is AnyBuffer {
      fledgeTrap(
        "Module",
        "`\(type(of: modules[0].module)).\(path)` holds a \(type(of: value)) that training and "
          + "checkpoints would miss; use @Parameter or @Buffer for a tensor, a property, array, "
          + "optional or [String: …] for a module, or mark the property @NotSaved")
    }
    if value is any Plain { return }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .class { return }
    for (index, child) in mirror.children.enumerated() {
      requireNothingHidden(in: child.value, at: join(path, child.label ?? String(index)))
    }
  }

  private func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}

/// A value with a name in a checkpoint.
enum TensorHolder {
  case parameter(AnyParameter)
  case buffer(AnyBuffer)

  var identity: ObjectIdentifier {
    switch self {
    case .parameter(let parameter): ObjectIdentifier(parameter)
    case .buffer(let buffer): ObjectIdentifier(buffer)
    }
  }

  var value: Tensor? {
    switch self {
    case .parameter(let parameter): parameter.value
    case .buffer(let buffer): buffer.value
    }
  }

  func assign(_ value: Tensor) {
    switch self {
    case .parameter(let parameter): parameter.value = value
    case .buffer(let buffer): buffer.value = value
    }
  }
}

extension [ModuleWalk.Entry] {
  /// Each parameter and buffer under its first name only.
  var firstOfEach: [ModuleWalk.Entry] {
    var seen: Set<ObjectIdentifier> = []
    return filter { seen.insert($0.holder.identity).inserted }
  }
}

/// Values that cannot hold a module, so that a long array of numbers is not reflected one by one.
private protocol Plain {}
extension Int: Plain {}
extension Double: Plain {}
extension Float: Plain {}
extension Bool: Plain {}
extension String: Plain {}
extension Shape: Plain {}
extension Array: Plain where Element: Numeric {}
