import Fledge
import FledgeStudio
import FledgeTestSupport
import Foundation
import Testing

@testable import StudioServer

/// The studio over its socket and its port, as trainings and browsers use it.
@Suite struct StudioTests {
  private func start(_ body: (Studio, StudioClient, String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "s\(UInt32.random(in: 0...(.max)))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let socket = folder.appendingPathComponent("socket").path
    let studio = try Studio(port: 0, socket: socket)
    studio.start()
    defer { studio.stop() }
    try body(studio, StudioClient(port: studio.rule.port), socket)
  }

  private func path(_ studio: Studio, _ rest: String) -> String { "/\(studio.rule.token)/\(rest)" }

  @Test func `The page and its parts are served with rules that keep it to itself`() throws {
    try start { studio, client, _ in
      let page = client.request("GET", path(studio, ""))
      #expect(page.status == 200 && page.body.hasPrefix("<!doctype html>"))
      for rule in [
        "Content-Security-Policy: default-src 'none'; script-src 'self'", "Referrer-Policy",
        "X-Content-Type-Options: nosniff", "Cross-Origin-Resource-Policy: same-origin",
      ] { #expect(page.head.contains(rule)) }
      #expect(client.request("GET", path(studio, "main.js")).status == 200)
      #expect(client.request("GET", path(studio, "../../Package.swift")).status == 404)
      #expect(client.request("GET", path(studio, "api/play/none/pictures")).status == 404)
      #expect(client.request("DELETE", path(studio, "")).status == 405)
    }
  }

  @Test func `Strangers are refused everywhere`() throws {
    try start { studio, client, _ in
      #expect(client.request("GET", "/").status == 403)
      #expect(client.request("GET", "/main.js").status == 403)
      let wish = #"{"command":"stop"}"#
      let place = path(studio, "api/runs/run1/command")
      #expect(client.request("POST", place, wish, headers: ["Origin: http://a.b"]).status == 403)
      #expect(
        client.request("POST", place, wish, headers: ["Sec-Fetch-Site: cross-site"]).status == 403)
      let form = client.send(
        "POST \(place) HTTP/1.1\r\nHost: 127.0.0.1:\(studio.rule.port)\r\nConnection: close\r\n"
          + "Content-Type: text/plain\r\nContent-Length: \(wish.count)\r\n\r\n\(wish)")
      #expect(form.hasPrefix("HTTP/1.1 400"))
    }
  }

  @Test func `A training finds the studio; a page watches it and stops it`() throws {
    try start { studio, client, socket in
      let link = try StudioLink(#require(StudioSocket.connect(to: socket)))
      #expect(link.greeting.address == studio.address)
      let id = link.greeting.run
      let page = client.connect()
      _ = page.write(
        Data(
          "GET \(path(studio, "api/runs")) HTTP/1.1\r\nHost: 127.0.0.1:\(client.port)\r\n\r\n"
            .utf8))

      let points = PlaneDataset.moons.points(count: 40, seed: 1)
      let model = MLP(sizes: [2, 4, 1])
      let trainer = Trainer(
        model, SGD(model.parameters(), learningRate: 0.1),
        on: TrainingData(DataLoader(points, batchSize: 10, seed: 1))
      ) { batch in
        let x = Tensor(
          batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [batch.count, 2])
        return binaryCrossEntropyWithLogits(
          model(x).squeezed(axis: 1), Tensor(batch.labels.map(Float.init)))
      }
      trainer.handlesInterrupts = false
      _ = trainer.live(RunDescription(name: "moons"), over: link)
      // After the first step the page asks for the end.
      trainer.on(.stepEnds) { trainer in
        guard trainer.step == 1 else { return }
        let place = path(studio, "api/runs/\(id)/command")
        #expect(client.request("POST", place, #"{"command":"stop"}"#).status == 200)
        #expect(client.request("POST", place, #"{"command":"fly"}"#).status == 400)
      }
      // Ten million steps would take days: the page must end them.
      #expect(try trainer.train(until: .steps(10_000_000)) == .stopped)

      var text = ""
      while !text.contains("\"stopped\"") {
        let more = page.read(atMost: 1 << 16)
        if more.isEmpty { break }
        text += String(decoding: more, as: UTF8.self)
      }
      #expect(text.contains("\"stopped\"") && text.contains("\"loss\""))
      let place = path(studio, "api/runs/\(id)/command")
      // Its program has hung up; the studio may need a moment to notice.
      #expect(
        eventually { client.request("POST", place, #"{"command":"stop"}"#).status == 409 })
    }
  }

  @Test func `A page plays: it opens a session, steps it and takes the weights`() throws {
    try start { studio, client, _ in
      let wish = String(
        decoding: try JSONEncoder().encode(PlayConfiguration()), as: UTF8.self)
      let opened = client.request("POST", path(studio, "api/play"), wish)
      #expect(opened.status == 200 && opened.body.contains("\"play1\""))
      let place = path(studio, "api/play/play1/")
      #expect(client.request("POST", place + "command", #"{"steps":3}"#).status == 200)
      #expect(client.request("GET", place + "playground.safetensors").status == 200)
      #expect(client.request("POST", path(studio, "api/play"), "{}").status == 400)
      let broken = wish.replacingOccurrences(of: "\"moons\"", with: "\"sun\"")
      let refused = client.request("POST", path(studio, "api/play"), broken)
      #expect(refused.status == 422 && refused.body == "there is no set 'sun'\n")
      let program = client.request(
        "POST", path(studio, "api/play/swift"), #"{"steps":9,"configuration":\#(wish)}"#)
      #expect(program.status == 200 && program.body.contains("until: .steps(9)"))
    }
  }

  @Test func `Two studios share no socket, and one that was killed leaves none behind`() throws {
    try start { _, _, socket in
      #expect(throws: FileSystemError(.create, socket, code: EADDRINUSE)) {
        try Studio(port: 0, socket: socket)
      }
    }
    let path = NSTemporaryDirectory() + "dead-\(UInt32.random(in: 0...(.max)))"
    // A socket that nobody listens at any more.
    do { _ = try StudioSocket.listen(at: path) }
    defer { unlink(path) }
    let studio = try Studio(port: 0, socket: path)
    studio.stop()
  }
}
