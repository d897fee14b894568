import ArgumentParser
import ExpertReplay
import Foundation

/// How many threads work.
struct ThreadOptions: ParsableArguments {
  static let most = 1024

  @Option(
    name: .customLong("threads"),
    help: "Threads, at most 1024; the result does not depend on it. (default: as many as there are processors)")
  var asked: Int?

  var threads: Int { asked ?? min(Self.most, ProcessInfo.processInfo.activeProcessorCount) }

  func validate() throws { try require(asked, in: 1...Self.most, "--threads") }
}

/// - Throws: a usage error that names the limits, for a number that is given and outside them.
func require<Number: Comparable>(_ value: Number?, in range: ClosedRange<Number>, _ option: String) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError("\(option) \(value), expected \(range.lowerBound)…\(range.upperBound)")
}
