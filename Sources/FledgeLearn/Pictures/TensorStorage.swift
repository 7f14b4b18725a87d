import Fledge

extension CoursePicture {
  static let tensorStorage = [
    CoursePicture("strides") {
      let x = Tensor([[1, 2, 3], [4, 5, 6]])
      return LayoutDiagram(
        title: "one storage, three views",
        ["x": x, "x.transposed()": x.transposed(), "x[.all, 1...]": x[.all, 1...]]
      ).drawing()
    },
    CoursePicture("broadcast") {
      let (a, b) = (Tensor([[10], [20]]), Tensor([1, 2, 3]))
      return LayoutDiagram(
        title: "a + b: both are read as [2, 3], neither is copied",
        [
          "a": a, "a.broadcast(to: [2, 3])": a.broadcast(to: [2, 3]), "b": b,
          "b.broadcast(to: [2, 3])": b.broadcast(to: [2, 3]), "a + b": a + b,
        ]
      ).drawing()
    },
  ]
}
