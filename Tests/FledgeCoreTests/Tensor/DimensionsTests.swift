import FledgeCore
import Testing

/// ``Dimensions`` against the array that it stands for.
@Suite struct DimensionsTests {
  @Test func `it changes as an array does`() {
    var (list, array): (Dimensions, [Int]) = ([4, 5, 6], [4, 5, 6])
    list.append(7)
    array.append(7)
    list.insert(1, at: 0)
    array.insert(1, at: 0)
    #expect(Array(list) == array)
    list.replaceSubrange(1..<3, with: [8, 9, 10])
    array.replaceSubrange(1..<3, with: [8, 9, 10])
    #expect(Array(list) == array)
    #expect(list.remove(at: 2) == array.remove(at: 2))
    list.swapAt(0, 3)
    array.swapAt(0, 3)
    #expect(Array(list) == array)
    #expect(list.description == "\(array)")
    list.removeAll()
    #expect(list.isEmpty && list == [])
  }

  @Test func `lists are equal where their numbers are, whatever was there before`() {
    var shortened: Dimensions = [2, 3, 4]
    shortened.removeLast()
    #expect(shortened == [2, 3])
    #expect(Set<Dimensions>([shortened, [2, 3]]).count == 1)
    #expect(shortened != [2, 3, 0])
    #expect(Dimensions(repeating: 5, count: 8) == [5, 5, 5, 5, 5, 5, 5, 5])
  }

  @Test func `a tensor of eight axes is permuted, sliced and summed`() {
    let shape: Shape = [1, 2, 1, 2, 1, 2, 1, 2]
    let x = Tensor.arange(16).reshaped(shape)
    let reversed = x.permuted(Array((0..<8).reversed()))
    #expect(reversed.shape == [2, 1, 2, 1, 2, 1, 2, 1])
    #expect(reversed[1, 0, 0, 0, 0, 0, 0, 0].item() == 1)
    #expect(x.sum(axes: [1, 3]).array(of: Int.self) == [24, 28, 32, 36])
  }
}
