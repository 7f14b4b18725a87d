import FledgeCourse

extension Chapter {
  static let modules = Chapter(
    5, "Modules", folder: "Chapter05_Modules", text: "05-modules.md",
    exercises: [.moduleTree, .initializers, .layers, .losses, .norms, .dropout],
    milestone: .readDigits)
}
