import FledgeCore

/// A module whose parameters, buffers and modules have the names that they would have in the module
/// around it: `weight`, not `form.weight`. In a summary it has no line of its own.
///
///     @Inlined public var form: any LinearForm
@propertyWrapper
public struct Inlined<Value>: InlinedProperty {
  /// The module itself.
  public var wrappedValue: Value

  /// Traps where `wrappedValue` is no module.
  public init(wrappedValue: Value) {
    require(wrappedValue is Module, "Inlined", "a \(type(of: wrappedValue)) is no module")
    self.wrappedValue = wrappedValue
  }

  public var module: Module { wrappedValue as! Module }
}

/// What reflection finds in the place of an ``Inlined`` property, whatever its type.
public protocol InlinedProperty {
  /// The module whose parts stand in the place of the property.
  var module: Module { get }
}
