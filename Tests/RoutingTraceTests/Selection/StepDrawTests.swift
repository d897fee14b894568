import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing

@Suite struct StepDrawTests {
  /// Steps of so many tokens each.
  private func source(tokens: [Int]) -> StoredSteps {
    let header = TraceHeader(name: "t", content: .tokens, layerNumbers: [0], experts: 4, topK: 1)
    return StoredSteps(
      header: header,
      steps: tokens.enumerated().map { number, tokens in
        RoutingStep(number: number, tokens: tokens, experts: [UInt16](repeating: 0, count: tokens))
      })
  }

  private func chiSquare(_ found: [Double], expected: [Double]) -> Double {
    var sum = 0.0
    for (count, mean) in zip(found, expected) { sum += (count - mean) * (count - mean) / mean }
    return sum
  }

  @Test func `the first pick goes by weight`() throws {
    var picks: [Double] = [0, 0, 0]
    for seed in 0..<10_000 {
      let draw = try StepDraw("tokens:1,seed=\(seed)")
      picks[try all(draw.steps { source(tokens: [1, 2, 3]) })[0].number] += 1
    }
    // Two degrees of freedom: 13.8 is exceeded once in a thousand.
    #expect(chiSquare(picks, expected: [10_000.0 / 6, 10_000.0 / 3, 10_000.0 / 2]) < 13.8, "\(picks)")
  }

  @Test func `two of three without replacement come as their weights say`() throws {
    var left: [Double] = [0, 0, 0]
    for seed in 0..<10_000 {
      let drawn = try all(StepDraw("tokens:2,seed=\(seed)").steps { source(tokens: [1, 2, 3]) }).map(\.number)
      #expect(drawn.count == 2 && drawn[0] < drawn[1])
      left[3 - drawn[0] - drawn[1]] += 1
    }
    // Left out last: i is with the chance that the two others come first, in either order.
    func chance(_ a: Double, _ b: Double) -> Double { a / 6 * b / (6 - a) + b / 6 * a / (6 - b) }
    let expected: [Double] = [chance(2, 3), chance(1, 3), chance(1, 2)].map { $0 * 10_000 }
    #expect(chiSquare(left, expected: expected) < 13.8, "\(left), expected \(expected)")
  }

  @Test func `imbalance is the largest over the mean load, mean over layers`() throws {
    let header = TraceHeader(name: "t", content: .tokens, layerNumbers: [0, 1], experts: 4, topK: 2)
    // One layer even, of two tokens; one with all visits on two experts: (1 + 2) / 2.
    let step = RoutingStep(number: 0, tokens: 2, experts: [0, 1, 2, 3, 0, 1, 0, 1])
    let weight = try StepWeights.registry.named("imbalance")
    #expect(weight.weight(of: step, header: header) == 1.5)
    let counts = RoutingStep(number: 0, tokens: 4, counts: [1, 1, 1, 1, 4, 0, 0, 0])
    var counted = header
    counted.content = .counts
    #expect(weight.weight(of: counts, header: counted) == 2.5)
  }

  @Test(arguments: ["uniform", "imbalance", "tokens"])
  func `what is drawn depends neither on files nor on threads`(weight: String) throws {
    let header = Sample.header()
    let steps = Sample.steps(header, count: 40)
    let folder = try TemporaryFolder()
    try Sample.write(steps, header, to: folder.file("whole.moetrace"))
    for (count, seed) in [(1, 0), (7, 1), (20, 2), (39, 3)] {
      let selection = StepSelection(draw: try StepDraw("\(weight):\(count),seed=\(seed)"))
      let whole = try selection.open(folder.file("whole.moetrace"))
      let drawn = try all(whole)
      #expect(drawn.count == count && drawn.allSatisfy(steps.contains))
      #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0.number < $1.number })
      #expect(whole.digest?.count == 64 && whole.origin.files.isEmpty)
      #expect(whole.origin.selection?.steps == count && whole.origin.selection?.of == 40)
      #expect(whole.notes.count == 1 && whole.notes[0].hasPrefix("\(count) of 40 steps were drawn (\(weight)"))
      for pieces in [2, 5, 13] {
        let cut = try Pieces(of: steps, header, count: pieces, suffixes: [".jsonl", ".moetrace"], seed: UInt64(seed))
        for threads in [1, 3] {
          let source = try selection.open(TraceFiles(cut.paths, threads: threads), threads: threads)
          #expect(source.fraction == 0)
          #expect(try all(source) == drawn)
          #expect(source.fraction == 1)
          #expect(source.origin.selection == whole.origin.selection && source.notes == whole.notes)
        }
      }
      #expect(try all(#require(selection.draw).steps { StoredSteps(header: header, steps: steps) }) == drawn)
    }
  }

