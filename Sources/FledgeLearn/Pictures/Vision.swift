import Fledge
import Foundation

extension CoursePicture {
  static let vision = [
    CoursePicture("convolution", convolution), CoursePicture("windowing", windowing),
    CoursePicture("im2col", imageColumns), CoursePicture("edges", edges),
    CoursePicture("max-pooling", maxPooling),
  ]

  /// A filter of two taps on three numbers, place by place.
  private static func convolution() -> Drawing {
    let (x, filter) = ([1, 10, 100], [2, 3])
    func table(_ place: Int) -> CellDiagram.Table {
      let texts = [
        x.map { "\($0)" },
        x.indices.map { place..<place + 2 ~= $0 ? "\(filter[$0 - place])" : "" },
      ]
      return CellDiagram.Table("place \(place)", texts: texts, note: "the filter below") {
        _, column in
        place..<place + 2 ~= column ? column - place : nil
      }
    }
    let y = (0..<2).map { t in filter.indices.reduce(0) { $0 + filter[$1] * x[t + $1] } }
    let result = CellDiagram.Table("y", texts: [y.map { "\($0)" }])
    return CellDiagram(
      title: "the filter [2, 3] slides along [1, 10, 100]", cell: (46, 30),
      rows: [[.table(table(0)), .table(table(1)), .sign("→"), .table(result)]]
    ).drawing()
  }

  /// Which pixels of 7 × 7 lie under the first two windows of a row.
  private static func windowing() -> Drawing {
    func table(_ caption: String, stride: Int, padding: Int, dilation: Int) -> CellDiagram.Table {
      let size = 7 + 2 * padding
      func number(_ window: Int, _ row: Int, _ column: Int) -> Bool {
        let (i, j) = (row, column - window * stride)
        return (0...2 * dilation).contains(i) && (0...2 * dilation).contains(j) && i % dilation == 0
          && j % dilation == 0
      }
      let texts = (0..<size).map { row in
        (0..<size).map { column in
          let isImage =
            (padding..<7 + padding).contains(row) && (padding..<7 + padding).contains(column)
          return isImage ? "" : "0"
        }
      }
      let places = (size - 2 * dilation - 1) / stride + 1
      return CellDiagram.Table(caption, texts: texts, note: "\(places) × \(places) windows") {
        row, column in
        switch (number(0, row, column), number(1, row, column)) {
        case (true, true): 2
        case (true, false): 0
        case (false, true): 1
        case (false, false): nil
        }
      }
    }
    return CellDiagram(
      title: "two windows of 3 × 3 on 7 × 7 pixels (in green where both are)", cell: (20, 20),
      rows: [
        [
          .table(table("stride 1", stride: 1, padding: 0, dilation: 1)),
          .table(table("stride 2", stride: 2, padding: 0, dilation: 1)),
        ],
        [
          .table(table("padding 1", stride: 1, padding: 1, dilation: 1)),
          .table(table("dilation 2", stride: 1, padding: 0, dilation: 2)),
        ],
      ]
    ).drawing()
  }

  /// The windows of 2 × 2 on nine numbers as columns.
  private static func imageColumns() -> Drawing {
    let image = (0..<3).map { i in (0..<3).map { "\(3 * i + $0 + 1)" } }
    let columns = (0..<4).map { tap in
      (0..<4).map { window in "\(3 * (window / 2 + tap / 2) + window % 2 + tap % 2 + 1)" }
    }
    let pixels = CellDiagram.Table("an image", texts: image, note: "the first window") { i, j in
      i < 2 && j < 2 ? 0 : nil
    }
    let matrix = CellDiagram.Table(
      "its windows of 2 × 2", texts: columns, note: "a window a column"
    ) {
      _, window in window
    }
    let filter = CellDiagram.Table("a filter", texts: [["a", "b", "c", "d"]], note: "a row")
    let result = CellDiagram.Table("y", texts: [["", "", "", ""]], note: "a place a number") {
      _, window in window
    }
    return CellDiagram(
      title: "a convolution as a product of matrices", cell: (34, 28),
      rows: [
        [.table(pixels), .sign("→"), .table(matrix)],
        [.table(filter), .sign("×"), .sign("columns ="), .table(result)],
      ]
    ).drawing()
  }

  /// A drawn digit, and what filters that look for edges make of it.
  private static func edges() -> Drawing {
    let digits = DrawnDigits.images(count: 40, seed: 4)
    let seven = digits.labels.firstIndex(of: 7)!
    let size = digits.rows
    let image = Tensor(
      digits.image(seven).map { Float($0) / 255 }, shape: [1, 1, size, size])
    let filters: [(name: String, weights: [Float])] = [
      ("left edges", [-1, 0, 1, -2, 0, 2, -1, 0, 1]),
      ("right edges", [1, 0, -1, 2, 0, -2, 1, 0, -1]),
      ("upper edges", [-1, -2, -1, 0, 0, 0, 1, 2, 1]),
      ("blurred", [Float](repeating: 1 / 9, count: 9)),
    ]
    var grid = ImageGrid(title: "a 7 under filters of 3 × 3", imageWidth: size, imageHeight: size)
    grid.add(ImageGrid.Image(pixels: image.array(), caption: "the image"))
    for (name, weights) in filters {
      let y = relu(
        conv2d(image, weight: Tensor(weights, shape: [1, 1, 3, 3]), padding: .zeros(1)))
      let largest = y.max().item()
      grid.add(ImageGrid.Image(pixels: (y / largest).array(), caption: name))
    }
    return grid.drawing()
  }

  private static func maxPooling() -> Drawing {
    let values = [[1, 5, 2, 0], [3, 4, 9, 8], [0, 1, 6, 6], [2, 0, 6, 7]]
    let image = CellDiagram.Table("x", texts: values.map { $0.map { "\($0)" } }) {
      $0 / 2 * 2 + $1 / 2
    }
    let largest = CellDiagram.Table("the largest", texts: [["5", "9"], ["2", "7"]]) { 2 * $0 + $1 }
    let places = [1, 6, 12, 15]
    let gradient = CellDiagram.Table(
      "where gradients go",
      texts: (0..<4).map { i in
        (0..<4).map { j in
          places.firstIndex(of: 4 * i + j).map { "d\("₀₁₂₃".map(String.init)[$0])" } ?? "0"
        }
      }
    ) { i, j in places.firstIndex(of: 4 * i + j) }
    return CellDiagram(
      title: "the largest of each window of 2 × 2", cell: (34, 30),
      rows: [[.table(image), .sign("→"), .table(largest), .sign("→"), .table(gradient)]]
    ).drawing()
  }
}
