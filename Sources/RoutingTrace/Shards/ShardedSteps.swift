import Diagnostics
import Parallelism

/// The steps of several files, one after the other, as if they were one.
///
/// A file is opened while the members of the one before are still being inflated, so that threads are busy across the
/// border; what is read ahead is bounded by what one file would be.
final class ShardedSteps: StepSource {
  let header: TraceHeader
  private(set) var origin: StepOrigin
  /// SHA-256 if it is one file.
  private(set) var digest: String?
  /// Place of the step given last in all files together, from 0.
  private(set) var lastOrdinal = -1
  private let files: TraceShards
  private let wanted: WantedSteps
  private let layers: Range<Int>?
  private let digesting: Bool
  private let work: OrderedWork<[OrdinalStep]>
  private var numbering: ShardNumbering
  /// Whether steps that are not wanted have to be read, too, for the ids of their sequences.
  private let hasToBeRead: Bool
  /// Files that are being read, the first of them given from.
  private var opened: [(file: Int, reader: TraceReader)] = []
  private var nextFile = 0
  private var given = 0
  /// Of a counts trace.
  private var visits: UInt64 = 0

  /// - Parameters:
  ///   - wanted: by their places in all files together.
  ///   - layers: the layers to read; all when nil.
  /// - Throws: `InputError` from a file that steps are passed over in; (usage) for layers that there are not.
  init(
    _ files: TraceShards, wanted: WantedSteps, layers: Range<Int>? = nil, threads: Int, digesting: Bool
  ) throws(InputError) {
    self.files = files
    self.wanted = wanted
    self.digesting = digesting
    self.layers = layers
    header = try files.header.reduced(to: layers)
    work = OrderedWork(threads: threads)
    let isWhole = wanted.count(in: 0..<files.count) == files.count
    numbering = ShardNumbering(isWhole || files.paths.count == 1 ? nil : try files.ends())
    hasToBeRead = header.content == .tokens && numbering.recordings > 1
    origin = StepOrigin()
  }

  /// That there are several recordings, if that makes a difference; told after the last step.
  var notes: [String] {
    guard numbering.recordings > 1, numbering.hasSequences else { return files.notes }
    return files.notes + [
      "The \(files.paths.count) files are \(numbering.recordings) recordings, as their steps are numbered: sequences of "
        + "different ones are different."
    ]
  }

  var fraction: Double? { Double(given) / Double(max(1, wanted.count(in: 0..<files.count))) }

  func next() throws -> RoutingStep? {
    while true {
      try readAhead()
      guard let (file, reader) = opened.first else { return nil }
      while var step = try reader.next() {
        lastOrdinal = files.ranges[file].lowerBound + reader.lastOrdinal
        try attributing(files.paths[file]) { () throws(InputError) in try numbering.renumber(&step, of: file) }
        guard wanted.contains(lastOrdinal) else { continue }
        step.phase = step.phase ?? (header.phase == nil ? reader.header.phase : nil)
        visits += step.counts.reduce(0, +)
        guard visits <= RoutingStep.maximumVisitsInAll else {
          throw InputError(
            "more than \(RoutingStep.maximumVisitsInAll) visits so far", in: files.paths[file],
            at: .init(step: step.number))
        }
        given += 1
        return step
      }
      close(file, reader)
    }
  }

  private func readAhead() throws {
    opened.last?.reader.readAhead()
    while opened.last?.reader.hasReadAll ?? true, !work.isFull, nextFile < files.paths.count {
      defer { nextFile += 1 }
      let part = part(of: nextFile)
      guard digesting || part != .chosen([]) else { continue }
      let reader = try TraceReader(
        path: files.paths[nextFile], wanted: part, layers: layers, work: work, digesting: digesting)
      guard reader.storedHeader == files.surveys[nextFile].header else {
        throw InputError("changed while it was read", in: files.paths[nextFile])
      }
      reader.readAhead()
      opened.append((nextFile, reader))
    }
  }

  /// What is decoded of a file: what is wanted of it, or all where the ids of its sequences are needed to tell them from
  /// those of a later recording.
  private func part(of file: Int) -> WantedSteps {
    let isLast = files.ranges[file].upperBound >= wanted.end
    return hasToBeRead && !isLast ? .all : wanted.part(files.ranges[file])
  }

  private func close(_ file: Int, _ reader: TraceReader) {
    opened.removeFirst()
    guard digesting else { return }
    if files.paths.count == 1 {
      digest = reader.digest
    } else {
      origin.files.append(
        StoredFile(
          name: files.names[file], steps: wanted.count(in: files.ranges[file]), sha256: reader.digest))
    }
  }
}
