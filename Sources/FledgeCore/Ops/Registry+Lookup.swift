import Synchronization

extension Registry {
  /// Primitives from outside this module; one of the few pieces of process-wide state, since an
  /// operation that is read from a file must be found by its name.
  private static let added = Mutex<[any Primitive.Type]>([])

  /// Every primitive that can be named: those of the framework's core, and those that other modules
  /// and programs have added.
  public static var primitives: [any Primitive.Type] { builtIn + added.withLock { $0 } }

  /// Adds an operation of another module or program, so that it can be found by its name. Adding it
  /// again does nothing; traps where another operation has its name.
  public static func register(_ primitive: any Primitive.Type) {
    let isTaken = added.withLock { added -> Bool in
      if let other = (builtIn + added).first(where: { $0.name == primitive.name }) {
        return other != primitive
      }
      added.append(primitive)
      return false
    }
    require(
      !isTaken, "Registry", "another operation is named `\(primitive.name)`; names are unique")
  }

  /// The operation of that name; nil where there is none.
  public static func primitive(named name: String) -> (any Primitive.Type)? {
    primitives.first { $0.name == name }
  }

  /// An operation from its name and its attributes: the way back from ``Primitive/attributes``.
  public static func make(
    _ name: String, _ attributes: Attributes
  ) throws(AttributeError) -> any Primitive {
    guard let type = primitive(named: name) else { throw .unknownPrimitive(name) }
    return try type.init(attributes: attributes)
  }
}
