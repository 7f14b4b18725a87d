import Foundation
import Testing

@testable import FledgePlots

@Suite struct PictureShapesTests {
  private let black = RGB(0)

  private func rectangle(_ x: Double, _ y: Double, _ right: Double, _ bottom: Double)
    -> [Position]
  {
    [[x, y], [right, y], [right, bottom], [x, bottom]]
  }

  @Test("A filled shape covers whole pixels, and of others the part it lies on")
  func coverage() {
    var picture = Picture(width: 6, height: 6)
    picture.fill([rectangle(1, 1, 3.5, 2.5)], black)
    #expect(picture.ink(1, 1) == 1 && picture.ink(1, 2) == 1)
    #expect(abs(picture.ink(1, 3) - 0.5) < 0.01)
    #expect(abs(picture.ink(2, 1) - 0.5) < 0.01)
    #expect(abs(picture.ink(2, 3) - 0.25) < 0.01)
    #expect(picture.ink(0, 1) == 0 && picture.ink(1, 4) == 0)
  }

  @Test("The area of a filled circle is π r², whatever the pixels")
  func area() {
    var picture = Picture(width: 40, height: 40)
    let circle = (0..<200).map { step -> Position in
      let angle = Double(step) / 200 * 2 * .pi
      return [19.3 + 12 * cos(angle), 20.7 + 12 * sin(angle)]
    }
    picture.fill([circle], black)
    var sum = 0.0
    for row in 0..<40 { for column in 0..<40 { sum += picture.ink(row, column) } }
    #expect(abs(sum - .pi * 144) < 2)
  }

  @Test("A ring has a hole by the even-odd rule, and none by the other")
  func rings() {
    let ring = [rectangle(0, 0, 9, 9), rectangle(3, 3, 6, 6)]
    var (evenOdd, nonZero) = (Picture(width: 9, height: 9), Picture(width: 9, height: 9))
    evenOdd.fill(ring, black, isEvenOdd: true)
    nonZero.fill(ring, black)
    #expect(evenOdd.ink(4, 4) == 0 && evenOdd.ink(1, 1) == 1)
    #expect(nonZero.ink(4, 4) == 1)
  }

  @Test("A line is as wide as it should be, no darker where it crosses itself, and is clipped")
  func strokes() {
    var picture = Picture(width: 20, height: 20)
    picture.stroke(
      [[[2, 10], [30, 10], [2, 10]]], black, width: 4, opacity: 0.5,
      clip: Rectangle(x: 0, y: 0, width: 15, height: 20))
    let column = (0..<20).reduce(0) { $0 + picture.ink($1, 8) }
    #expect(abs(column - 2) < 0.05)
    #expect(abs(picture.ink(10, 8) - 0.5) < 0.01)
    #expect(picture.ink(10, 14) > 0.4 && picture.ink(10, 15) == 0)
  }

  @Test("Round caps reach beyond the ends of a line, flat ones do not; corners are round in both")
  func caps() {
    for (hasRoundCaps, beyond) in [(true, 1.0), (false, 0.0)] {
      var picture = Picture(width: 30, height: 30)
      picture.stroke(
        [[[10, 10], [20, 10], [20, 20]]], black, width: 6, hasRoundCaps: hasRoundCaps)
      #expect(picture.ink(10, 8) == beyond && picture.ink(21, 20) == beyond)
      #expect(picture.ink(10, 11) == 1 && picture.ink(18, 20) == 1)
      #expect(picture.ink(10, 21) == 1 && picture.ink(8, 20) == 1)
    }
  }

  @Test("A lone point is a dot with round caps and nothing with flat ones")
  func dots() {
    for (hasRoundCaps, ink) in [(true, 1.0), (false, 0.0)] {
      for dot: [Position] in [[[5, 5]], [[5, 5], [5, 5]]] {
        var picture = Picture(width: 10, height: 10)
        picture.stroke([dot], black, width: 4, hasRoundCaps: hasRoundCaps)
        #expect(picture.ink(4, 4) == ink)
      }
    }
  }

  @Test("Shapes that lie outside, have no points or no area leave a picture as it was")
  func nothing() {
    var picture = Picture(width: 4, height: 4)
    let before = picture
    picture.fill([], black)
    picture.fill([[]], black)
    picture.fill([rectangle(9, 9, 12, 12), rectangle(-9, 0, -1, 4)], black)
    picture.fill([[[0, 2], [4, 2]]], black)
    picture.stroke([], black, width: 2)
    picture.stroke([[]], black, width: 2)
    picture.stroke([[[0, 20], [4, 20]]], black, width: 2)
    picture.fill([rectangle(0, 0, 4, 4)], black, clip: Rectangle(x: 7, y: 0, width: 2, height: 2))
    #expect(picture == before)
  }
}

extension Picture {
  /// How dark a pixel is, 0…1.
  func ink(_ row: Int, _ column: Int) -> Double { 1 - Double(self[row, column].red) / 255 }
}
