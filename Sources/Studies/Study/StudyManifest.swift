import Diagnostics
import Foundation

/// The first line of a manifest: what all of its jobs have in common, and what their names stood for when it was made.
public struct StudyManifest: Codable, Equatable, Sendable {
  public static let format = "expert-replay-study"
  static let formatVersion = 1
  /// Bytes of a line.
  static let longestLine = 64 << 20

  /// A recording, or a workload that one is generated from.
  public struct Trace: Codable, Equatable, Sendable {
    public enum Kind: String, Codable, Sendable { case file, workload }

    public var name: String
    public var kind: Kind
    /// SHA-256 of the file, or of the workload's.
    public var digest: String
    /// Of the file; visits of a workload, of which each takes about one.
    public var bytes: Int
  }

  public var format = Self.format
  public var version = Self.formatVersion
  public var study: String
  /// The version that planned it, and that has to run it.
  public var tool: String
  public var baseline: String
  public var options: StudyOptions
  public var traces: [Trace]
  /// SHA-256 by name.
  public var clusters: [String: String]
  public var models: [String: String]
  /// The baseline among them.
  public var policies: [String: String]
  public var jobs: Int
  /// Policies of all jobs, without the baseline.
  public var replays: Int
  /// Outcomes that there are in the end, where some jobs are shards of one; as many as jobs when absent.
  public var outcomes: Int?

  /// - Throws: `InputError`: of another format or version, or planned by another version of the tool.
  func check(_ name: String) throws(InputError) {
    guard format == Self.format, version == Self.formatVersion else {
      throw InputError("format '\(format)' \(version), expected '\(Self.format)' \(Self.formatVersion)", in: name)
    }
    guard tool == expertReplayVersion else {
      throw InputError(
        "planned by version \(tool), this is \(expertReplayVersion): plan it again, or run it with that version",
        in: name, status: .usage)
    }
  }
}

/// Replays of one trace on one machine, which share a decoding of it: a line of a manifest.
public struct StudyJob: Codable, Equatable, Sendable {
  /// A digest of everything that its result depends on.
  public var job: String
  public var trace: String
  public var cluster: String
  public var ranks: Int
  public var model: String
  /// Absent for steps of all phases.
  public var phase: String?
  public var seed: UInt64
  /// Names with changes, without the baseline.
  public var policies: [String]
  /// Absent for a job of all layers.
  public var shard: StudyShard?

  /// By the names of `exclude`, as far as all of its replays have them in common.
  var values: [String: String] {
    var values = [
      "trace": trace, "cluster": cluster, "ranks": String(ranks), "model": model, "seed": String(seed),
    ]
    values["phase"] = phase
    return values
  }
}
