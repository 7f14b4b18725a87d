import CZlib
import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgePlots

@Suite struct PictureTests {
  @Test("A PNG has its three chunks, sound checksums, and the pixels")
  func png() throws {
    var picture = Picture(width: 3, height: 2)
    picture[1, 2] = RGB(0x102030)
    var rest = picture.png()[...]
    #expect(Array(rest.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    rest = rest.dropFirst(8)
    var chunks: [String: [UInt8]] = [:]
    while !rest.isEmpty {
      func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
      let count = number(rest.prefix(4))
      let content = Array(rest.dropFirst(4).prefix(4 + count))
      #expect(
        number(rest.dropFirst(8 + count).prefix(4)) == Int(crc32(0, content, UInt32(content.count)))
      )
      chunks[String(decoding: content.prefix(4), as: UTF8.self)] = Array(content.dropFirst(4))
      rest = rest.dropFirst(12 + count)
    }
    #expect(chunks["IHDR"] == [0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0])
    #expect(chunks["IEND"] == [])
    let packed = try #require(chunks["IDAT"])
    var count = UInt(100)
    var unpacked = [UInt8](repeating: 0, count: 100)
    #expect(uncompress(&unpacked, &count, packed, UInt(packed.count)) == Z_OK)
    #expect(
      Array(unpacked[..<Int(count)])
        == [0] + Array(repeating: 255, count: 9) + [0] + Array(repeating: 255, count: 6)
        + [0x10, 0x20, 0x30])
  }

  @Test("Rectangles are cut at the borders")
  func rectangles() {
    var picture = Picture(width: 4, height: 4)
    picture.fill(x: -2, y: 2, width: 4, height: 9, RGB(0))
    #expect(picture[2, 1] == RGB(0) && picture[3, 0] == RGB(0))
    #expect(picture[1, 1] == .background && picture[2, 2] == .background)
    let before = picture
    picture.fill(x: 5, y: 5, width: 3, height: 3, RGB(0))
    #expect(picture == before)
  }

  @Test("The cells of a heat map, from light to dark; NaN is grey")
  func heatMap() {
    let map = HeatMap(values: [0, 1, .nan, 0.5], rows: 2, columns: 2)
    let picture = map.picture(cell: 3)
    #expect((picture.width, picture.height) == (6, 6))
    #expect(picture[0, 0] == .background && picture[2, 2] == .background)
    #expect(picture[0, 3] == map.color(1) && picture[5, 0] == .border)
    func light(_ value: Float) -> Int {
      let color = map.color(value)
      return Int(color.red) + Int(color.green) + Int(color.blue)
    }
    let steps = stride(from: Float(0), through: 1, by: 0.1).map(light)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 > $1 })
    #expect(HeatMap(values: [2, 2], rows: 1, columns: 2).color(2) == map.color(0.5))
  }

  @Test("A grid of images as pixels, and filters stretched to their range")
  func grid() {
    let grid = ImageGrid.filters(
      Tensor([-1, 0, 1, 3, 5, 5, 5, 5], shape: [2, 1, 2, 2], dtype: .float32))
    #expect(grid.images.map(\.pixels) == [[0, 0.25, 0.5, 1], [0, 0, 0, 0]])
    let picture = grid.picture(scale: 2)
    #expect((picture.width, picture.height) == (11, 6))
    #expect(picture[0, 0] == .border && picture[1, 1] == ImageGrid.paper)
    #expect(picture[4, 4] == .ink)
  }

  @Test("A decision boundary as pixels: both sides, and the line between them")
  func boundary() {
    let probabilities = DecisionBoundary.grid(x: 0...1, y: 0...1, rows: 10, columns: 10)
      .enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    let plot = DecisionBoundary(
      title: "", probabilities: probabilities, rows: 10, columns: 10, x: 0...1, y: 0...1,
      points: [.init(x: 0.1, y: 0.9, label: 1)])
    let picture = plot.picture(width: 100)
    #expect(picture.height == 100)
    #expect(picture[50, 2] == DecisionBoundary.fieldColor(0.025))
    #expect(picture[50, 97] == DecisionBoundary.fieldColor(0.975))
    #expect((45..<55).contains { picture[50, $0] == .ink })
    #expect(picture[10, 10] == .series(1))
  }
}
