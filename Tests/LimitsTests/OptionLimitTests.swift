import CommandRunner
import Foundation
import Testing

/// Every number that an option takes lies between two bounds: both are accepted, and what lies outside is refused.
@Suite struct OptionLimitTests {
  /// A command that takes the option, and numbers just within and beyond its limits.
  static let options: [(option: String, command: String, within: [String], beyond: [String])] = [
    ("--threads", "sweep none", ["1", "1024"], ["0", "1025", "-1", "9223372036854775807"]),
    ("--threads", "replay none", ["1", "1024"], ["0", "1025", "-1", "-9223372036854775808"]),
    ("--threads", "advise none", ["1", "1024"], ["0", "1025", "-1", "9223372036854775807"]),
    ("--context", "replay none", ["1", "100000000"], ["0", "100000001", "1000000000"]),
    ("--context", "screen none", ["1", "100000000"], ["0", "100000001"]),
    ("--context", "validate none", ["1", "100000000"], ["0", "100000001"]),
    ("--context", "advise none --tune", ["1", "100000000"], ["0", "100000001"]),
    ("--accuracy", "replay none", ["0", "1"], ["-0.1", "1.1", "nan"]),
    ("--ranks", "replay none", ["1", "4096"], ["0", "4097", "65536"]),
    ("--ranks", "study plan none -o out", ["1", "4096"], ["0", "4097"]),
    ("--ranks", "plan none --policy eplb --to json -o out", ["1", "4096"], ["0", "4097", "-1"]),
    ("--nodes", "plan none --policy eplb --to json -o out", ["1", "4096"], ["0", "4097"]),
    ("--slots", "plan none --policy eplb --to json -o out", ["1", "65536"], ["0", "65537", "9223372036854775807"]),
    ("--groups", "plan none --policy eplb --to json -o out", ["1", "65536"], ["0", "65537"]),
    ("--points", "sweep none", ["2", "32"], ["1", "33"]),
    ("--interval", "advise none", ["1", "1000000"], ["0", "1000001"]),
    ("--overhead", "advise none", ["0", "1e9"], ["-1", "1.1e9", "nan", "inf"]),
    ("--link-speeds", "advise none", ["1e-6", "1e6"], ["0", "1e7", "1e308", "nan"]),
    ("--redundant-slots-per-rank", "advise none", ["0", "65536"], ["-1", "65537"]),
    ("--skewness", "advise none --formula", ["1", "65536"], ["0.9", "65537", "nan"]),
    ("--distribution-error", "advise none --formula", ["0", "1000"], ["-1", "1001", "nan"]),
    ("--memory", "advise none --tune", ["0", "1e6"], ["-1", "1.1e6", "nan"]),
    ("--batch-sizes", "advise none --ranks 8", ["1", "65536"], ["0", "65537"]),
    ("--split", "advise none --input 9 --output 9", ["2", "65536"], ["1", "65537"]),
    ("--input", "advise none --split 9 --output 9", ["1", "50000000"], ["0", "50000001"]),
    ("--output", "advise none --split 9 --input 9", ["1", "50000000"], ["0", "50000001"]),
    ("--cached", "advise none --split 9 --input 9 --output 9", ["0", "0.999"], ["-0.1", "1", "nan"]),
    ("--attention-tp", "replay none", ["1", "4096"], ["0", "4097"]),
    ("--repeat", "replay none", ["1", "1000000"], ["0", "1000001"]),
    ("--job", "study run none", ["0", "1000000000"], ["-1", "1000000001"]),
    ("--bundle", "study plan none -o out", ["1", "100000"], ["0", "100001"]),
    ("--layer-shards", "study plan none -o out", ["1", "10000"], ["0", "10001"]),
    ("--sample", "study plan none -o out", ["0", "1000"], ["-1", "1001"]),
    ("--workers", "study submit none --engine slurm", ["1", "1000000"], ["0", "1000001"]),
    ("--retries", "study submit none --engine slurm", ["0", "100"], ["-1", "101"]),
    ("--rows", "study diff none none", ["1", "1000000"], ["0", "1000001"]),
  ]

  @Test(arguments: options.indices)
  func everyOptionKeepsToItsLimits(index: Int) throws {
    let (option, command, within, beyond) = Self.options[index]
    let limit = try #require(LimitsTests.documented["`\(option)`"])
    let words = command.split(separator: " ").map(String.init)
    for value in beyond {
      let outcome = try Tool.run(words + ["\(option)=\(value)"])
      #expect(outcome.status == 64, "\(option) \(value): \(outcome.errors)")
      #expect(outcome.errors.contains(limit), "\(option) \(value): \(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
    // What is within gets as far as the first file, which is not there.
    for value in within {
      let outcome = try Tool.run(words + ["\(option)=\(value)"])
      #expect(outcome.status == 66, "\(option) \(value): \(outcome.errors)")
    }
  }

  /// Whatever holds an option against its limits has a row.
  @Test func everyLimitInTheCommandIsHere() throws {
    let sources = Tool.root.appendingPathComponent("Sources/expert-replay")
    var found: Set<String> = []
    for case let path as String in try #require(FileManager.default.enumerator(atPath: sources.path))
    where path.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      for match in text.matches(of: #/require\([^()]+, in: [^"]+, "(--[a-z-]+)"\)/#) { found.insert(String(match.1)) }
    }
    let known = Set(Self.options.map(\.option))
    #expect(found.subtracting(known).sorted() == [])
    #expect(known.subtracting(found) == ["--batch-sizes"])
  }
}
