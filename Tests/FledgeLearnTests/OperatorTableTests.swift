import FledgeCore
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct OperatorTableTests {
  static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

  @Test func `docs/ops.md is what would be written now`() throws {
    let file = Self.root.appending(path: OperatorTable.file)
    let written = try String(contentsOf: file, encoding: .utf8)
    let table = try OperatorTable(root: Self.root).markdown()
    #expect(written == table, "run `swift run learn ops` and commit \(OperatorTable.file)")
  }

  @Test func `Every operation has a row, with its gradient and who computes it`() throws {
    let rows = try OperatorTable(root: Self.root).rows
    #expect(rows.count == Registry.builtIn.count)
    func row(_ name: String) throws -> OperatorTable.Row {
      try #require(rows.first { $0.name == name })
    }
    #expect(try row("add").kernel == "`zip`")
    #expect(try row("max").kernel == "`reduce`")
    #expect(try row("conv2d").kernel == "C kernel")
    #expect(try row("permute").kernel == "view")
    #expect(try row("tanh").gradient == "rule")
    #expect(try row("prod").gradient == "composed form")
    #expect(try row("attention").gradient == "rule, or composed form")
    #expect(try row("sign").gradient == "none")
    #expect(try row("matmul").shapes == "[b…, M, K], [b…, K, N] → [b…, M, N]")
    #expect(try row("layerNormGradient").checks == "through `layerNorm`, composed form")
  }

  @Test func `A folder without operations is an error`() {
    #expect(throws: CourseError.self) {
      try OperatorTable(root: FileManager.default.temporaryDirectory)
    }
  }
}

@Suite struct CoursePictureTests {
  @Test func `Every picture is in the checkout, and no other`() throws {
    let folder = OperatorTableTests.root.appending(path: CoursePicture.folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files) == Set(CoursePicture.all.map { $0.name + ".svg" }))
  }

  @Test(arguments: ["strides", "unbroadcast", "norms", "schedules"])
  func `Drawing twice gives the same file`(name: String) throws {
    let picture = try #require(CoursePicture.all.first { $0.name == name })
    #expect(picture.svg() == picture.svg())
  }
}

// Operations whose facts are known, to see that the survey finds them.

/// y = x by a kernel, with a rule.
private struct Joined: Primitive {
  static let name = "test.joined"
  static let formula = "y = x"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.concatenate([inputs[0]], axis: 0)]
  }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy] }
  static var samples: [Sample] { [Sample(Joined(), .uniform([2, 3]))] }
}

/// y = 2x by another operation, differentiated through its composed form.
private struct Composed: Primitive {
  static let name = "test.composed"
  static let formula = "y = 2x"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { composed(inputs)! }
  func composed(_ inputs: Tensors) -> Tensors? { [inputs[0] + inputs[0]] }
  static var samples: [Sample] { [Sample(Composed(), .uniform([2, 3]))] }
}

/// A view without a gradient.
private struct Silent: Primitive {
  static let name = "test.silent"
  static let formula = "y = x, dx = 0"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { inputs }
  func gradients(_ g: GradientContext) -> Gradients { [nil] }
  static var samples: [Sample] { [Sample(Silent(), .uniform([3]))] }
}

/// y = x, whose rule is an operation without samples of its own.
private struct Outer: Primitive {
  static let name = "test.outer"
  static let formula = "y = x"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.copy(inputs[0])]
  }
  func gradients(_ g: GradientContext) -> Gradients { [apply(Inner(), g.dy)] }
  static var samples: [Sample] { [Sample(Outer(), .uniform([3]))] }
}

private struct Inner: Primitive {
  static let name = "test.inner"
  static let formula = "y = x"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.cast(inputs[0], to: inputs[0].dtype)]
  }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy] }
  static var checkedThrough: (any Primitive.Type)? { Outer.self }
}

@Suite struct OperationSurveyTests {
  private let facts = OperationSurvey(
    of: [Joined.self, Composed.self, Silent.self, Outer.self, Inner.self]
  ).facts

  @Test func `Gradients are told by running the rules`() throws {
    #expect(try #require(facts["test.joined"]).gradient == "rule")
    #expect(try #require(facts["test.composed"]).gradient == "composed form")
    #expect(try #require(facts["test.silent"]).gradient == "none")
    #expect(try #require(facts["test.inner"]).gradient == "rule")
  }

  @Test func `Kernels are told by what the backend was asked for`() throws {
    #expect(try #require(facts["test.joined"]).kernel == "`concatenate`")
    #expect(try #require(facts["test.composed"]).kernel == "`zip`")
    #expect(try #require(facts["test.silent"]).kernel == "view")
    #expect(try #require(facts["test.outer"]).kernel == "`copy`")
    #expect(try #require(facts["test.inner"]).kernel == "`cast`")
  }

  @Test func `A composed form is told by asking for it`() throws {
    #expect(try #require(facts["test.composed"]).hasComposedForm)
    #expect(try #require(facts["test.joined"]).hasComposedForm == false)
  }
}
