import FledgeCore

/// Which modules of a tree train and which evaluate, to be put back exactly: a module may be in
/// another mode than the rest, such as a frozen ``BatchNorm``.
package struct TrainingModes {
  private let root: Module
  private let modes: [ObjectIdentifier: (module: Module, isTraining: Bool)]

  /// Those of `root` and all below it now.
  package init(of root: Module) {
    self.root = root
    let modules = ModuleWalk(root).modules.map { ($0.module, $0.module.isTraining) }
    modes = Dictionary(modules.map { (ObjectIdentifier($0.0), $0) }, uniquingKeysWith: { a, _ in a })
  }

  /// Puts all of them in evaluation mode.
  package func evaluate() {
    for (module, _) in modes.values { module.isTraining = false }
  }

  /// Gives each its mode again. A module that has come into the tree since then gets the root's.
  package func restore() {
    for (module, isTraining) in modes.values { module.isTraining = isTraining }
    for (_, module) in ModuleWalk(root).modules where modes[ObjectIdentifier(module)] == nil {
      module.isTraining = root.isTraining
    }
  }
}
