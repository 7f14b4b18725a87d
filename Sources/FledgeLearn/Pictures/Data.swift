import Fledge
import Foundation

extension CoursePicture {
  static let data = [
    CoursePicture("shuffle-bias", shuffleBias), CoursePicture("augmented-digits", augmentedDigits),
    CoursePicture("text-streams", textStreams), CoursePicture("prefetch", prefetch),
  ]

  /// Where each of eight numbers ends, over many shuffles that exchange each place with any place.
  private static func shuffleBias() -> Drawing {
    let (count, tries) = (8, 40_000)
    let generator = Generator(seed: 1)
    var ends = [Float](repeating: 0, count: count * count)
    for _ in 0..<tries {
      var order = Array(0..<count)
      for place in 0..<count { order.swapAt(place, generator.integer(below: count)) }
      for (place, number) in order.enumerated() { ends[number * count + place] += 1 }
    }
    let parts = ends.map { 100 * $0 / Float(tries) }
    let names = (0..<count).map(String.init)
    return HeatMap(
      title: "each place exchanged with any place: where a number ends, in %", values: parts,
      rows: count, columns: count, rowLabels: names, columnLabels: names, rowTitle: "the number",
      columnTitle: "its place afterwards", range: 9.5...16,
      texts: parts.map { String(format: "%.1f", $0) }
    ).drawing()
  }

  /// A drawn digit and what augmentation makes of it.
  private static func augmentedDigits() -> Drawing {
    let digits = DrawnDigits.images(count: 40, seed: 4)
    let seven = digits.labels.firstIndex(of: 7)!
    let size = digits.rows
    let pixels = digits.image(seven).map { Float($0) / 255 }
    func moved(_ down: Int, _ right: Int, flipped: Bool = false) -> [Float] {
      (0..<size * size).map { place in
        let i = place / size - down
        let j = place % size - right
        guard (0..<size).contains(i), (0..<size).contains(j) else { return 0 }
        return pixels[i * size + (flipped ? size - 1 - j : j)]
      }
    }
    var grid = ImageGrid(title: "one 7, moved and flipped", imageWidth: size, imageHeight: size)
    for (name, image) in [
      ("as it is", moved(0, 0)), ("down 4", moved(4, 0)), ("up 4, left 4", moved(-4, -4)),
      ("up 2, right 4", moved(-2, 4)), ("flipped", moved(0, 0, flipped: true)),
    ] { grid.add(ImageGrid.Image(pixels: image, caption: name)) }
    return grid.drawing()
  }

  /// Thirteen letters in three streams, and the first piece of two rows.
  private static func textStreams() -> Drawing {
    let letters = "abcdefghijklm".map(String.init)
    let (streams, length) = (3, 4)
    func letter(_ row: Int, _ stream: Int) -> String { letters[stream * length + row] }
    func rows(_ range: Range<Int>) -> [[String]] {
      range.map { row in (0..<streams).map { letter(row, $0) } }
    }
    let text = CellDiagram.Table("the text", texts: [letters], note: "m is left over") { _, place in
      place < streams * length ? place / length : nil
    }
    let table = CellDiagram.Table("three streams", texts: rows(0..<4), note: "the text goes down") {
      $1
    }
    let inputs = CellDiagram.Table("inputs", texts: rows(0..<2), note: "piece 0") { $1 }
    let targets = CellDiagram.Table("targets", texts: rows(1..<3), note: "one row further") { $1 }
    return CellDiagram(
      title: "a text for a model that carries its state from piece to piece", cell: (30, 30),
      rows: [
        [.table(text)], [.table(table), .sign("→"), .table(inputs), .table(targets)],
      ]
    ).drawing()
  }

  /// Who works on which batch when: making one takes two units of time, training on it three.
  private static func prefetch() -> Drawing {
    let (making, training, batches) = (2, 3, 4)
    let units = batches * (making + training)
    typealias Job = (start: Int, batch: Int)
    func table(_ caption: String, made: [Job], trained: [Job], note: String) -> CellDiagram.Table {
      var texts = Array(repeating: Array(repeating: "", count: units), count: 2)
      for (row, jobs, length) in [(0, made, making), (1, trained, training)] {
        for job in jobs {
          for unit in job.start..<job.start + length { texts[row][unit] = "\(job.batch)" }
        }
      }
      return CellDiagram.Table(caption, texts: texts, note: note) { [texts] in Int(texts[$0][$1]) }
    }
    let alone = (0..<batches).map { Job(start: $0 * (making + training), batch: $0) }
    let made = (0..<batches).map { Job(start: $0 * making, batch: $0) }
    let one = table(
      "one thread: the upper row loads, the lower one trains", made: alone,
      trained: alone.map { Job(start: $0.start + making, batch: $0.batch) },
      note: "\(units) units of time for \(batches) batches")
    let two = table(
      "a thread that works ahead", made: made,
      trained: (0..<batches).map { Job(start: making + $0 * training, batch: $0) },
      note: "\(making + batches * training) units")
    return CellDiagram(
      title: "loading takes 2 units of time, training 3", cell: (26, 26),
      rows: [[.table(one)], [.table(two)]]
    ).drawing()
  }
}
