// swift-tools-version: 6.2
import PackageDescription

/// CI builds with `FLEDGE_WARNINGS_AS_ERRORS=1`; a user's newer compiler may warn without failing.
let strict = Context.environment["FLEDGE_WARNINGS_AS_ERRORS"] != nil
let swiftSettings: [SwiftSetting] =
  [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]
  + (strict ? [.treatAllWarnings(as: .error)] : [])

/// -O3 in debug builds too: a debug build with scalar kernels crawls. For x86-64-v4 the compiler
/// splits 16 floats into two registers of 256 bits unless it is told that wider ones are wanted,
/// which costs products of matrices a quarter of their speed.
var kernelFlags = ["-O3", "-fno-math-errno", "-fno-trapping-math"]
#if arch(x86_64)
  kernelFlags.append("-mprefer-vector-width=512")
#endif

/// A library floor: `Sources/<name>`, importing only the floors named.
///
/// Every module that a target's files see is named, also those that come with another: a build
/// after a change makes anew only what depends on the changed module by name, and the rest would
/// go on with an old layout of its types.
func floor(_ name: String, on dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// What `import Fledge` brings.
let libraries: [Target.Dependency] = [
  "FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeOptim", "FledgePlots", "FledgeTrain",
  "FledgeModels",
]
let everything = libraries + ["Fledge"]

/// An example: `Examples/<name>`, run with `swift run -c release <name>`.
func example(_ name: String, also others: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name,
    dependencies: everything + others + [
      "FledgeStudio", .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ], path: "Examples/\(name)", swiftSettings: swiftSettings)
}

/// Measures speed: `Benchmarks/bench`.
let bench = Target.executableTarget(
  name: "bench",
  dependencies: everything + [
    "FledgeCompiler", .product(name: "ArgumentParser", package: "swift-argument-parser"),
  ],
  path: "Benchmarks/bench", swiftSettings: swiftSettings)

/// A test target for the floor of the same name; `FledgeTestSupport` shows its files three others.
func tests(_ name: String, also others: [String] = []) -> Target {
  let modules = Set([name, "FledgeTestSupport", "FledgeCore", "FledgeNN", "FledgeIO"] + others)
  return .testTarget(
    name: "\(name)Tests", dependencies: modules.sorted().map { .init(stringLiteral: $0) },
    swiftSettings: swiftSettings)
}

