import Diagnostics
import Foundation

/// The part of a trace that is looked at; all of it unless said otherwise.
public struct StepSelection: Equatable, Sendable {
  /// Ordinals of steps in the trace, from 0, before any is left out for its phase.
  public var steps: Range<Int>?
  /// Indices of MoE layers in the trace, from 0.
  public var layers: Range<Int>?
  public var phase: Phase?
  /// Steps to be drawn of those that the other parts leave.
  public var draw: StepDraw?

  public init(steps: Range<Int>? = nil, layers: Range<Int>? = nil, phase: Phase? = nil, draw: StepDraw? = nil) {
    self.steps = steps
    self.layers = layers
    self.phase = phase
    self.draw = draw
  }

  /// Whether all of a trace is taken.
  public var isWhole: Bool { self == StepSelection() }

  /// The selected steps of a trace, from the first: of a file, of a folder of files, or of standard input for `-`.
  ///
  /// - Throws: `InputError`: what `TraceFiles` and `TraceReader` throw; (usage) for layers that the trace does not have.
  ///   Steps of a range or a phase that are not there are noticed when all were read.
  public func open(
    _ path: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount, digesting: Bool = true
  ) throws -> any StepSource {
    try open(TraceFiles([path], threads: threads), threads: threads, digesting: digesting)
  }

  /// The same of several files. To open the same selection more than once, `SelectedTrace` draws once.
  public func open(
    _ files: TraceFiles, threads: Int = ProcessInfo.processInfo.activeProcessorCount, digesting: Bool = true
  ) throws -> any StepSource {
    try SelectedTrace(files, self, threads: threads).open(threads: threads, digesting: digesting)
  }

  /// The steps of the phase.
  func filtered(_ source: any StepSource) -> any StepSource {
    if let phase { PhaseSteps(phase, of: source) } else { source }
  }
}
