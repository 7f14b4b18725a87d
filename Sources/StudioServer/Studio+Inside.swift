import Fledge
import FledgeLearn
import Foundation

extension Studio {
  /// Seconds that an answer waits for a network that is still training; then the page asks again.
  private static let patience = 0.5

  /// Mistakes of the one who types are answers (`fault`): an error of HTTP would be one of the page's.
  func inside(_ part: String, _ body: Data) -> HTTPResponse {
    func read<Wish: Decodable>(_ type: Wish.Type) -> Wish? {
      try? JSONDecoder().decode(type, from: body)
    }
    switch part {
    case "formula":
      guard let wish = read(InsideFormula.Wish.self) else { return Self.malformed }
      do throws(Mistake) {
        return .json(try InsideFormula.answer(wish))
      } catch {
        return .json(["fault": "\(error)"])
      }
    case "strides":
      guard let wish = read(InsideStrides.Wish.self) else { return Self.malformed }
      do throws(InsideStrides.Fault) {
        return .json(try InsideStrides.answer(wish))
      } catch {
        return .json(["fault": "\(error)"])
      }
    case "digit":
      guard let wish = read(InsideDigit.Wish.self), let answer = digit.answer(wish) else {
        return Self.malformed
      }
      return .json(answer)
    case "text":
      guard let wish = read(InsideText.Wish.self) else { return Self.malformed }
      let reader = text.update { state -> InsideText in
        let reader = state ?? InsideText()
        state = reader
        return reader
      }
      do throws(InsideText.Fault) {
        return .json(try reader.answer(wish, atMost: Self.patience))
      } catch {
        return .json(["fault": "\(error)"])
      }
    default: return .text(404, "there is nothing here\n")
    }
  }

  private static let malformed = HTTPResponse.text(400, "this is no question of the page\n")
}
