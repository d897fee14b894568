import CommandRunner
import Foundation
import RoutingTrace
import Studies
import TestTraces

/// A folder with two small traces, two clusters, a model and policies, and studies of them.
struct StudyFixture {
  let scratch = try! Scratch()
  var folder: String { scratch.folder.path }

  init() throws {
    for (name, seed) in [("a", 1), ("b", 2)] as [(String, UInt64)] {
      try TraceWriter.write(SmallTrace(seed: seed).source(), to: "\(folder)/\(name).moetrace")
    }
    try FileManager.default.copyItem(atPath: "\(folder)/a.moetrace", toPath: "\(folder)/twin.moetrace")
    for (name, bandwidth) in [("slow", 20), ("fast", 200)] {
      _ = try scratch.file(
        "\(name).yaml",
        """
        name: \(name)
        ranks: 4
        ranksPerNode: 2
        allToAll: port
        copies: dedup
        scaleUp: {bandwidth: \(bandwidth) GB/s, dispatchLatency: 10 us, combineLatency: 8 us}
        scaleOut: {bandwidth: \(bandwidth / 4) GB/s, dispatchLatency: 25 us, combineLatency: 27 us}
        gpu: {memory: 80 GB, hbm: 3.35 TB/s, bf16: 989 TFLOP/s, fp8: 1978 TFLOP/s}
        """)
    }
    _ = try scratch.file(
      "model.yaml",
      """
      name: small
      layers: 3
      experts: 16
      topK: 2
      hidden: 1024
      expertIntermediate: 512
      weights: bf16
      dispatch: {dtype: bf16}
      combine: {dtype: bf16}
      """)
    for name in ["mine", "twin"] {
      _ = try scratch.file(
        "\(name).yaml",
        """
        name: mine
        predictor: {kind: moving-average, window: 4}
        planner: {kind: eplb, redundantSlotsPerRank: 1}
        schedule: {kind: every, steps: 4}
        dispatch: {kind: even}
        """)
    }
  }

  /// A study of everything, but for what is said otherwise; places are written `@/a.moetrace`.
  func study(_ changes: [String: String] = [:], more: String = "") throws -> StudyFile {
    try StudyFile(named: file(changes, more: more))
  }

  /// The path of the study's file.
  func file(_ changes: [String: String] = [:], more: String = "") throws -> String {
    var values = [
      "name": "small", "traces": "['@/a.moetrace', '@/b.moetrace']", "clusters": "['@/slow.yaml', '@/fast.yaml']",
      "models": "['@/model.yaml']", "ranks": "[2, 4]", "seeds": "[0, 1]",
      "policies": "[greedy, {policy: '@/mine.yaml', grid: {window: [2, 4], steps: [4, 8]}}]",
    ]
    values.merge(changes) { $1 }
    let text = values.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map { "\($0): \($1)" }
      .joined(separator: "\n")
    return try scratch.file("study-\(UUID()).yaml", (text + "\n" + more).replacing("@/", with: folder + "/"))
  }

  func jobs(of plan: StudyPlan) throws -> [StudyJob] {
    var jobs: [StudyJob] = []
    try plan.forEachJob { jobs.append($0) }
    return jobs
  }

  /// A manifest that was written.
  func manifest(_ study: StudyFile, bundle: Int = 64, name: String = "study.jsonl") throws -> String {
    try StudyPlan(study, bundle: bundle).write(to: "\(folder)/\(name)")
    return "\(folder)/\(name)"
  }
}
