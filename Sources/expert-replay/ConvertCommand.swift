import ArgumentParser
import ExpertReplay
import Files

struct ConvertCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Turn a recording of another system, or a trace in another format, into a trace.",
    discussion: "Formats:\n" + Imports.registry.summaries + "\n" + ParameterConversion.summary
      + "\n\n"
      + Examples.text([
        "expert-replay convert traces/hot-cold.moetrace -o hot-cold.jsonl.gz"
      ]))

  enum Batch: String, ExpressibleByArgument, CaseIterable { case prefill, decode }

  @Argument(help: "The recording's files; - is standard input.", completion: .anyFile) var sources: [String]
  @Option(
    help: "The recording's format; where it is told from the files, it need not be given.",
    completion: .list(Imports.registry.names + [PacketProgram.format])) var from: String?
  @Option(
    name: .shortAndLong,
    help: "The trace: .moetrace, .jsonl or .jsonl.gz; of \(PacketProgram.format), what the files' names begin with.",
    completion: .anyFile)
  var output: String
  @Option(help: "MoE layers among the recorded ones, such as 3:61 (61 left out) or 3-60.") var layers: String?
  @Option(help: "The number that the first of these layers has in the model, where the recording does not say.")
  var firstLayer: Int?
  @Option(help: "Experts per layer, where the recording does not say.") var experts: Int?
  @Option(help: "Experts per token, where the recording does not say.") var topK: Int?
  @Option(help: "Layers of each token, where a recording of raw numbers does not say.") var recordedLayers: Int?
  @Option(
    help: "The model that routed, a file or a name in models/: its experts, top-k and MoE layers have to fit.",
    completion: .names(in: PresetCatalog.models))
  var model: String?
  @Option(help: "The ranks that recorded, such as 8-15, where they are not all from 0.") var recordedRanks: String?
  @Option(help: "Layers of each pipeline stage, such as 16,16, where every stage numbers its own from 0.")
  var stageLayers: String?
  @Option(help: "Consecutive ranks that recorded the same tokens, where the recording does not tell.")
  var tensorParallel: Int?
  @Option(help: "Last experts of each token that are fused shared ones, where the recording does not tell.")
  var sharedExperts: Int?
  @Option(
    help: "What to leave out, such as token-ids,sequences,weights: \(TracePart.names.joined(separator: ", ")).",
    completion: .list(TracePart.names))
  var without: String?
  @Option(help: "Licence of the recording, for the trace's provenance.") var licence: String?
  @Option(
    help: "Only steps of this phase: \(Phase.registry.list). Mixed steps are of neither.",
    completion: .names(of: Phase.registry))
  var phase: String?
  @OptionGroup var draw: DrawOptions
  @OptionGroup var router: RouterOptions
  @Option(help: "Make batches of recorded sequences: prefill or decode.") var batch: Batch?
  @Option(help: "Prefill: tokens in a step.") var tokensPerStep: Int?
  @Option(help: "Decode: sequences in flight.") var sequences: Int?
  @Option(help: "Decode: first tokens of each sequence to leave out.") var skip: Int?

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    if let parameters = try ParameterConversion(sources, from: from) {
      guard takesNoOptions else {
        throw InputError("takes --from and -o alone", in: PacketProgram.format, status: .usage)
      }
      return try parameters.write(to: output)
    }
    let left = try without.map(TracePart.parse) ?? []
    let phase = try phase.map { name throws(InputError) in try Phase.registry.named(name, option: "--phase") }
    let (shape, label, remark) = try recordedModel()
    let format = try from.map { name throws(InputError) in try Imports.named(name) } ?? Imports.detected(sources)
    var notes = [String]()
    func open() throws -> any StepSource {
      var imported = try format.imported(sources, options: options(shape: shape, label: label))
      if let firstLayer { imported = try imported.renumbered(firstLayer: firstLayer) }
      if let shape { imported = try imported.fitted(to: shape, hasNumbers: firstLayer != nil) }
      notes = imported.notes
      let steps = try imported.steps(batching: try batching())
      return phase.map { PhaseSteps($0, of: steps) } ?? steps
    }
    // Steps are drawn of those that the phase leaves.
    let recorded = try format.draws && phase == nil ? open() : drawn(opening: open)
    let rewritten = try router.rewritten(recorded)
    let steps: any StepSource = rewritten ?? recorded
    try TraceWriter.write(left.isEmpty ? steps : WithoutParts(Set(left), of: steps), to: output)
    for note in remark + notes + steps.notes + (rewritten?.remarks ?? []) { Remarks.note(note) }
  }

  /// The steps that `--select` draws of a recording, which is read twice for that.
  private func drawn(opening open: () throws -> any StepSource) throws -> any StepSource {
    guard let draw = try draw.draw, draw.count != nil else { return try open() }
    for path in sources { try requireReadableAgain(path, "--select reads a recording twice; give it a file") }
    return try draw.steps(opening: open)
  }

  private var takesNoOptions: Bool {
    let texts = [layers, model, recordedRanks, stageLayers, without, licence, phase, draw.select]
    let numbers = [
      firstLayer, experts, topK, recordedLayers, tensorParallel, sharedExperts, tokensPerStep, sequences, skip,
    ]
    return texts.allSatisfy { $0 == nil } && numbers.allSatisfy { $0 == nil } && batch == nil && router.router.isEmpty
  }

  private func options(shape: RoutedModel?, label: String?) throws -> ImportOptions {
    var options = ImportOptions(
      layers: try layers.map { text throws(InputError) in try parseSelection(text, option: "--layers") },
      experts: experts, topK: topK, recordedLayers: recordedLayers, model: label, licence: licence)
    options.shape = shape
    options.ranks = try recordedRanks.map { text throws(InputError) in
      try parseSelection(text, option: "--recorded-ranks")
    }
    options.stageLayers = try stageLayers.map { text throws(InputError) in
      try text.split(separator: ",", omittingEmptySubsequences: false).map { part throws(InputError) in
        guard let layers = Int(part), (1...TraceHeader.maximumLayers).contains(layers) else {
          throw InputError(
            "'\(text)', expected layers of each stage, as in 16,16", in: "--stage-layers", status: .usage)
        }
        return layers
      }
    }
    options.tensorParallel = tensorParallel
    options.sharedExperts = sharedExperts
    options.draw = phase == nil ? try draw.draw : nil
    return options
  }

  /// What the named model's file says, and the name for the trace; a name that is no file's is kept, with a note.
  private func recordedModel() throws -> (shape: RoutedModel?, label: String?, remark: [String]) {
    guard let model else { return (nil, nil, []) }
    do {
      let shape = try ModelShape(named: model).routed
      return (shape, shape.name, [])
    } catch let error as InputError where error.status == .missing && !model.contains("/") && !model.contains(":") {
      return (nil, model, ["\(error.description): the trace takes the name as it is"])
    }
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
