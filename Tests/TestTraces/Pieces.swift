import Randomness
import RoutingTrace

/// A recording cut into files at random places.
package struct Pieces {
  package let folder: TemporaryFolder
  /// In their order.
  package let paths: [String]

  /// - Parameters:
  ///   - suffixes: of the files, in turn; they tell the formats.
  ///   - name: of a file by its number; numbers have no leading zeros.
  package init(
    of steps: [RoutingStep], _ header: TraceHeader, count: Int, suffixes: [String] = [".moetrace"], seed: UInt64 = 0,
    name: (Int) -> String = { "day\($0)" }
  ) throws {
    var random = SeededGenerator(seed: seed)
    let cuts = random.shuffled(1..<steps.count).prefix(count - 1).sorted()
    folder = try TemporaryFolder()
    var paths = [String]()
    for (number, (first, end)) in zip([0] + cuts, cuts + [steps.count]).enumerated() {
      paths.append(folder.file(name(number + 1) + suffixes[number % suffixes.count]))
      try Sample.write(Array(steps[first..<end]), header, to: paths[number])
    }
    self.paths = paths
  }
}
