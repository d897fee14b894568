import Foundation
import RoutingTrace
import TestTraces
import Testing
import Workloads

/// The traces that ship are what the workloads that ship generate.
@Suite struct ShippedTraceTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static var names: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("traces").path)
        .filter { $0.hasSuffix(".moetrace") }.map { String($0.dropLast(".moetrace".count)) }.sorted()
    }
  }

  static func workload(_ name: String) throws -> Workload {
    let path = root.appendingPathComponent("workloads/\(name).yaml")
    return try Workload(parsing: String(contentsOf: path, encoding: .utf8), name: path.path)
  }

  @Test(arguments: try names) func `a trace is reproduced by its workload`(name: String) throws {
    let generator = WorkloadGenerator(try Self.workload(name))
    let reader = try TraceReader(path: Self.root.appendingPathComponent("traces/\(name).moetrace").path)
    #expect(reader.header == generator.header)
    while let step = try reader.next() {
      let isSame = generator.next() == step
      try #require(isSame, "step \(step.number)")
    }
    #expect(generator.next() == nil)
  }

  @Test func `traces take at most 1 MB each and 5 MB in all`() throws {
    let sizes = try Self.names.map { name in
      let path = Self.root.appendingPathComponent("traces/\(name).moetrace").path
      return try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }
    #expect(sizes.allSatisfy { $0 <= 1_000_000 } && sizes.reduce(0, +) <= 5_000_000)
  }
}