  @Test func `other seeds draw others, and a larger draw holds the smaller`() throws {
    let source = { self.source(tokens: [Int](repeating: 3, count: 100)) }
    func drawn(_ text: String) throws -> [Int] { try all(StepDraw(text).steps(opening: source)).map(\.number) }
    #expect(try drawn("uniform:10") == drawn("uniform:10,seed=0"))
    #expect(try drawn("uniform:10") != drawn("uniform:10,seed=1"))
    #expect(try Set(drawn("uniform:10")).isSubset(of: drawn("uniform:11")))
    #expect(try drawn("uniform:100") == Array(0..<100))
  }

  @Test(arguments: ["uniform:all", "imbalance:all", "tokens:all,seed=3"])
  func `all is the trace as it is`(text: String) throws {
    let header = Sample.header()
    let steps = Sample.steps(header, count: 9)
    let pieces = try Pieces(of: steps, header, count: 1)
    let source = try StepSelection(draw: StepDraw(text)).open(pieces.paths[0])
    #expect(try all(source) == steps)
    #expect(source is TraceReader && source.origin == StepOrigin() && source.notes.isEmpty && source.header == header)
  }

  @Test func `steps are drawn of those that range, layers and phase leave`() throws {
    let header = Sample.header(layers: 3)
    let steps = Sample.steps(header, count: 30)
    let pieces = try Pieces(of: steps, header, count: 4)
    let selection = try StepSelection(
      steps: 3..<27, layers: 0..<2, phase: .decode, draw: StepDraw("imbalance:5"))
    let source = try selection.open(TraceFiles(pieces.paths))
    let drawn = try all(source)
    #expect(drawn.count == 5 && source.header.layers == 2 && source.header.phase == .decode)
    let allowed = steps[3..<27].filter { $0.phase == .decode }.map(\.number)
    #expect(Set(drawn.map(\.number)).isSubset(of: allowed))
    #expect(source.origin.selection?.of == allowed.count)
    #expect(source.notes.first?.hasPrefix("Phase decode of trace") == true, "\(source.notes)")
    #expect(source.notes.first?.contains("\(allowed.count) of 24 steps") == true, "\(source.notes)")
    let tooMany = try StepSelection(steps: 3..<27, phase: .decode, draw: StepDraw("uniform:9"))
    #expect { try tooMany.open(TraceFiles(pieces.paths)) } throws: {
      "\($0)" == "--select uniform:9: 9 steps asked for, there are 8"
    }
  }

  @Test func `members without a drawn step are not inflated`() throws {
    let header = Sample.header(experts: 64, topK: 8, layers: 10)
    let steps = Sample.steps(header, count: 300, tokens: 200, isFull: false)
    let folder = try TemporaryFolder()
    let path = folder.file("a.moetrace")
    try Sample.write(steps, header, to: path)
    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
    // A byte in the middle of the file is one of a member of some 60 steps around the middle.
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[size / 2] ^= 0xFF
    try folder.write(bytes, to: "a.moetrace")
    #expect(throws: InputError.self) { try Sample.read(path) }
    var (read, refused) = (0, 0)
    for seed in 0..<40 {
      let selection = try StepSelection(draw: StepDraw("uniform:1,seed=\(seed)"))
      do {
        let drawn = try all(selection.open(path))
        #expect(drawn.allSatisfy(steps.contains))
        read += 1
      } catch { refused += 1 }
    }
    #expect(read > 20 && refused > 0, "\(read) read, \(refused) refused")
  }

  @Test(arguments: [
    "uniform", "uniform:", "uniform:0", "uniform:-1", "uniform:x", "uniform:1:2", "uniform:4,", "uniform:4,seed=",
    "uniform:4,seed=-1", "uniform:4,seeds=1", "uniform:1000000001", "uniform:4,seed=1,seed=2",
  ])
  func `anything else is told`(text: String) {
    let error = #expect(throws: InputError.self) { try StepDraw(text) }
    #expect(error?.status == .usage && error?.subject == "--select")
    #expect(error?.message.hasPrefix("'\(text)', expected a weight") == true)
  }

  @Test func `an unknown weight names the closest`() {
    #expect { try StepDraw("imbalnce:4") } throws: {
      "\($0)" == "--select: unknown weight 'imbalnce'; did you mean 'imbalance'?"
    }
    #expect(throws: InputError.self) { try StepDraw("") }
  }
}
