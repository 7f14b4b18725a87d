import Foundation
import Testing

@testable import FledgePlots

@Suite struct DecisionBoundaryTests {
  /// Class 1 is the upper right: x + y > 0.
  private var plot: DecisionBoundary {
    let grid = DecisionBoundary.grid(x: -1...1, y: -1...1, rows: 20, columns: 30)
    let probabilities: [Float] = stride(from: 0, to: grid.count, by: 2).map { index in
      let sum: Float = grid[index] + grid[index + 1]
      return 1 / (1 + exp(-8 * sum))
    }
    return DecisionBoundary(
      title: "half & half", probabilities: probabilities, rows: 20, columns: 30, x: -1...1,
      y: -1...1,
      points: [.init(x: -0.8, y: -0.8, label: 0), .init(x: 0.8, y: 0.8, label: 1)])
  }

  @Test func `The grid runs along x first, from the lowest y`() {
    let grid = DecisionBoundary.grid(x: 0...2, y: 10...11, rows: 2, columns: 3)
    #expect(grid == [0, 10, 1, 10, 2, 10, 0, 11, 1, 11, 2, 11])
  }

  @Test func `Probabilities between samples are interpolated`() {
    let plot = DecisionBoundary(
      title: "", probabilities: [0, 1, 0.5, 1], rows: 2, columns: 2, x: 0...1, y: 0...1)
    #expect(plot.probability(x: 0, y: 0) == 0 && plot.probability(x: 1, y: 1) == 1)
    #expect(plot.probability(x: 0.5, y: 0) == 0.5 && plot.probability(x: 0, y: 0.5) == 0.25)
  }

  @Test func `The picture is well-formed, also of probabilities that are none`() {
    #expect(xmlFault(plot.svg()) == nil)
    let broken = DecisionBoundary(
      title: "", probabilities: [.nan, .infinity, -3, 0.5], rows: 2, columns: 2, x: 0...1e-9,
      y: -1e9...1e9, points: [.init(x: .nan, y: 0, label: 1), .init(x: 7, y: 0, label: 0)])
    #expect(broken.probabilities == [0.5, 1, 0, 0.5])
    #expect(xmlFault(broken.svg()) == nil)
    #expect(!broken.svg().contains("<circle cx=\"-"))
  }

  @Test func `Points and legend have the colours of their classes`() {
    let svg = plot.svg()
    // One in the legend, one in the plot, each.
    for index in [0, 1] {
      let circles = svg.matches(of: try! Regex("<circle[^>]*\(RGB.series(index).hex)"))
      #expect(circles.count == 2)
    }
  }

  @Test func `In the terminal, class 1 is up and to the right`() {
    #expect(
      plot.terminal(width: 24, height: 10, style: .ascii).joined(separator: "\n") == """
        half & half
        o class 0   x class 1
        .:::#################x##
          ...::#################
             ...::##############
                ..:::###########
                   ...::########
                      ..:::#####
                         ..:::##
          o                 ...:
        """)
    #expect(
      plot.terminal(width: 24, height: 10).joined(separator: "\n") == """
        half & half
        ○ class 0   ● class 1
        ░▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓●▓▓
          ░░░▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
             ░░░▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓
                ░░▒▒▒▓▓▓▓▓▓▓▓▓▓▓
                   ░░░▒▒▓▓▓▓▓▓▓▓
                      ░░▒▒▒▓▓▓▓▓
                         ░░▒▒▒▓▓
          ○                 ░░░▒
        """)
  }

  @Test func `In colour every cell of the field is painted`() {
    let lines = plot.terminal(
      width: 24, height: 10, style: .init(colors: .trueColor, unicode: true))
    #expect(lines.count == 10)
    for line in lines.dropFirst(2) {
      let visible = line.replacing(try! Regex("\u{1B}\\[[0-9;]*m"), with: "")
      #expect(visible.count == 24)
      #expect(line.hasPrefix("\u{1B}[") && line.hasSuffix("\u{1B}[0m"))
    }
  }
}
