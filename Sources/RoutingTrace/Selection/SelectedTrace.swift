import Diagnostics
import Files
import Foundation

/// A part of a trace that is opened as often as asked; steps that are drawn are drawn once.
public struct SelectedTrace: Sendable {
  public let files: TraceFiles
  public let selection: StepSelection
  /// Nil where none are drawn.
  private let drawn: DrawnSteps?

  /// - Parameter threads: threads that read what steps are drawn by.
  /// - Throws: `InputError` (usage) when more steps are to be drawn than there are, or from what can be read only once;
  ///   what reading throws.
  public init(
    _ files: TraceFiles, _ selection: StepSelection, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    self.selection = selection
    guard let draw = selection.draw, let count = draw.count else {
      self.files = files
      drawn = nil
      return
    }
    for path in files.paths { try requireReadableAgain(path, "--select reads a trace twice; give it a file") }
    let shards = try files.shards ?? TraceShards(files.paths, threads: threads)
    self.files = files.lookedOver(shards)
    if let steps = selection.steps { try shards.require(steps) }
    let range = (selection.steps ?? 0..<shards.count).clamped(to: 0..<shards.count)
    if try draw.makeWeight().isConstant, selection.phase == nil {
      drawn = try DrawnSteps(draw, count: count, from: range)
    } else {
      let steps = try ShardedSteps(
        shards, wanted: .range(range), layers: selection.layers, threads: threads, digesting: false)
      drawn = try DrawnSteps(draw, count: count, from: selection.filtered(steps)) { steps.lastOrdinal }
    }
  }

  /// The same of files by their paths.
  public init(
    _ paths: [String], _ selection: StepSelection = StepSelection(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(TraceFiles(paths, threads: threads), selection, threads: threads)
  }

  /// Whether it can be opened more than once.
  public var isReadableAgain: Bool { files.areReadableAgain }

  /// The steps, from the first.
  ///
  /// - Throws: `InputError`: what `TraceReader` throws; (usage) for layers that the trace does not have. Steps of a range
  ///   in one file, or of a phase, that are not there are noticed when all were read.
  public func open(
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, digesting: Bool = true
  ) throws -> any StepSource {
    if let drawn, let shards = files.shards {
      let steps = try ShardedSteps(
        shards, wanted: .chosen(drawn.ordinals), layers: selection.layers, threads: threads, digesting: digesting)
      return SelectedSteps(drawn, of: selection.filtered(steps), givesOthers: false)
    }
    guard let shards = files.shards else {
      return try selection.filtered(
        TraceReader(
          path: files.paths[0], steps: selection.steps, layers: selection.layers, threads: threads, digesting: digesting
        ))
    }
    if let steps = selection.steps { try shards.require(steps) }
    return try selection.filtered(
      ShardedSteps(
        shards, wanted: selection.steps.map { .range($0) } ?? .all, layers: selection.layers, threads: threads,
        digesting: digesting))
  }
}

extension StepDraw {
  /// The drawn steps of a source that is opened twice; all of it for `all`.
  ///
  /// - Throws: `InputError` (usage) when so many are not there; what `open` throws.
  package func steps(opening open: () throws -> any StepSource) throws -> any StepSource {
    guard let count else { return try open() }
    var ordinal = -1
    let watched = WatchedSteps(try open()) { _ in ordinal += 1 }
    let drawn = try DrawnSteps(self, count: count, from: watched) { ordinal }
    return SelectedSteps(drawn, of: try open(), givesOthers: true)
  }
}
