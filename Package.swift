// swift-tools-version: 6.2
import PackageDescription

/// CI builds with `FLEDGE_WARNINGS_AS_ERRORS=1`; a user's newer compiler may warn without failing.
let strict = Context.environment["FLEDGE_WARNINGS_AS_ERRORS"] != nil
let swiftSettings: [SwiftSetting] =
  [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]
  + (strict ? [.treatAllWarnings(as: .error)] : [])

/// A library floor: `Sources/<name>`, importing only the floors named.
func floor(_ name: String, on dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// An example: `Examples/<name>`, run with `swift run -c release <name>`.
func example(_ name: String) -> Target {
  .executableTarget(
    name: name,
    dependencies: [
      "Fledge", .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ], path: "Examples/\(name)", swiftSettings: swiftSettings)
}

/// Measures speed: `Benchmarks/bench`.
let bench = Target.executableTarget(
  name: "bench",
  dependencies: ["Fledge", .product(name: "ArgumentParser", package: "swift-argument-parser")],
  path: "Benchmarks/bench", swiftSettings: swiftSettings)

/// A test target for the floor of the same name.
func tests(_ name: String, also dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name), "FledgeTestSupport"] + dependencies,
    swiftSettings: swiftSettings)
}

let package = Package(
  name: "Fledge",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Fledge", targets: ["Fledge"])
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
    .target(
      name: "CKernels",
      // -O3 in debug builds too: a debug build with scalar kernels crawls.
      cSettings: [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math"])]),

    // Floor 1.
    floor("FledgeCore", on: ["COpenBLAS", "CKernels"]),

    // Floor 2.
    floor("FledgeNN", on: ["FledgeCore"]),
    floor("FledgeIO", on: ["FledgeCore"]),
    floor("FledgeData", on: ["FledgeCore", "CZlib"]),

    // Floor 3 and 4.
    floor("FledgeOptim", on: ["FledgeNN"]),
    floor("FledgeTrain", on: ["FledgeOptim", "FledgeData", "FledgeIO", "CZlib"]),
    floor("FledgeModels", on: ["FledgeNN", "FledgeIO", "FledgeData"]),

    // The door most people use.
    floor(
      "Fledge",
      on: [
        "FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeOptim", "FledgeTrain",
        "FledgeModels",
      ]),

    floor("FledgeTestSupport", on: ["FledgeCore", "FledgeIO", "FledgeNN"]),

    example("train-mlp"),
    example("train-gpt"),
    example("train-classifier"),
    example("train-vae"),
    bench,

    tests("FledgeCore"),
    tests("FledgeNN"),
    tests("FledgeData"),
    tests("FledgeIO"),
    tests("FledgeOptim", also: ["FledgeNN"]),
    tests("FledgeModels", also: ["FledgeOptim"]),
    tests("FledgeTrain", also: ["FledgeNN", "FledgeOptim", "FledgeData", "CZlib"]),
    tests("Fledge"),
  ]
)
