import ArgumentParser
import ExpertReplay

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Turn a recording of another system, or a trace in another format, into a trace.",
    discussion: "Formats:\n" + Imports.registry.summaries)

  enum Batch: String, ExpressibleByArgument, CaseIterable { case prefill, decode }

  @Argument(help: "The recording's files; - is standard input.") var sources: [String]
  @Option(help: "The recording's format; where it is told from the files, it need not be given.") var from: String?
  @Option(name: .shortAndLong, help: "The trace: .moetrace, .jsonl or .jsonl.gz.") var output: String
  @Option(help: "MoE layers among the recorded ones, such as 3:61 (61 left out) or 3-60.") var layers: String?
  @Option(help: "The number that the first of these layers has in the model, where the recording does not say.")
  var firstLayer: Int?
  @Option(help: "Experts per layer, where the recording does not say.") var experts: Int?
  @Option(help: "Experts per token, where the recording does not say.") var topK: Int?
  @Option(help: "Layers of each token, where a recording of raw numbers does not say.") var recordedLayers: Int?
  @Option(help: "Name of the model that routed.") var model: String?
  @Option(help: "Licence of the recording, for the trace's provenance.") var licence: String?
  @Option(help: "Make batches of recorded sequences: prefill or decode.") var batch: Batch?
  @Option(help: "Prefill: tokens in a step.") var tokensPerStep: Int?
  @Option(help: "Decode: sequences in flight.") var sequences: Int?
  @Option(help: "Decode: first tokens of each sequence to leave out.") var skip: Int?

  func run() throws {
    let selected = try layers.map { text throws(InputError) in try parseSelection(text, option: "--layers") }
    let options = ImportOptions(
      layers: selected, experts: experts, topK: topK, recordedLayers: recordedLayers, model: model,
      licence: licence)
    let format = try from.map { name throws(InputError) in try Imports.named(name) } ?? Imports.detected(sources)
    var imported = try format.open(sources, options: options)
    if let firstLayer { imported = try imported.renumbered(firstLayer: firstLayer) }
    try TraceWriter.write(try imported.steps(batching: try batching()), to: output)
    for note in imported.notes { standardError("note: \(note)") }
  }

  private func batching() throws -> Batching? {
    switch batch {
    case .prefill:
      guard let tokensPerStep, sequences == nil, skip == nil else {
        throw InputError("needs --tokens-per-step, and nothing of decode", in: "--batch prefill", status: .usage)
      }
      return .prefill(tokensPerStep: tokensPerStep)
    case .decode:
      guard let sequences, tokensPerStep == nil else {
        throw InputError("needs --sequences, and nothing of prefill", in: "--batch decode", status: .usage)
      }
      return .decode(sequences: sequences, skip: skip ?? 0)
    case nil:
      guard tokensPerStep == nil, sequences == nil, skip == nil else {
        throw InputError("sizes of batches without --batch", in: "--batch", status: .usage)
      }
      return nil
    }
  }
}
