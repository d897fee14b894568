import CommandRunner
import Foundation
import Testing

/// Shells offer the names that options take.
@Suite struct CompletionTests {
  /// What the command offers for a value, as its completion scripts ask it.
  private static func offered(
    _ command: String, _ option: String, _ prefix: String, in folder: URL = Tool.root, home: URL? = nil
  ) throws -> [String] {
    // The third number is where the cursor is in the word.
    let outcome = try Tool.run(
      ["---completion", command, "--", option, "2", "\(prefix.count)", "expert-replay", command, prefix], in: folder,
      home: home)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    ("replay", "--policy", "incre", ["incremental"]), ("replay", "--as", "vll", ["vllm", "vllm-ascend", "vllm-sync"]),
    ("replay", "--policy", "systems/sglang-c", ["systems/sglang-chunked"]),
    ("replay", "--cluster", "moe-c", ["moe-comms"]), ("advise", "--cluster", "moe-c", ["moe-comms"]),
    ("plan", "--policy", "incre", ["incremental"]), ("sweep", "--baseline", "incre", ["incremental"]),
    ("inspect", "--model", "mixtral-8x7", ["mixtral-8x7b"]), ("screen", "--baseline", "incre", ["incremental"]),
    ("generate", "positional@0", "hot-", ["hot-cold"]),
    ("validate", "positional@0", "gb200-nvlink-tw", ["gb200-nvlink-two-sided"]),
    ("replay", "--policy", "policies/incr", ["policies/incremental.yaml"]),
  ])
  func `names begin as what is typed`(command: String, option: String, prefix: String, expected: [String]) throws {
    #expect(try Self.offered(command, option, prefix) == expected)
  }

  @Test func `names are those in the user's own folders, too, and files`() throws {
    let scratch = try Scratch()
    let folder = scratch.folder
    for path in ["here/policies", "home/policies/systems", "here/mine"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(path), withIntermediateDirectories: true)
    }
    for path in [
      "here/policies/mine-a.yaml", "home/policies/mine-b.yaml", "home/policies/systems/mine-c.yaml", "here/mine-d.yaml",
      "here/mine-e.txt", "here/mine/f.yaml",
    ] { try Data().write(to: folder.appendingPathComponent(path)) }
    let (here, home) = (folder.appendingPathComponent("here"), folder.appendingPathComponent("home"))
    #expect(
      try Self.offered("replay", "--policy", "mine-", in: here, home: home) == ["mine-a", "mine-b", "mine-d.yaml"])
    #expect(try Self.offered("replay", "--as", "mine-", in: here, home: home) == ["mine-c", "mine-d.yaml"])
    #expect(try Self.offered("replay", "--policy", "mine/", in: here, home: home) == ["mine/f.yaml"])
    #expect(try Self.offered("replay", "--policy", "./m", in: here, home: home) == ["./mine/", "./mine-d.yaml"])
    #expect(try Self.offered("replay", "--policy", "none/", in: here, home: home).isEmpty)
  }

  private static let bash = """
    eval "$("$TOOL" --generate-completion-script bash)"
    complete() {
      COMP_WORDS=("$TOOL" "$@"); COMP_CWORD=$#; COMP_LINE="$TOOL $*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
      _expert-replay "$TOOL" "${@: -1}" "${@: -2:1}"; printf '%s\\n' "${COMPREPLY[@]}"
    }

    """

  @Test(arguments: [
    ("replay t --policy distr", ["distribution-only"]), ("replay t --format perf", ["perfetto"]),
    ("report t --format perf", [""]), ("replay t --phase dec", ["decode"]), ("replay t --sources seq", ["sequence"]),
    ("replay t --all-to-all round", ["round-robin"]), ("replay t --dispatch vllm-", ["vllm-hashed"]),
    ("plan t --to deep", ["deepseek-eplb"]), ("screen t --target tens", ["tensorrt-llm"]),
    ("convert t --from sglang-r", ["sglang-recorder"]), ("list wo", ["workloads"]), ("rep", ["replay", "report"]),
    ("replay t --timeline", ["--timeline-steps"]), ("replay LICEN", [""]),
    ("replay traces/hot-c", ["traces/hot-cold.moetrace"]),
    ("man", [""]),
  ])
  func `bash completes what is typed`(line: String, expected: [String]) throws {
    let outcome = try Tool.shell(Self.bash + "complete \(line)")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output == expected.joined(separator: "\n") + "\n")
  }

  @Test(arguments: ["zsh", "fish"]) func `other shells ask for names, too`(shell: String) throws {
    let outcome = try Tool.run("--generate-completion-script", shell)
    #expect(outcome.status == 0 && outcome.output.contains("--policy") && outcome.output.contains("round-robin"))
    #expect(outcome.output.contains("---completion"))
  }

  private struct Tools: Decodable {
    struct Command: Decodable {
      struct Argument: Decodable {
        struct Kind: Decodable {}

        var kind: String
        var valueName: String?
        var abstract: String?
        var completionKind: Kind?
      }

      var commandName: String
      var arguments: [Argument]?
      var subcommands: [Command]?
    }

    var command: Command
  }

  @Test func `every value that is a name or a file is completed`() throws {
    let output = try Tool.run("--experimental-dump-help").output
    let tools = try JSONDecoder().decode(Tools.self, from: Data(output.utf8))
    var completed = 0
    for command in tools.command.subcommands ?? [] where command.commandName != "help" {
      for argument in command.arguments ?? [] where argument.kind != "flag" {
        let help = argument.abstract ?? ""
        let takesNames = ["file", "name in", "names in", ": port", "recorded, sequence"].contains { help.contains($0) }
        guard takesNames || ["format", "phase", "target", "to", "output"].contains(argument.valueName) else { continue }
        #expect(argument.completionKind != nil, "\(command.commandName) \(argument.valueName ?? ""): \(help)")
        completed += 1
      }
    }
    #expect(completed > 60)
  }
}
