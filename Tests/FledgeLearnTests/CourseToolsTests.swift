import FledgeCourse
import Testing

@Suite struct CourseToolsTests {
  @Test func `Counted numbers count products on their thread, and compute as whole numbers do`() {
    let (sum, products) = CountedNumber.counting { () -> CountedNumber in
      var sum: CountedNumber = 0
      for number in 1...4 { sum += CountedNumber(number) * CountedNumber(10) }
      sum *= 2
      return sum - 1
    }
    #expect(sum.value == 199)
    #expect(products == 5)
    #expect(CountedNumber.counting { CountedNumber(2) + 3 }.products == 0)
    #expect((CountedNumber(2) * 3).value == 6)
  }

  @Test func `Optional values are told as what they hold`() {
    #expect(words(Optional(3)) == "3")
    #expect(words(Optional<Int>.none) == "none")
    #expect(words([1, 2]) == "[1, 2]")
    #expect(words(Optional(Optional("x"))) == "x")
  }
}
