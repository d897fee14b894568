import CommandRunner
import Foundation
import PythonRunner
import Testing

/// A trace that goes from one command to the next is held by neither of them.
@Suite struct PipedMemoryTests {
  /// Prints the peaks, in KiB, of `generate` and of the `replay` that reads its output.
  private static let script = """
    import os, platform, subprocess, sys
    tool, workload, os.environ["EXPERT_REPLAY_HOME"] = sys.argv[1:]
    first = subprocess.Popen([tool, "generate", workload, "-o", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    second = subprocess.Popen(
        [tool, "replay", "-", "--cluster", "h100-ib", "--ranks", "64", "--model", "deepseek-v3", "--policy", "eplb"],
        stdin=first.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    first.stdout.close()
    for child in (first, second):
        _, status, usage = os.wait4(child.pid, 0)
        print(status, usage.ru_maxrss // (1024 if platform.system() == "Darwin" else 1))
    """

  private static func peaks(steps: Int, in scratch: Scratch) throws -> [Int] {
    let workload = try scratch.file(
      "\(steps).yaml",
      """
      name: piped
      experts: 256
      topK: 8
      layers: 58
      firstLayer: 3
      steps: \(steps)
      tokensPerStep: 1024
      phase: prefill
      popularity: {kind: uniform}
      """)
    let measured = try Python.run(["-c", script, Tool.executable.path, workload, Tool.root.path])
    let rows = measured.output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
    try #require(rows.count == 2 && rows.allSatisfy { $0.first == 0 }, "\(measured.output)")
    return rows.map { $0[1] }
  }

  @Test(.enabled(if: Python.has("import os; os.wait4"))) func fourTimesTheStepsTakeNoMoreMemory() throws {
    let scratch = try Scratch()
    let (few, many) = (try Self.peaks(steps: 24, in: scratch), try Self.peaks(steps: 96, in: scratch))
    // 72 steps more are 34 MB stored and 68 MB in memory.
    for (few, many) in zip(few, many) { #expect(many < few + 24 << 10, "\(many) KiB, \(few) with a quarter of it") }
  }
}
