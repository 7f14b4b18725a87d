import Foundation
import Testing

@Suite struct KernelNameTests {
  /// What other kernels call where the processor has no better one; tests call it everywhere.
  private let expected: Set = ["fledge_block_product_portable"]

  @Test(.enabled(if: CCompiler.path != nil, "NO C COMPILER: declarations are not read"))
  func `every function that the kernels declare is called by Swift`() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources")
    // The preprocessor writes out the declarations that macros make.
    let header = try CCompiler.preprocessed(
      sources.appending(path: "CKernels/include/CKernels.h").path)
    let declared = Set(header.matches(of: /\b(fledge_\w+)\s*\(/).map { String($0.1) })
    #expect(declared.count > 150)
    var named: Set<String> = []
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      named.formUnion(text.matches(of: /\bfledge_\w+/).map { String($0.0) })
    }
    #expect(declared.subtracting(named).subtracting(expected).isEmpty)
  }
}
