import FledgeCourse

extension Chapter {
  static let cpuKernels = Chapter(
    3, "CPU kernels", folder: "Chapter03_CPUKernels", text: "03-cpu-kernels.md",
    exercises: [.stridedKernels, .parallelFastPath, .pairwiseSum, .tiledProduct, .blasAndSIMD],
    milestone: .ownBackend)
}