let package = Package(
  name: "Fledge",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Fledge", targets: ["Fledge"]),
    // Many ranks: data parallelism and sharded state.
    .library(name: "FledgeDistributed", targets: ["FledgeDistributed"]),
    // Language models: tokenizers, formats, generation. `import Fledge` does not build it.
    .library(name: "FledgeInference", targets: ["FledgeInference"]),
    // Programs as graphs: tracing, passes, executors.
    .library(name: "FledgeCompiler", targets: ["FledgeCompiler"]),
    // What the checks of the course's exercises are written in.
    .library(name: "FledgeCourse", targets: ["FledgeCourse"]),
    // `trainer.live()`: what a training needs to be watched in the browser.
    .library(name: "FledgeStudio", targets: ["FledgeStudio"]),
  ],
  traits: [
    .trait(
      name: "MPI",
      description: "Ranks that are processes, started by mpirun or srun. Needs Open MPI.")
  ],
  dependencies: [
    // Command lines of the examples: help texts, validation, exit codes.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // Floor 0: C.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(
      name: "CKernels", cSettings: [.unsafeFlags(kernelFlags)]),

    // Floor 1.
    floor("FledgeCore", on: ["COpenBLAS", "CKernels"]),

    // Floor 2.
    floor("FledgeNN", on: ["FledgeCore"]),
    floor("FledgeIO", on: ["FledgeCore"]),
    floor("FledgeData", on: ["FledgeCore", "CZlib"]),

    // Floor 3 and 4.
    floor("FledgeOptim", on: ["CKernels", "FledgeCore", "FledgeNN"]),
    floor("FledgePlots", on: ["FledgeCore", "FledgeIO", "CZlib"]),
    floor(
      "FledgeTrain",
      on: ["FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeOptim", "FledgePlots"]),
    floor("FledgeModels", on: ["FledgeCore", "FledgeNN", "FledgeIO", "FledgeData"]),

    // Floor 5: many ranks.
    floor(
      "FledgeDistributed",
      on: libraries + [.target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
    // Floor 5: a product of its own.
    floor(
      "FledgeInference",
      on: ["CKernels", "FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeModels"]),

    // Floor 5: programs as graphs. A product of its own.
    floor(
      "FledgeCompiler",
      on: [
        "FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeOptim", "FledgePlots",
        "FledgeTrain",
      ]),

    // The door most people use.
    floor("Fledge", on: libraries),

    floor("FledgeTestSupport", on: ["FledgeCore", "FledgeIO", "FledgeNN"]),

    // The studio. Trainings bring the small half of it, which speaks to the program `studio`; the
    // server and the page are built with that program alone.
    floor(
      "FledgeStudio",
      on: [
        "FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeOptim", "FledgePlots",
        "FledgeTrain",
      ]),
    .target(
      name: "StudioServer",
      dependencies: everything + ["FledgeStudio", "FledgeLearn", "FledgeCourse"],
      resources: [.copy("Web")], swiftSettings: swiftSettings),
    .executableTarget(
      name: "studio",
      dependencies: [
        "FledgeStudio", "StudioServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swiftSettings),

    // The course: the language of its checks, the exercises with their solutions and checks, their
    // cards (goals, hints, mutants), and the runner.
    floor("FledgeCourse", on: everything + ["COpenBLAS"]),
    .target(
      name: "Exercises", dependencies: everything + ["FledgeCourse"],
      // Read by the checks where it stands.
      exclude: ["Chapter11_Transformer/Shakespeare.txt"], swiftSettings: swiftSettings),
    .target(
      name: "ExerciseCards", dependencies: everything + ["FledgeCourse"],
      // Read by the runner where it stands: new fingerprints need no build.
      exclude: ["Fingerprints.json"], swiftSettings: swiftSettings),
    floor("FledgeLearn", on: everything + ["FledgeCourse"]),
    .executableTarget(
      name: "learn",
      dependencies: everything + [
        "FledgeCourse", "ExerciseCards", "FledgeLearn",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swiftSettings),

    // What the examples have in common whose ranks train together.
    .target(
      name: "ExampleRanks",
      dependencies: everything + [
        "FledgeDistributed", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Examples/ExampleRanks", swiftSettings: swiftSettings),
    example("train-mlp", also: ["FledgeDistributed", "ExampleRanks", "FledgeCompiler"]),
    example("train-gpt", also: ["FledgeDistributed", "ExampleRanks", "FledgeCompiler"]),
    example("demo-ranks", also: ["FledgeDistributed"]),
    example("finetune-lora", also: ["FledgeDistributed", "ExampleRanks"]),
    example("train-cnn"),
    example("train-resnet", also: ["FledgeDistributed", "ExampleRanks"]),
    example("train-classifier"),
    example("train-vae"),
    example("train-vit"),
    example("train-lstm"),
    example("train-seq2seq"),
    example("makemore"),
    example("chat", also: ["FledgeInference"]),
    example("tokenize", also: ["FledgeInference"]),
    example("semantic-search", also: ["FledgeInference"]),
    bench,

    tests("FledgeCore"),
    tests("FledgeNN"),
    tests("FledgeData"),
    tests("FledgeIO"),
    tests("FledgeOptim"),
    tests("FledgeModels", also: ["FledgeOptim"]),
    tests("FledgeInference", also: ["CKernels", "FledgeData", "FledgeModels"]),
    tests(
      "FledgeCompiler", also: ["FledgeData", "FledgeOptim", "FledgeTrain", "FledgeModels"]),
    tests("FledgePlots", also: ["CZlib"]),
    tests("FledgeTrain", also: ["FledgeOptim", "FledgeData", "FledgePlots"]),
    tests("FledgeStudio", also: ["FledgeOptim", "FledgeData", "FledgePlots", "FledgeTrain"]),
    tests(
      "StudioServer",
      also: [
        "Fledge", "FledgeStudio", "FledgeData", "FledgeOptim", "FledgePlots", "FledgeTrain",
        "FledgeModels", "FledgeLearn", "FledgeCourse", "Exercises",
      ]),
    // The claims about ranks, in a library, so that tests check them with threads and `check-ranks`
    // with processes.
    .target(
      name: "RankChecks",
      dependencies: ["FledgeCore", "FledgeNN", "FledgeOptim", "FledgeModels", "FledgeDistributed"],
      path: "Tests/RankChecks", swiftSettings: swiftSettings),
    .executableTarget(
      name: "check-ranks",
      dependencies: everything + [
        "FledgeDistributed", "RankChecks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/check-ranks", swiftSettings: swiftSettings),
    tests(
      "FledgeDistributed",
      also: [
        "FledgeOptim", "FledgeData", "FledgePlots", "FledgeTrain", "FledgeModels", "RankChecks",
      ]),
    tests(
      "FledgeLearn",
      also: [
        "FledgeCourse", "ExerciseCards", "Fledge", "FledgeData", "FledgeOptim", "FledgePlots",
        "FledgeTrain", "FledgeModels",
      ]),
    tests(
      "Fledge", also: ["FledgeData", "FledgeOptim", "FledgePlots", "FledgeTrain", "FledgeModels"]),
  ]
)

// While working on one floor: `FLEDGE_TESTS=FledgeNNTests swift build --build-tests` leaves the other
// floors' tests out.
if let chosen = Context.environment["FLEDGE_TESTS"]?.split(separator: ","), !chosen.isEmpty {
  package.targets.removeAll { $0.isTest && !chosen.contains(Substring($0.name)) }
}
