import CommandRunner
import Foundation
import Testing

/// What Slurm's commands are told, by programs of their names that stand before them on PATH; that Slurm does what it is
/// told is seen by `make nightly-engines`, with Slurm.
@Suite struct StudySubmitCommandTests {
  private static let study = """
    name: small
    traces: [traces/hot-cold.moetrace]
    clusters: [h100-cx7]
    ranks: [8, 16]
    policies: [{policy: eplb, grid: {window: [1, 2, 3, 4, 5, 6]}}]
    options: {steps: "0:4"}
    """

  /// A manifest of 12 jobs beside stand-ins that log their words. `sbatch` also runs the tasks, but for those named in
  /// the file `dead`.
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    _ = try scratch.file("small.yaml", Self.study)
    for name in ["sbatch", "squeue", "scancel"] {
      let file = try scratch.file("bin/\(name)")
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
      try Self.standIn(name).write(toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    }
    let planned = try shell("\"$TOOL\" study plan small.yaml --bundle 1 --sample 0 -o small.jsonl", in: scratch)
    #expect(planned.status == 0, "\(planned.errors)")
    return scratch
  }

  private static func standIn(_ name: String) -> String {
    """
    #!/bin/bash
    printf '%s\\n' \(name) "$@" >> "$LOG/words"
    case \(name) in
      squeue) if [ -e "$LOG/full" ]; then echo 71_0; elif [ -s "$LOG/queue" ]; then cat "$LOG/queue" && rm "$LOG/queue"; fi ;;
      sbatch)
        cat > "$LOG/script"
        if [ -e "$LOG/holds" ]; then touch "$LOG/full"; fi
        [[ " $* " =~ --array=0-([0-9]+) ]]
        for task in $(seq 0 "${BASH_REMATCH[1]}"); do
          grep -qx "$task" "$LOG/dead" 2>/dev/null || SLURM_ARRAY_TASK_ID=$task sh "$LOG/script" 2>/dev/null
        done
        echo "71;cluster" ;;
    esac
    """
  }

  private func shell(_ script: String, in scratch: Scratch) throws -> Tool.Outcome {
    let environment = """
      export LOG='\(scratch.folder.path)'; export PATH="$LOG/bin:$PATH"; ln -sfn "$ROOT/traces" traces;
      """
    return try Tool.shell(environment + script, in: scratch.folder)
  }

