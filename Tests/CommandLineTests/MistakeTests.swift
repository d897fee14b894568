import CommandRunner
import Foundation
import PythonRunner
import Testing

/// What people mistype, and the one line that they get for it.
@Suite struct MistakeTests {
  private static let trace = "traces/decode-256.moetrace"

  /// `{S}` is a folder with an empty file `empty` and a folder `folder`.
  static let mistakes: [(arguments: String, status: Int32, line: String)] = [
    (
      "replay \(trace) --polcy eplb", 64,
      "unknown option '--polcy'; did you mean '--policy'?; see expert-replay replay --help"
    ),
    (
      "replay \(trace) --quite", 64,
      "unknown option '--quite'; did you mean '--quiet'?; see expert-replay replay --help"
    ),
    ("replay \(trace) --points 3", 64, "'--points' is an option of sweep; see expert-replay replay --help"),
    ("list policies --ranks 3", 64, "'--ranks' is an option of replay, "),
    ("replay \(trace) --frobnicate", 64, "unknown option '--frobnicate'; see expert-replay replay --help"),
    (
      "--verbose replay \(trace)", 64,
      "'--verbose' is an option of subcommands: give it after one; see expert-replay --help"
    ),
    ("--verion", 64, "unknown option '--verion'; did you mean '--version'?; see expert-replay --help"),
    (
      "replay \(trace) --ranks abc", 64,
      "--ranks: 'abc' is not a number; expected: Ranks of the expert-parallel group"
    ),
    ("advise \(trace) --link-speeds fast", 64, "--link-speeds: 'fast' is not a number; expected: Bandwidths to try"),
    ("replay \(trace) --seed -1", 64, "--seed: a value is missing, found '-1'; expected: Seed of everything"),
    (
      "replay \(trace) --policy", 64,
      "--policy: a value is missing, found nothing; expected: A policy file or a name"
    ),
    ("replay \(trace) --ranks 0", 64, "--ranks 0, expected 1…4096; see expert-replay replay --help"),
    ("replay \(trace) extra", 66, "extra: no such file"),
    ("replay", 64, "'<trace> ...' is missing; expected: A trace (.moetrace, .jsonl, .jsonl.gz or logical_count JSON)"),
    (
      "plan \(trace) --policy eplb -o x", 64,
      "'--to <to>' is missing; expected: The format: deepseek-eplb, json, sglang"
    ),
    ("list", 64, "'<kind>' is missing; expected: What to list: policies, systems"),
    ("help replya", 64, "replya: no such subcommand; did you mean 'replay'?"),
    ("replai \(trace)", 64, "replai: no such subcommand; did you mean 'replay'?"),
    (
      "convert \(trace) -o x --batch prefil", 64,
      "the value 'prefil' is invalid for '--batch <batch>'. Please provide one of"
    ),
    ("replay traces/decode-265.moetrace", 66, "no such file; did you mean 'traces/decode-256.moetrace'?"),
    ("replay traces/decode-256", 66, "traces/decode-256: no such file; did you mean 'traces/decode-256.moetrace'?"),
    ("replay trace/decode-256.moetrace", 66, "no such file: there is no folder 'trace'"),
    ("replay \(trace) --policy ./epbl.yaml", 66, "./epbl.yaml: no such file"),
    ("replay traces", 64, "experts, but traces/decode-256.moetrace has 256 experts: files that are replayed as one"),
    ("replay {S}/empty", 65, "empty: empty file, expected a routing trace"),
    ("report {S}/empty", 65, "empty: not JSON; expected what replay --format json prints"),
    ("replay \(trace) -o {S}/none/x.html", 73, "x.html: cannot write: there is no folder '{S}/none'"),
    ("replay \(trace) -o {S}/folder", 73, "folder: cannot write: Is a directory"),
    ("replay \(trace) --steps 100:200", 64, "no steps 100:200, the trace has 24"),
    ("plan \(trace) --policy eplb --to sglng -o x", 64, "--to: unknown format 'sglng'; did you mean 'sglang'?"),
    ("convert \(trace) --from sglag -o x", 64, "--from: unknown format 'sglag'; did you mean 'sglang-recorder'?"),
    ("validate deepep", 66, "deepep: no such entry; known: deepep-low-latency"),
    ("replay \(trace) --cluster h100cx7", 66, "h100cx7: no such entry; did you mean 'h100-cx7'?"),
    (
      "replay \(trace) --format jsn", 64,
      "unknown format 'jsn'; did you mean 'json'?; see expert-replay replay --help"
    ),
  ]

  @Test(arguments: mistakes)
  func `every mistake is one line that says what was expected`(arguments: String, status: Int32, line: String) throws {
    let scratch = try Scratch()
    try Data().write(to: scratch.folder.appendingPathComponent("empty"))
    try FileManager.default.createDirectory(
      at: scratch.folder.appendingPathComponent("folder"), withIntermediateDirectories: true)
    func filled(_ text: String) -> String { text.replacing("{S}", with: scratch.folder.path) }
    let outcome = try Tool.run(filled(arguments).split(separator: " ").map(String.init))
    #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.hasPrefix("expert-replay: ") && outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.errors.contains(filled(line)), "\(outcome.errors)")
  }

  @Test func `what is named by nothing is shown as such`() throws {
    #expect(try Tool.run(["replay", ""]).errors == "expert-replay: '': no such file\n")
    #expect(try Tool.run(["replay", Self.trace, "--policy", ""]).errors.hasPrefix("expert-replay: '': no such entry"))
  }

  @Test(.enabled(if: Python.has("import pty")))
  func `a terminal is no trace`() throws {
    let outcome = try Tool.shell(
      #"python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$TOOL" replay - </dev/null"#)
    #expect(outcome.output.contains("expert-replay: standard input: is a terminal, expected a file or a pipe"))
  }
}
