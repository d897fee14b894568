import CommandRunner
import Containers
import Foundation

/// What the documents' commands are run on: small files by the names that the documents give a reader's own.
enum StandIns {
  /// What a word in capitals stands for.
  static let words = [
    "TRACE": "traces/decode-256.moetrace", "RECORDING": "traces/hot-cold.moetrace", "WORKLOAD": "hot-cold",
    "NAME": "uniform", "SOURCE…": "expert_distribution_recorder_*.pt", "FORMAT": "sglang-recorder", "P": "eplb",
    "A": "h100-cx7", "B": "h200-cx7", "C": "h100-cx7", "M": "deepseek-v3",
  ]

  /// Words in capitals that mean something else where they are written, or named.
  private static let written = [
    "-o TRACE": "-o mine.moetrace", "--to FORMAT": "--to json", "-o FILE": "-o mine.json",
    "convert A --from trace -o B": "convert TRACE --from trace -o mine.jsonl",
  ]

  /// The command with its words in capitals replaced.
  static func filled(_ command: String) -> String {
    let known = written.reduce(command) { $0.replacing($1.key, with: $1.value) }
    return known.replacing(#/([\s\/"])([A-Z]+…?)(?=$|\s|:|\.moetrace)/#) { match in
      match.1 + (words[String(match.2)] ?? String(match.2))
    }
  }

  /// Fills a folder with what the document names.
  static func make(in folder: URL, for document: Document) throws {
    try Data(storedZip((0..<70).map { ("arr_\($0)", request($0)) }))
      .write(to: folder.appendingPathComponent("routed_experts.npz"))
    try (0..<8).map(response).joined(separator: "\n")
      .write(to: folder.appendingPathComponent("responses.jsonl"), atomically: true, encoding: .utf8)
    try Array(repeating: (1...32).map(String.init).joined(separator: ","), count: 32).joined(separator: "\n")
      .write(to: folder.appendingPathComponent("MATRIX.csv"), atomically: true, encoding: .utf8)
    let text = document.lines.joined(separator: "\n")
    let slow = madeByTheTool.filter { text.contains($0.name) }.map(\.script)
    let outcome = try Tool.shell(([script] + slow).joined(separator: "\n"), in: folder)
    guard outcome.status == 0 else { throw Failure(message: outcome.errors) }
  }

  /// A request of gpt-oss-20b's shape, `[tokens][24][4]`.
  private static func request(_ number: Int) -> [UInt8] {
    let tokens = 6 + number % 5
    let experts = (0..<tokens * 24).flatMap { row in (0..<4).map { (row * 7 + number + $0 * 5) % 32 } }
    return npy(experts, shape: [tokens, 24, 4])
  }

  /// vLLM's answer to a request of DeepSeek-V3's shape: 61 layers, of which three are dense.
  private static func response(_ number: Int) -> String {
    let tokens = (0..<3).map { token in
      (0..<61).map { layer in (0..<8).map { layer < 3 ? 0 : (number + token + layer + 9 * $0) % 256 } }
    }
    return "{\"choices\": [{\"routed_experts\": \(tokens)}]}"
  }

  private static let script = """
    set -e
    fixtures="$ROOT/Tests/TraceImportTests/Fixtures"; logs="$ROOT/Tests/CommandLineTests/Benchmarks"
    mkdir traces clusters statistics DIR
    cp "$ROOT"/traces/*.moetrace traces
    ln -s "$ROOT/validation" .
    cp "$fixtures/per_pass_0.pt" expert_distribution_recorder_0.pt
    cp "$fixtures/per_pass_1.pt" expert_distribution_recorder_1.pt
    cp "$fixtures"/tensorrt/* statistics
    cp "$fixtures"/router_trace_rank*.jsonl DIR
    cp "$fixtures"/hotness/decode_*.csv .
    cp "$logs/nccl-tests.log" nccl.log
    cp "$logs/deepep-low-latency.log" low-latency.log
    cp "$logs/vllm-benchmark-moe.log" moe.log
    cp "$ROOT/validation/deepep-low-latency.csv" mine.csv
    cp "$ROOT/validation/h100-deepep-low-latency.csv" h20.csv
    cp "$ROOT/policies/eplb.yaml" mine.yaml
    cp traces/decode-256.moetrace t.moetrace
    printf '3,1\\n0,7\\n' > routing.csv; printf '0.5,0.5,0,0\\n0.25,0.75,1,1\\n' > weights.csv
    """

  private static let madeByTheTool = [
    (
      name: "day/",
      script: "mkdir day; cp traces/hot-cold.moetrace day; \"$TOOL\" convert traces/hot-cold.moetrace -o day/2.jsonl"
    ),
    (name: "plan.json", script: "\"$TOOL\" plan t.moetrace --policy eplb --ranks 32 --to json -o plan.json"),
    (
      name: "A.json",
      script: "\"$TOOL\" replay t.moetrace --steps 0:2 --policy static --format json -o A.json; cp A.json B.json"
    ),
  ]

  private struct Failure: Error { var message: String }
}
