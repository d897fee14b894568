import CommandRunner
import Foundation
import Testing

/// What commands do to the file, device, pipe or link that they are told to write.
@Suite struct OutputCommandTests {
  static let trace = #""$ROOT/traces/hot-cold.moetrace""#

  /// Every command that prints, with what it needs beside it in the folder.
  static let printing = [
    "comm matrix.csv --cluster h100-ib", "sweep \(trace) --cluster h100-ib --points 2",
    "advise \(trace) --cluster h100-ib", "inspect \(trace)", "replay \(trace) --cluster moe-comms --policy static",
    "plan \(trace) --policy eplb --ranks 8 --to json -o new.json --diff old.json",
    "validate h800-deepep-normal", "generate hot-cold -o -", "fit \(trace) -o -", "--help", "comm --help",
    "convert \(trace) --from trace -o -", "plan \(trace) --policy eplb --ranks 8 --to json -o -",
    "--generate-completion-script bash",
  ]

  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    _ = try scratch.file("matrix.csv", "0,2\n3,0\n")
    return scratch
  }

  private func names(_ scratch: Scratch) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).sorted()
  }

  @Test(arguments: printing)
  func aFullOrClosedStandardOutputIsAnOutputError(command: String) throws {
    let scratch = try folder()
    if command.contains("old.json") {
      let made = try Tool.shell(
        "\"$TOOL\" plan \(Self.trace) --policy static --ranks 8 --to json -o old.json", in: scratch.folder)
      #expect(made.status == 0, "\(made.errors)")
    }
    let before = try names(scratch)
    for (redirection, reason) in [(">/dev/full", "No space left"), (">&-", "Bad file descriptor")] {
      let outcome = try Tool.shell("\"$TOOL\" \(command) \(redirection)", in: scratch.folder)
      #expect(outcome.status == 73, "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(reason))
    }
    #expect(try names(scratch) == before)
  }

  @Test func aFileThatMayNotGrowIsAnOutputError() throws {
    let scratch = try folder()
    let outcome = try Tool.shell("ulimit -f 64; exec \"$TOOL\" generate hot-cold -o big.jsonl", in: scratch.folder)
    #expect(outcome.status == 73, "\(outcome.errors)")
    #expect(outcome.errors.contains("File too large"))
    #expect(try names(scratch) == ["matrix.csv"])
  }

  @Test func aPipeThatNobodyReadsAnyMoreIsAnOutputError() throws {
    // The sleep outlives the reader's end.
    let outcome = try Tool.shell("(sleep 0.3; \"$TOOL\" inspect \(Self.trace)) | true; exit ${PIPESTATUS[0]}")
    #expect(outcome.status == 73)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test(.enabled(if: geteuid() == 0, "devices are made by the administrator"))
  func aDeviceIsWrittenTo() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      "mknod null c 1 3 && \"$TOOL\" inspect \(Self.trace) -o null; echo $?; test -c null && echo device",
      in: scratch.folder)
    #expect(outcome.output == "0\ndevice\n", "\(outcome.errors)")
  }

  @Test func aPipeGetsTheResult() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      "mkfifo pipe; cat pipe > got & \"$TOOL\" inspect \(Self.trace) -o pipe; echo $?; wait; test -p pipe && echo pipe",
      in: scratch.folder)
    #expect(outcome.output == "0\npipe\n", "\(outcome.errors)")
    let got = try String(contentsOf: scratch.folder.appendingPathComponent("got"), encoding: .utf8)
    #expect(try got == Tool.run("inspect", "traces/hot-cold.moetrace").output)
  }

  @Test func aDescriptorIsWrittenWhereItStands() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      "(echo before; \"$TOOL\" comm matrix.csv --cluster moe-comms --log /dev/stdout; echo after) > all; cat all",
      in: scratch.folder)
    #expect(outcome.output.hasPrefix("before\n") && outcome.output.hasSuffix("after\n"), "\(outcome.output)")
    #expect(outcome.output.contains("round") && outcome.output.contains("all-to-all"))
  }

  @Test func aLinkStaysAndWhatItNamesIsReplaced() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      mkdir there; echo old > there/real; ln -s there/real link; ln -s nowhere dangling
      for output in link dangling; do "$TOOL" inspect \(Self.trace) -o $output; echo $?; done
      readlink link dangling; grep -l 128 there/real nowhere; ls -A there
      """, in: scratch.folder)
    #expect(outcome.output == "0\n0\nthere/real\nnowhere\nthere/real\nnowhere\nreal\n", "\(outcome.errors)")
  }

  @Test func linksInACircleAreAnOutputError() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      "ln -s a b; ln -s b a; \"$TOOL\" inspect \(Self.trace) -o a", in: scratch.folder)
    #expect(outcome.status == 73, "\(outcome.errors)")
  }

  @Test(arguments: ["600", "640", "444", "755"])
  func theModeIsKept(mode: String) throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      cp \(Self.trace) a.moetrace; chmod \(mode) a.moetrace; umask 022
      "$TOOL" convert a.moetrace --from trace -o a.moetrace || chmod u+w a.moetrace
      stat -c %a a.moetrace
      """, in: scratch.folder)
    // Only the administrator may write what is not for writing.
    #expect(outcome.output == (mode == "444" && geteuid() != 0 ? "644\n" : "\(mode)\n"), "\(outcome.errors)")
    #expect(try names(scratch) == ["a.moetrace", "matrix.csv"])
  }

  @Test(.enabled(if: geteuid() == 0, "files are given away by the administrator"))
  func theOwnerIsKept() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      echo > a; chown 1234:4321 a; chmod 660 a; "$TOOL" inspect \(Self.trace) -o a; stat -c %u:%g:%a a
      """, in: scratch.folder)
    #expect(outcome.output == "1234:4321:660\n", "\(outcome.errors)")
  }

  @Test func aFolderOrAPlaceThatIsNotThereIsAnOutputError() throws {
    let scratch = try folder()
    for output in ["folder", "none/file", "''", "matrix.csv/file"] {
      let outcome = try Tool.shell(
        "mkdir -p folder; \"$TOOL\" inspect \(Self.trace) -o \(output)", in: scratch.folder)
      #expect(outcome.status == 73, "\(output): \(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "drops the administrator's rights"))
  func aFolderThatIsNotForWritingIsAnOutputError() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      chmod 755 .; mkdir locked; chmod 555 locked; cp \(Self.trace) t.moetrace; chmod 644 t.moetrace
      setpriv --reuid 65534 --clear-groups "$TOOL" inspect t.moetrace -o locked/result
      """, in: scratch.folder)
    #expect(outcome.status == 73, "\(outcome.errors)")
  }

  @Test(arguments: [("TERM", 143), ("HUP", 129)])
  func aSignalRemovesTheUnfinishedFile(signal: String, status: Int) throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      "$TOOL" generate prefill-256 -o big.moetrace & tool=$!
      until ls -A | grep -q partial; do kill -0 $tool || break; done
      kill -\(signal) $tool; wait $tool; echo $?; ls -A
      """, in: scratch.folder)
    #expect(outcome.output == "\(status)\nmatrix.csv\n", "\(outcome.errors)")
  }

  @Test func whatWasToldToIgnoreASignalIgnoresIt() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      (trap '' HUP; exec "$TOOL" generate zipf-drift -o big.moetrace) & tool=$!
      until ls -A | grep -q partial; do kill -0 $tool || break; done
      kill -HUP $tool; wait $tool; echo $?; ls -A
      """, in: scratch.folder)
    #expect(outcome.output == "0\nbig.moetrace\nmatrix.csv\n", "\(outcome.errors)")
  }

  @Test func aNameThatWasPutInTheWayIsNotWrittenThrough() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      """
      echo keep > victim
      (ln -s victim result.json.partial-$BASHPID; exec "$TOOL" inspect \(Self.trace) -o result.json)
      cat victim; test -L result.json || echo file
      """, in: scratch.folder)
    #expect(outcome.output == "keep\nfile\n", "\(outcome.errors)")
  }
}
