import FledgeIO
import FledgeInference
import FledgeTestSupport
import Foundation
import Testing

@Suite struct FetchedModelTests {
  @Test func `the cache is FLEDGE_CACHE, else in the home directory`() {
    #expect(FetchedModel.cache(environment: ["FLEDGE_CACHE": "/x", "HOME": "/h"]) == "/x")
    #expect(
      FetchedModel.cache(environment: ["FLEDGE_CACHE": "", "HOME": "/h"]) == "/h/.cache/fledge")
  }

  @Test func `a model that is not there says how to get it`() throws {
    try withTemporaryDirectory { directory in
      let environment = ["FLEDGE_CACHE": directory]
      for model in FetchedModel.allCases {
        let error = #expect(throws: ModelNotFetched.self) {
          try model.path(environment: environment)
        }
        #expect(error?.description.contains("fetch-model.sh \(model.rawValue)") == true)
      }
      let folder = "\(directory)/all-MiniLM-L6-v2"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      #expect(try FetchedModel.minilm.path(environment: environment) == folder)
    }
  }

  /// The script and the library must mean the same files.
  @Test func `models are where the script puts them`() throws {
    struct Entry: Decodable {
      var folder: String
      var files: [String: String]
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Scripts/models.json")
    let entries = try JSONDecoder().decode([String: Entry].self, from: Data(contentsOf: file))
    #expect(entries.keys.sorted() == FetchedModel.allCases.map(\.rawValue).sorted())
    try withTemporaryDirectory { directory in
      for (name, entry) in entries {
        let folder = "\(directory)/\(entry.folder)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if entry.files.count == 1 {
          try AtomicFile.write("", to: "\(folder)/\(entry.files.keys.first!)")
        }
        let model = try #require(FetchedModel(rawValue: name))
        let path = try model.path(environment: ["FLEDGE_CACHE": directory])
        #expect(path.hasPrefix(folder))
      }
    }
  }
}
