import Diagnostics
import Files
import Foundation

/// What writes one of the project's formats.
protocol StepEncoder: AnyObject {
  func append(_ step: RoutingStep) throws(InputError)
  func finish() throws(InputError)
}

/// Writes a trace step by step: JSON Lines for `.jsonl`, compressed for `.jsonl.gz`, else native, also to `-`.
///
/// The file appears under its name when `finish()` returns; without it nothing remains.
public final class TraceWriter {
  public let header: TraceHeader
  private let output: OutputFile
  private let encoder: any StepEncoder
  private var lastNumber = -1
  private let path: String
  private var steps = 0

  /// - Throws: `InputError`: an impossible header, or a path that cannot be written.
  public init(
    path: String, header: TraceHeader, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(InputError) {
    try header.validate()
    self.header = header
    self.path = path
    let output = try OutputFile(path: path)
    self.output = output
    let sink: ([UInt8]) throws(InputError) -> Void = { bytes throws(InputError) in try output.write(bytes) }
    if path.hasSuffix(".jsonl") || path.hasSuffix(".jsonl.gz") {
      encoder = try JSONLinesWriter(header: header, isCompressed: path.hasSuffix(".gz"), threads: threads, sink: sink)
    } else {
      encoder = try NativeWriter(header: header, threads: threads, sink: sink)
    }
  }

  /// - Throws: `InputError`: a step that does not fit the header or does not follow the last, or a full disk.
  public func append(_ step: RoutingStep) throws(InputError) {
    try step.validate(against: header)
    guard step.number > lastNumber else {
      throw InputError("follows step \(lastNumber); steps must ascend", at: .init(step: step.number))
    }
    lastNumber = step.number
    try encoder.append(step)
    steps += 1
  }

  /// Completes the file and gives it its name.
  public func finish() throws(InputError) {
    guard lastNumber >= 0 else { throw InputError("nothing to write: a trace needs at least one step") }
    try encoder.finish()
    try output.commit()
    Log.tell("wrote \(steps) steps to \(path)", ["trace": path, "steps": "\(steps)"])
  }
}

extension TraceWriter {
  /// Writes all steps of `source` to `path`.
  public static func write(_ source: any StepSource, to path: String) throws {
    let writer = try TraceWriter(path: path, header: source.header)
    let counted = CountedSteps(source, as: "writing")
    while let step = try counted.next() { try writer.append(step) }
    try writer.finish()
  }
}