  private func words(_ scratch: Scratch) throws -> [String] {
    try String(contentsOf: scratch.folder.appendingPathComponent("words"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  private let submit = "\"$TOOL\" study submit small.jsonl --engine slurm"

  @Test func `an array runs all jobs, and its options are handed on`() throws {
    let scratch = try folder()
    let outcome = try shell("\(submit) --workers 1 -- --partition=cpu --time=5", in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors == "array 71: 12 jobs in 8 tasks\n12 jobs collected into small.sqlite\n")
    let words = try words(scratch)
    #expect(words.count { $0 == "sbatch" } == 1)
    #expect(words.contains("--array=0-7%1") && words.contains("--requeue"))
    #expect(words.firstRange(of: ["--partition=cpu", "--time=5"]) != nil)
    let rows = try shell("\"$TOOL\" study table small.sqlite", in: scratch)
    #expect(rows.status == 0, "\(rows.errors)")
    // Submitted again there is nothing to do.
    let again = try shell(submit, in: scratch)
    #expect(again.status == 0 && again.errors == "0 jobs collected into small.sqlite\n", "\(again.errors)")
    #expect(try self.words(scratch).count { $0 == "sbatch" } == 1)
  }

  @Test func `tasks that die are submitted again`() throws {
    let scratch = try folder()
    _ = try scratch.file("dead", "2\n5\n")
    // Of 8 tasks of one or two jobs two die with three jobs, then of three tasks of one job the last.
    let outcome = try shell("\(submit) --workers 1 --retries 1", in: scratch)
    #expect(outcome.status == 66)
    #expect(
      outcome.errors.hasPrefix(
        """
        array 71: 12 jobs in 8 tasks
        array 71: 3 jobs in 3 tasks
        11 jobs collected into small.sqlite
        expert-replay: 1 job without a result: 
        """), "\(outcome.errors)")
    let again = try shell(submit, in: scratch)
    #expect(again.errors == "array 71: 1 job in 1 task\n1 job collected into small.sqlite\n")
    #expect(again.status == 0)
  }

  @Test func `what is in the queue already is waited for`() throws {
    let scratch = try folder()
    _ = try scratch.file("queue", "71_3\n")
    let outcome = try shell(submit, in: scratch)
    #expect(outcome.errors.hasPrefix("tasks of this study are in the queue already; waiting for them\n"))
    #expect(try words(scratch).prefix { $0 != "sbatch" }.count { $0 == "squeue" } >= 2)
  }

  @Test func `cancelling names what submitting named`() throws {
    let scratch = try folder()
    #expect(try shell("\(submit) && \(submit) --cancel", in: scratch).status == 0)
    let words = try words(scratch)
    let name = try #require(words.first { $0.hasPrefix("--job-name=") }).replacing("--job-name=", with: "--name=")
    #expect(words.suffix(3) == ["scancel", "--me", name])
  }

  @Test func `an interruption cancels, a lost connection does not`() throws {
    for (signal, cancels) in [("TERM", true), ("HUP", false)] {
      let scratch = try folder()
      _ = try scratch.file("dead", (0..<12).map { "\($0)\n" }.joined())
      let outcome = try shell(
        """
        touch holds; \(submit) & until n=$(grep -cx squeue words 2>/dev/null); [ "${n:-0}" -ge 2 ]; do sleep 0.05; done
        kill -\(signal) $!; wait $!
        """, in: scratch)
      #expect(outcome.status == 128 + (cancels ? SIGTERM : SIGHUP), "\(outcome.errors)")
      #expect(try words(scratch).contains("scancel") == cancels)
      #expect(outcome.errors.contains("cancelled; submit again to go on") == cancels)
    }
  }

  @Test(arguments: [
    ("--engine slrum", 64, "--engine: unknown engine 'slrum'; did you mean 'slurm'?"),
    ("--engine slurm -- --array=0-3", 64, "--array=0-3: sbatch is given that already"),
    ("--engine slurm -- -J mine", 64, "-J: sbatch is given that already"),
    ("--engine slurm --workers 0", 64, "--workers 0"),
    ("--engine ray --cancel", 64, "--cancel: Ray's tasks end with the command that submitted them"),
    ("--engine slurm --results \"$ROOT/traces/README.md\"", 73, "README.md"),
  ])
  func `what cannot be is one line`(words: String, status: Int32, line: String) throws {
    let outcome = try shell("\"$TOOL\" study submit small.jsonl \(words)", in: try folder())
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("expert-replay: ") && outcome.errors.contains(line), "\(outcome.errors)")
    #expect(outcome.errors.count { $0 == "\n" } == 1)
  }

  @Test func `an engine that is not here is named`() throws {
    let scratch = try folder()
    for (engine, line) in [
      ("slurm", "squeue: no such program on PATH: run this on a machine of the Slurm cluster"),
      ("ray", "python3: no such program on PATH: Ray needs Python; install it, or name it in EXPERT_REPLAY_PYTHON"),
    ] {
      let outcome = try shell("PATH=/nowhere \"$TOOL\" study submit small.jsonl --engine \(engine)", in: scratch)
      #expect(outcome.status == 66)
      #expect(outcome.errors == "expert-replay: \(line)\n")
    }
  }

  @Test func `jobs are answered in the order of their numbers on standard input`() throws {
    let scratch = try folder()
    let outcome = try shell(
      "printf '7\\n2\\n11\\n' | \"$TOOL\" study run small.jsonl --jobs - --threads 1", in: scratch)
    #expect(outcome.output == "7 done\n2 done\n11 done\n")
    #expect(outcome.status == 0 && outcome.errors.hasPrefix("3 jobs done, 3 replays"), "\(outcome.errors)")
    let again = try shell("printf '2\\n3\\n' | \"$TOOL\" study run small.jsonl --jobs - --threads 1", in: scratch)
    #expect(again.output == "2 done\n3 done\n" && again.errors.contains("1 had been before"), "\(again.errors)")
  }

  @Test func `what is missing for a job is its answer, and a number that is none ends it`() throws {
    let scratch = try folder()
    let run = "\"$TOOL\" study run small.jsonl --jobs - --threads 1"
    let left = try shell("rm traces && mkdir traces && printf '1\\n0\\n' | \(run)", in: scratch)
    #expect(left.status == 66)
    #expect(
      left.output == "1 left: traces/hot-cold.moetrace: no such file\n0 left: traces/hot-cold.moetrace: no such file\n")
    for (number, line) in [
      ("12", "no job 12; the manifest has 0…11"), ("x", "--jobs -: 'x' is not the number of a job"),
    ] {
      let outcome = try shell("rm -r traces; ln -s \"$ROOT/traces\" traces; echo \(number) | \(run)", in: scratch)
      #expect(outcome.status == 64 && outcome.errors.contains(line), "\(outcome.errors)")
    }
  }
}
